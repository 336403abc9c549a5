"""What the C part of a script, and the headers that it includes, declare: types and constants by name.

The compiler's front end (libclang) reads the C, since headers of the system can be read by nothing less, and lays
structs out as this machine's C compilers do.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import field
from typing import Any

from utrace.errors import DeclarationError
from utrace.frontend.types import EnumType, Type
from utrace.lazy_dataclass import dataclass


@dataclass(frozen=True)
class Constant:
    """An enum constant, or a macro that stands for an integer or a string."""

    value: int | bytes
    """A string is without its NUL."""
    type: EnumType | None = None
    """The enum of an enum constant; a macro is used as a literal would be."""


@dataclass(frozen=True)
class Declarations:
    """Types by name, as in `struct foo`, `union u`, `enum e`, `size_t`; constants by name."""

    types: Mapping[str, Type] = field(default_factory=dict)
    constants: Mapping[str, Constant] = field(default_factory=dict)


NO_DECLARATIONS = Declarations()


def declare(
    c_part: str,
    include_dirs: Sequence[str] = (),
    include_files: Sequence[str] = (),
    words: Collection[str] | None = None,
) -> Declarations:
    """Return what C text declares, with `-I` directories and `--include` files.

    Only names among `words` are looked for, when given: the identifiers of the script. Semicolons behind definitions
    may be left out. Raises DeclarationError with the compiler's messages, in which the C part is `definitions.h`
    and starts in line 2.
    """
    if not c_part.strip() and not include_files:
        return NO_DECLARATIONS
    from utrace.frontend.c_headers import KERNEL_TYPES
    from utrace.frontend.c_statements import with_semicolons

    text = "\n" + with_semicolons(c_part) + "\n"
    names = None if words is None else sorted({word for word in words if word.isidentifier()})
    answer = _parse(text, include_dirs, include_files, names)
    if any("unknown type name" in line for line in answer[0]):
        again = _parse(text, include_dirs, [str(KERNEL_TYPES), *include_files], names)
        answer = answer if again[0] else again
    errors, rows, types, constants = answer
    if errors:
        raise DeclarationError(errors)
    return _declarations(rows, types, constants)


def _parse(
    text: str, include_dirs: Sequence[str], include_files: Sequence[str], words: Collection[str] | None
) -> Any:
    from utrace.frontend.c_headers import clang_arguments
    from utrace.frontend.c_process import LimitError, run_limited

    arguments = clang_arguments(include_dirs, include_files)

    def parse() -> Any:
        try:
            from utrace.frontend.c_parse import Request, parse_declarations

            return parse_declarations(Request(text, arguments, words))
        except ImportError as failure:
            return ([f"definitions.h: fatal error: C can't be read without libclang: {failure}"], [], {}, {})

    try:
        return run_limited(parse)
    except LimitError:
        message = "fatal error: the C part takes too much time or memory, or crashes its parser"
        raise DeclarationError([f"definitions.h: {message}"]) from None


def _declarations(
    rows: list[Any], types: dict[str, int], constants: dict[str, tuple[int | bytes, int]]
) -> Declarations:
    from utrace.frontend.c_rows import types_of

    made = types_of(rows)
    by_name: dict[str, Constant] = {}
    for name, (value, row) in constants.items():
        enum = made[row] if row >= 0 else None
        by_name[name] = Constant(value, enum if isinstance(enum, EnumType) else None)
    return Declarations({name: made[row] for name, row in types.items()}, by_name)
