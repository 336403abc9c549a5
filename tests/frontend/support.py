"""What the frontend's tests share: a catalogue without binaries, and short cuts through the stages."""

from __future__ import annotations

from fnmatch import fnmatchcase

from utrace.diagnostics import render
from utrace.errors import ScriptError, TargetError
from utrace.frontend.config import read_config
from utrace.frontend.expand import expand
from utrace.frontend.infer import infer
from utrace.frontend.macros import expand_macros
from utrace.frontend.nodes import AttachPoint, ProbeSite, Program
from utrace.frontend.parse import parse
from utrace.frontend.typed import TypedProgram
from utrace.source import Source

FUNCTIONS = {
    "/bin/app": ("main", "read_line", "read_word", "write_line"),
    "/lib/ssl.so": ("SSL_read", "SSL_write"),
}


class FakeCatalogue:
    """Two binaries with a few functions."""

    def match(self, attach_point: AttachPoint) -> list[ProbeSite]:
        if attach_point.target not in FUNCTIONS:
            raise TargetError(f"no such file: {attach_point.target}", ["check the path"])
        if attach_point.address is not None:
            return [ProbeSite(attach_point.target, "", attach_point.address)]
        return [
            ProbeSite(attach_point.target, name, attach_point.offset)
            for name in FUNCTIONS[attach_point.target]
            if fnmatchcase(name, attach_point.function)
        ]

    def near_misses(self, attach_point: AttachPoint) -> list[str]:
        names = FUNCTIONS[attach_point.target]
        return [name for name in names if name.lower() == attach_point.function.lower()]


def expanded(text: str, *parameters: str) -> Program:
    source = Source("stdin", text)
    program = expand_macros(parse(source), source)
    return expand(program, FakeCatalogue(), parameters, read_config(program))


def typed(text: str, *parameters: str) -> TypedProgram:
    source = Source("stdin", text)
    program = expand_macros(parse(source), source)
    config = read_config(program)
    return infer(expand(program, FakeCatalogue(), parameters, config), config, source)


def errors(text: str, *parameters: str) -> str:
    """Return the rendered errors of a script that has some."""
    try:
        typed(text, *parameters)
    except ScriptError as failure:
        return render(Source("stdin", text), failure.diagnostics)
    raise AssertionError(f"no error in {text!r}")


def messages(text: str, *parameters: str) -> list[str]:
    """Return just the messages of a script's errors."""
    try:
        typed(text, *parameters)
    except ScriptError as failure:
        return [diagnostic.message for diagnostic in failure.diagnostics]
    raise AssertionError(f"no error in {text!r}")


def body(statements: str) -> TypedProgram:
    """Return the types of a uprobe with these statements."""
    return typed(f"uprobe:/bin/app:main {{ {statements} }}")
