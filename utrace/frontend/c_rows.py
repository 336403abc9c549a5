"""Types as plain rows of tuples, for the way from one process to another, and the types made of them.

A row refers to others by their index; to a struct at any place, to everything else only at an earlier one:
("void",) ("bool",) ("int", bits, is_signed) ("unsupported", name, size, alignment)
("pointer", row) ("array", row, count) ("string", size) ("enum", name, bits, is_signed, ((constant, value), ...))
("struct", keyword, name, size, alignment, is_complete, ((name, row, offset, bit offset, bits), ...))
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from utrace.frontend import types
from utrace.frontend.types import Type

Row: TypeAlias = tuple[Any, ...]


def types_of(rows: Sequence[Row]) -> list[Type]:
    """Return the type of every row."""
    made: list[Type] = [_new_struct(*row[1:6]) if row[0] == "struct" else types.NONE for row in rows]
    for index, row in enumerate(rows):
        if row[0] != "struct":
            made[index] = _MAKERS[row[0]](made, *row[1:])
    for struct, row in zip(made, rows, strict=True):
        if isinstance(struct, types.StructType):
            struct.members = tuple(
                types.Member(name, made[type_row], offset, bit_offset, bits)
                for name, type_row, offset, bit_offset, bits in row[6]
            )
    return made


def _new_struct(keyword: str, name: str, size: int, alignment: int, is_complete: bool) -> types.StructType:
    return types.StructType(keyword, name, size, alignment, is_complete=is_complete)


def _enum(
    made: list[Type], name: str, bits: int, is_signed: bool, constants: tuple[tuple[str, int], ...]
) -> Type:
    return types.EnumType(name, types.IntType(bits, is_signed), constants)


_MAKERS: dict[str, Callable[..., Type]] = {
    "void": lambda made: types.NONE,
    "bool": lambda made: types.BOOL,
    "int": lambda made, bits, is_signed: types.IntType(bits, is_signed),
    "pointer": lambda made, row: types.PointerType(made[row]),
    "array": lambda made, row, count: types.ArrayType(made[row], count),
    "string": lambda made, size: types.StringType(size, is_array=True),
    "enum": _enum,
    "unsupported": lambda made, name, size, alignment: types.OpaqueType(name, size, alignment),
}
