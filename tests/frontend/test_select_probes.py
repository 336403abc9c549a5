from __future__ import annotations

import pytest

from utrace.errors import ScriptError, UsageError
from utrace.frontend.parse import parse
from utrace.frontend.select_probes import Selection, select_probes
from utrace.source import Source

SCRIPT = "begin {} test:a {} test:b, interval:s:1 {} bench:c {} uprobe:/bin/app:main {} end {}"


def selected(text: str, **wanted: str) -> list[str]:
    program = select_probes(parse(Source("stdin", text)), Selection(**wanted))
    return [point.text for probe in program.probes for point in probe.attach_points]


def test_tracing_leaves_tests_and_benchmarks_out():
    assert selected(SCRIPT) == ["begin", "interval:s:1", "uprobe:/bin/app:main", "end"]


def test_tests():
    assert selected(SCRIPT, mode="test") == ["begin", "test:a", "test:b", "end"]


def test_benchmarks():
    assert selected(SCRIPT, mode="bench") == ["begin", "bench:c", "end"]


def test_filter_keeps_begin_and_end_and_what_is_not_known_yet():
    assert selected(SCRIPT, name_regex="^test:b$", mode="test") == ["begin", "test:b", "end"]
    assert selected(SCRIPT, name_regex="nothing") == ["begin", "uprobe:/bin/app:main", "end"]


@pytest.mark.parametrize(
    ("text", "wanted", "message"),
    [
        ("test:a {}", {}, "No probes attached; use --test to run test probes."),
        ("bench:a {}", {}, "No probes attached; use --bench to run benchmark probes."),
        ("interval:s:1 {}", {"mode": "test"}, "No probes to attach"),
        ("interval:s:1 {}", {"name_regex": "x"}, "No probes to attach"),
    ],
)
def test_nothing_left(text, wanted, message):
    with pytest.raises(UsageError) as caught:
        selected(text, **wanted)
    assert caught.value.message == message


@pytest.mark.parametrize("mode", ["test", "bench"])
def test_names_are_unique(mode):
    with pytest.raises(ScriptError) as caught:
        selected(f"{mode}:a {{}} {mode}:a {{}}", mode=mode)
    (found,) = caught.value.diagnostics
    assert found.message == f'"a" was used as the name for more than one {mode.upper()} probe'
    assert [context.message for context in found.contexts] == ["this is the other instance"]
