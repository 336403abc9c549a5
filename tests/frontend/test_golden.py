"""Golden files: source, tree, types.  UPDATE_GOLDEN=1 rewrites them; look at the difference before committing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.frontend.support import FakeCatalogue
from utrace.diagnostics import render
from utrace.errors import ScriptError
from utrace.frontend.c_declarations import declare
from utrace.frontend.config import read_config
from utrace.frontend.dump import dump_ast, dump_types
from utrace.frontend.expand import expand
from utrace.frontend.infer import infer
from utrace.frontend.macros import expand_macros
from utrace.frontend.parse import parse
from utrace.source import Source

GOLDEN = Path(__file__).with_name("golden")
CASES = sorted(path.stem for path in GOLDEN.glob("*.txt"))


def stages(text: str) -> str:
    source = Source("stdin", text)
    shown = ""
    try:
        program = parse(source)
        shown += f"=== tree\n{dump_ast(program)}"
        config = read_config(program)
        program = expand_macros(program, source)
        expanded = expand(program, FakeCatalogue(), ["7", "seven"], config)
        typed = infer(expanded, config, source, declare(program.c_part))
    except ScriptError as failure:
        return f"{shown}=== errors\n{render(source, failure.diagnostics)}"
    shown += f"=== types\n{dump_types(typed)}"
    if typed.warnings:
        shown += f"=== warnings\n{render(source, typed.warnings)}"
    return shown


def test_there_are_cases():
    assert len(CASES) >= 8


@pytest.mark.parametrize("case", CASES)
def test_golden(case):
    path = GOLDEN / f"{case}.txt"
    text, _, expected = path.read_text().partition("=== ")
    found = stages(text)
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text + found)
        return
    assert found == "=== " + expected
