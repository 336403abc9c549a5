"""Parsing a script's C part with libclang; runs in a process of its own (see `c_process`).

The C part is parsed once for its types and errors, and once more with a line for every word that may be a macro, so
that the compiler itself works out the macros' values.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from clang.cindex import (
    Cursor,
    CursorKind,
    Diagnostic,
    Index,
    LibclangError,
    TranslationUnit,
    TranslationUnitLoadError,
)

from utrace.frontend.c_layout import RowTable, constants_of, tag_of
from utrace.frontend.c_process import LimitError
from utrace.frontend.c_rows import Row
from utrace.lazy_dataclass import dataclass

FILE_NAME = "definitions.h"
MAX_ERRORS = 20
_INTEGER, _STRING = "__utrace_integer_", "__utrace_string_"
_KEYWORDS = {CursorKind.STRUCT_DECL: "struct", CursorKind.UNION_DECL: "union", CursorKind.ENUM_DECL: "enum"}
_NEVER_IN_A_VALUE = frozenset({"{", "}", ";", "[", "]"})
_ESCAPE = re.compile(rb"\\(?:([0-7]{1,3})|(.))")
_SIMPLE = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"a": b"\a", b"b": b"\b", b"f": b"\f", b"v": b"\v"}


@dataclass(frozen=True)
class Request:
    """What is to be parsed."""

    text: str
    arguments: Sequence[str]
    words: Collection[str] | None
    """The names that matter, None for all: a system's headers declare thousands that don't."""


@dataclass
class Answer:
    """What was found, in plain data."""

    errors: list[str]
    rows: list[Row]
    types: dict[str, int]
    constants: dict[str, tuple[int | bytes, int]]
    """Value, and the row of the enum or -1."""


def parse_declarations(request: Request) -> tuple[Any, ...]:
    """Return the fields of an Answer."""
    unit = _parse(
        request, request.text, TranslationUnit.PARSE_DETAILED_PROCESSING_RECORD
    )  # it holds the macros
    errors = _errors(unit)
    table = RowTable()
    found = Answer(errors, table.rows, {}, {})
    if not errors:
        macros = [_declare(found, table, cursor, request.words) for cursor in unit.cursor.get_children()]
        _evaluate_macros(found, request, [macro for macro in macros if macro])
    return (found.errors, found.rows, found.types, found.constants)


def _parse(request: Request, text: str, options: int) -> TranslationUnit:
    options |= TranslationUnit.PARSE_SKIP_FUNCTION_BODIES
    files = [(FILE_NAME, text)]
    try:
        return Index.create().parse(FILE_NAME, list(request.arguments), files, options)
    except TranslationUnitLoadError:  # it crashed, most likely for the lack of memory
        raise LimitError from None
    except LibclangError as failure:
        raise ImportError(str(failure).splitlines()[0]) from None


def _errors(unit: TranslationUnit) -> list[str]:
    return [
        found.format(Diagnostic.DisplaySourceLocation | Diagnostic.DisplayColumn)
        for found in unit.diagnostics
        if found.severity >= Diagnostic.Error
    ][:MAX_ERRORS]


def _declare(found: Answer, table: RowTable, cursor: Cursor, words: Collection[str] | None) -> str:
    """Enter what is declared; return the name if it is a macro that may have a value, else an empty string."""
    keyword = _KEYWORDS.get(cursor.kind)
    name = tag_of(cursor)
    is_wanted = bool(name) and (words is None or name in words)
    if keyword and is_wanted:
        found.types[f"{keyword} {name}"] = table.row_of(cursor.type)
    elif cursor.kind == CursorKind.TYPEDEF_DECL and is_wanted:
        found.types[name] = table.row_of(cursor.underlying_typedef_type, name)
    elif cursor.kind == CursorKind.MACRO_DEFINITION and is_wanted:
        return name if cursor.location.file is not None and _may_be_value(cursor) else ""
    if cursor.kind == CursorKind.ENUM_DECL:
        _declare_constants(found, table, cursor, words)
    elif keyword:
        for child in cursor.get_children():
            _declare(found, table, child, words)
    return ""


def _may_be_value(macro: Cursor) -> bool:
    """Tell whether a macro has no parameters and stands for something, with all its brackets closed."""
    name, *body = macro.get_tokens()
    if not body or (body[0].spelling == "(" and body[0].extent.start.offset == name.extent.end.offset):
        return False
    depth = 0
    for token in body:
        depth += {"(": 1, ")": -1}.get(token.spelling, 0)
        if depth < 0 or token.spelling in _NEVER_IN_A_VALUE:
            return False
    return depth == 0


def _declare_constants(found: Answer, table: RowTable, enum: Cursor, words: Collection[str] | None) -> None:
    for constant in constants_of(enum):
        if words is None or constant.spelling in words:
            found.constants[constant.spelling] = (constant.enum_value, table.row_of(enum.type))


def _evaluate_macros(found: Answer, request: Request, names: Collection[str]) -> None:
    if not names:
        return
    lines = []
    for name in names:
        lines.append(f"enum {{ {_INTEGER}{name} = ({name}) }};")
        lines.append(f"static const char {_STRING}{name}[] = {name};")
    unit = _parse(request, request.text + "\n".join(lines) + "\n", 0)
    # The parts before have no errors.  A constant with a wrong value is declared all the same.
    wrong = {diagnostic.location.line for diagnostic in unit.diagnostics}
    for cursor in unit.cursor.get_children():
        if cursor.location.line not in wrong:
            found.constants.update((name, (value, -1)) for name, value in _macro_values(cursor))


def _macro_values(cursor: Cursor) -> Iterator[tuple[str, int | bytes]]:
    """Yield the macro's name and value that one of our declarations has; nothing for another declaration."""
    if cursor.kind == CursorKind.ENUM_DECL:
        for constant in constants_of(cursor):
            if constant.spelling.startswith(_INTEGER):
                yield constant.spelling.removeprefix(_INTEGER), constant.enum_value
    elif cursor.kind == CursorKind.VAR_DECL and cursor.spelling.startswith(_STRING):
        for literal in cursor.get_children():
            if literal.kind == CursorKind.STRING_LITERAL and literal.spelling.startswith('"'):
                yield cursor.spelling.removeprefix(_STRING), _unquoted(literal.spelling)


def _unquoted(spelling: str) -> bytes:
    text = spelling[1:-1].encode(errors="surrogateescape")
    return _ESCAPE.sub(lambda m: bytes([int(m[1], 8) & 255]) if m[1] else _SIMPLE.get(m[2], m[2]), text)
