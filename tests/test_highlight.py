from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from utrace.color import paint
from utrace.highlight import highlight

BLUE, GREEN, CYAN, MAGENTA, YELLOW, FAINT = (f"\033[{code}m" for code in (34, 32, 36, 35, 33, 2))
RESET = "\033[0m"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("if", f"{BLUE}if{RESET}"),
        ("iffy", "iffy"),
        ("@a1[0x10]", f"{MAGENTA}@a1{RESET}[{CYAN}0x10{RESET}]"),
        ("$x+$1+$#", f"{YELLOW}$x{RESET}+{YELLOW}$1{RESET}+{YELLOW}$#{RESET}"),
        ('"a \\" // b" c', f'{GREEN}"a \\" // b"{RESET} c'),
        ("a /* b */ c // d", f"a {FAINT}/* b */{RESET} c {FAINT}// d{RESET}"),
        ('"never closed', f'{GREEN}"never closed{RESET}'),
        ("uint8", "uint8"),
    ],
)
def test_highlight(line: str, expected: str) -> None:
    assert highlight(line) == expected


@given(st.text())
def test_only_colours_are_added(line: str) -> None:
    assert re.sub(r"\033\[[0-9]+m", "", highlight(line.replace("\033", ""))) == line.replace("\033", "")


def test_messages_have_colours_where_they_are_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "x:1:1-3: ERROR: so so\n@a = 1\n~~\nHINT: do\n"
    monkeypatch.setenv("BPFTRACE_COLOR", "never")
    assert paint(text) == text
    monkeypatch.setenv("BPFTRACE_COLOR", "always")
    lines = paint(text).split("\n")
    assert lines[1] == f"{MAGENTA}@a{RESET} = {CYAN}1{RESET}"
    assert lines[2] == f"\033[31m~~{RESET}"
