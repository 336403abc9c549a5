"""--fmt: what the layout is, and that it changes nothing else."""

from __future__ import annotations

import re
import subprocess
from dataclasses import fields
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.frontend.random_programs import ProgramMaker
from utrace.errors import ScriptError
from utrace.frontend import nodes
from utrace.frontend.formatter import format_program
from utrace.frontend.parse import parse
from utrace.source import Source

ROOT = Path(__file__).parents[2]
GOLDEN = Path(__file__).with_name("golden")
COMMENT = re.compile(r'"(?:[^"\\\n]|\\.)*"|(//[^\n]*|(?s:/\*.*?\*/))')


def formatted(text: str) -> str:
    return format_program(Source("stdin", text))


def shape(node: Any, *, in_macro: bool = False) -> Any:
    """Return a tree without places; whether a block ends with a value matters in macros only."""
    if isinstance(node, tuple):
        return tuple(shape(item, in_macro=in_macro) for item in node)
    if not isinstance(node, nodes.Node):
        return node
    hidden = {"span", "name_span", "warnings", "c_part"} | (set() if in_macro else {"ends_with_value"})
    inside = in_macro or isinstance(node, nodes.Macro)
    members = [member.name for member in fields(node) if member.name not in hidden]
    return type(node).__name__, *(shape(getattr(node, name), in_macro=inside) for name in members)


def tree(text: str) -> Any:
    program = parse(Source("stdin", text), needs_probes=False)
    return shape(program), [line.strip() for line in program.c_part.splitlines() if line.strip()]


def comments(text: str) -> list[str]:
    """Return the comments of a script whose attach points and C part have no marks of comments."""
    found = [match[1] for match in COMMENT.finditer(text) if match[1]]
    return ["".join(comment.split()) for comment in found]


def check(text: str) -> None:
    result = formatted(text)
    assert tree(result) == tree(text)
    assert formatted(result) == result
    assert comments(result) == comments(text)
    assert not re.search(r"[ \t]$", result, re.MULTILINE)
    assert "\n\n\n" not in result


@settings(max_examples=300, deadline=None)
@given(st.randoms(use_true_random=False))
def test_random_programs_keep_their_meaning(random: Random) -> None:
    text = ProgramMaker(random).script()
    try:
        parse(Source("stdin", text), needs_probes=False)
    except ScriptError:
        return
    check(text)
