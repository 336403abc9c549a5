"""Which reporter writes where, as the options say."""

import pytest

from utrace.errors import UsageError
from utrace.options import Options
from utrace.output.json_reporter import JsonReporter
from utrace.output.text import TextReporter
from utrace.reporting import open_reporter


@pytest.mark.parametrize("buffering", ["none", "line", "full"])
@pytest.mark.parametrize(
    ("output_format", "expected"), [("text", "a\nb"), ("json", '{"type": "printf", "data": "a\\nb"}\n')]
)
def test_into_a_file(tmp_path, buffering, output_format, expected, capfd):
    path = tmp_path / "out"
    path.write_text("what was there before")
    options = Options(output_path=str(path), output_format=output_format, buffering=buffering)
    with open_reporter(options) as reporter:
        reporter.printf(b"a\nb")
        reporter.warning("WARNING: not output\n")
        reporter.flush()
    assert path.read_text() == expected
    assert capfd.readouterr() == ("", "WARNING: not output\n")


def test_full_buffering_waits(tmp_path):
    path = tmp_path / "out"
    with open_reporter(Options(output_path=str(path), output_format="json", buffering="full")) as reporter:
        reporter.printf(b"a\n")
        assert path.read_text() == ""
        reporter.flush()
        assert path.read_text() == '{"type": "printf", "data": "a\\n"}\n'


@pytest.mark.parametrize(("output_format", "kind"), [("text", TextReporter), ("json", JsonReporter)])
def test_formats(output_format, kind):
    with open_reporter(Options(output_format=output_format)) as reporter:
        assert isinstance(reporter, kind)


def test_a_file_that_cannot_be_made(tmp_path):
    with (
        pytest.raises(UsageError, match=r"can't open '.*/no/file': No such file or directory"),
        open_reporter(Options(output_path=str(tmp_path / "no" / "file"))),
    ):
        pass
