"""The name that utrace is called by, and the colours of its messages."""

from __future__ import annotations

import sys

import pytest

from utrace import color, identity, usage
from utrace.on_demand import OnDemand
from utrace.words import sort_words


@pytest.fixture
def called(monkeypatch):
    """`called(path)`: as if the command line began with this word."""

    def call(path: str) -> None:
        monkeypatch.setattr(sys, "argv", [path])
        identity.program_name.cache_clear()

    yield call
    identity.program_name.cache_clear()


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/usr/bin/utrace", "utrace"),
        ("/usr/local/bin/bpftrace", "bpftrace"),
        ("bpftrace", "bpftrace"),
        ("/opt/utrace/__main__.py", "utrace"),
        ("/tmp/bpftrace/utrace", "utrace"),
    ],
)
def test_name(called, path, name):
    called(path)
    assert identity.program_name() == name
    assert identity.version_line().startswith(f"{name} v")
    assert usage.synopsis().startswith(f"USAGE:\n    {name} [options]")


def test_bpftrace_offers_no_command_after_dashes(called):
    called("bpftrace")
    assert "CMD" not in usage.synopsis()


def test_words_after_dashes_without_command():
    words = sort_words([], ["ls", "--all"], has_program=True, lists=False, takes_command=False)
    assert (words.positional_parameters, words.named_parameters, words.command) == (("ls",), ("--all",), ())


@pytest.mark.parametrize(
    ("mode", "on_terminal", "wanted"),
    [
        ("always", False, True),
        ("never", True, False),
        ("auto", True, True),
        ("auto", False, False),
        ("nonsense", True, True),
        ("nonsense", False, False),
    ],
)
def test_when_there_are_colors(monkeypatch, mode, on_terminal, wanted):
    monkeypatch.setenv("BPFTRACE_COLOR", mode)
    for stream in (sys.stdout, sys.stderr):
        monkeypatch.setattr(stream, "isatty", lambda: on_terminal)
    assert color.wants_color() is wanted
    assert bool(color.color_warning()) is (mode == "nonsense")


def test_one_terminal_is_not_enough(monkeypatch):
    monkeypatch.delenv("BPFTRACE_COLOR", raising=False)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: False)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert not color.wants_color()


def test_what_is_colored(monkeypatch):
    monkeypatch.setenv("BPFTRACE_COLOR", "always")
    text = "stdin:1:9-10: ERROR: bad\nbegin { x }\n        ~\nHINT: other\nWARNING: plain\n"
    assert color.paint(text) == (
        "\033[1mstdin:1:9-10: \033[0m\033[31mERROR:\033[0m bad\nbegin { x }\n"
        "\033[31m        ~\033[0m\n\033[34mHINT:\033[0m other\n\033[33mWARNING:\033[0m plain\n"
    )
    monkeypatch.setenv("BPFTRACE_COLOR", "never")
    assert color.paint(text) == text


def test_an_object_on_demand_is_made_by_the_first_call():
    made = []
    words = OnDemand(lambda: made.append("x") or "a b c")
    split = words.split
    assert not made
    assert split() == ["a", "b", "c"] and split(" ", maxsplit=1) == ["a", "b c"]
    assert made == ["x"]
