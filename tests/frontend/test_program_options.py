from __future__ import annotations

import pytest

from utrace.errors import UsageError
from utrace.frontend.program_options import ProgramOption, help_text, parse_program_options, wants_help

OPTIONS = (ProgramOption("aa", 10, "how many"), ProgramOption("cc"), ProgramOption("ee", "hello"))


def test_defaults():
    assert parse_program_options([], OPTIONS) == {"aa": 10, "cc": False, "ee": "hello"}


@pytest.mark.parametrize(
    ("word", "name", "value"),
    [
        ("--aa=20", "aa", 20),
        ("--aa=-20", "aa", -20),
        ("--aa=0x10", "aa", 16),
        ("--aa=1e3", "aa", 1000),
        ("--aa=1ms", "aa", 10**6),
        ("--cc", "cc", True),
        ("--cc=False", "cc", False),
        ("--cc=TRUE", "cc", True),
        ("--cc=1", "cc", True),
        ("--cc=0", "cc", False),
        ("--ee=", "ee", ""),
        ("--ee=a=b", "ee", "a=b"),
    ],
)
def test_values(word, name, value):
    found = parse_program_options([word], OPTIONS)[name]
    assert (found, type(found)) == (value, type(value))


def test_the_last_one_counts():
    assert parse_program_options(["--aa=1", "--aa=2"], OPTIONS)["aa"] == 2


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("--aa=False", "program command line option --aa invalid integer (value: False)"),
        ("--aa=12x", "program command line option --aa invalid trailing bytes (value: 12x)"),
        ("--aa", "program command line option --aa expects an integer (value: true)"),
        (
            "--aa=9223372036854775808",
            "program command line option --aa value is out of range (value: 9223372036854775808)",
        ),
        ("--cc=maybe", "program command line option --cc expects a boolean (e.g. 'true') (value: maybe)"),
        ("--ee", "program command line option --ee expects a string (value: true)"),
        ("--bb", "unexpected program command line options: --bb"),
    ],
)
def test_refused(word, message):
    with pytest.raises(UsageError) as caught:
        parse_program_options([word], OPTIONS)
    assert caught.value.message == message


def test_all_unexpected_ones_are_named():
    with pytest.raises(UsageError) as caught:
        parse_program_options(["--bb", "--dd=1"], OPTIONS[:1])
    assert caught.value.message == "unexpected program command line options: --bb, --dd"
    assert caught.value.hints == ("expected program options: --aa",)
    with pytest.raises(UsageError) as caught:
        parse_program_options(["--bb"], [])
    assert caught.value.hints == ("no custom program options defined.",)


def test_help():
    assert wants_help(["--aa=1", "--help"]) and not wants_help(["--helpme"])
    assert help_text(()) == "no custom program options defined.\n"
    assert help_text(OPTIONS).splitlines() == [
        "expected program options: --aa, --cc, --ee",
        "    --aa                   how many (default: 10)",
        "    --cc                   (default: false)",
        "    --ee                   (default: hello)",
    ]
