"""The types of a translation unit, as libclang lays them out, as rows (see `c_rows`)."""

from __future__ import annotations

from typing import Any

from clang.cindex import Cursor, CursorKind, TypeKind
from clang.cindex import Type as ClangType

from utrace.frontend.c_rows import Row
from utrace.frontend.types import place_bitfield

MAX_DEPTH = 32
"""Levels of pointers and arrays around one type; what is behind more of them is void."""

_SIGNED = {
    TypeKind.CHAR_S, TypeKind.SCHAR, TypeKind.SHORT, TypeKind.INT, TypeKind.LONG, TypeKind.LONGLONG,
}  # fmt: skip
_UNSIGNED = {
    TypeKind.CHAR_U, TypeKind.UCHAR, TypeKind.USHORT, TypeKind.UINT, TypeKind.ULONG, TypeKind.ULONGLONG,
    TypeKind.CHAR16, TypeKind.CHAR32, TypeKind.WCHAR,
}  # fmt: skip
_CHARACTERS = {TypeKind.CHAR_S, TypeKind.CHAR_U}


class RowTable:
    """Collects the rows of types that are asked for, and of all types that these are made of."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self._known: dict[Row, int] = {}
        self._structs: dict[str, int] = {}
        self._pending: list[tuple[int, ClangType]] = []

    def row_of(self, given: ClangType, name: str = "") -> int:
        """Return the row of a type; `name` is shown for a struct or enum that has none of its own."""
        row = self._row(given, name, 0)
        while self._pending:
            index, struct = self._pending.pop()
            self.rows[index] = self._struct_row(self.rows[index], struct)
        return row

    def _row(self, given: ClangType, name: str, depth: int) -> int:
        exact = given.get_canonical()
        kind = exact.kind
        if kind == TypeKind.RECORD:
            return self._struct(exact, name)
        if depth > MAX_DEPTH:
            return self._add(("void",))
        if kind == TypeKind.POINTER:
            return self._add(("pointer", self._row(exact.get_pointee(), "", depth + 1)))
        if kind in {TypeKind.CONSTANTARRAY, TypeKind.INCOMPLETEARRAY, TypeKind.VARIABLEARRAY}:
            return self._array(exact, depth)
        if kind == TypeKind.ENUM:
            return self._enum(exact, name)
        return self._add(_scalar(exact))

    def _add(self, row: Row) -> int:
        index = self._known.setdefault(row, len(self.rows))
        if index == len(self.rows):
            self.rows.append(row)
        return index

    def _array(self, array: ClangType, depth: int) -> int:
        count = max(0, array.element_count) if array.kind == TypeKind.CONSTANTARRAY else 0
        element = array.get_array_element_type()
        if count and element.get_canonical().kind in _CHARACTERS:
            return self._add(("string", count))
        return self._add(("array", self._row(element, "", depth + 1), count))

    def _enum(self, enum: ClangType, name: str) -> int:
        declaration = enum.get_declaration()
        integer = _scalar(declaration.enum_type.get_canonical())
        constants = tuple((constant.spelling, constant.enum_value) for constant in constants_of(declaration))
        return self._add(("enum", tag_of(declaration) or name, *integer[1:], constants))

    def _struct(self, struct: ClangType, name: str) -> int:
        declaration = struct.get_declaration()
        identity = declaration.get_usr() + ("" if tag_of(declaration) else f" {declaration.hash}")
        index = self._structs.setdefault(identity, len(self.rows))
        if index == len(self.rows):
            keyword = "union" if declaration.kind == CursorKind.UNION_DECL else "struct"
            is_complete = declaration.get_definition() is not None
            size, alignment = (struct.get_size(), struct.get_align()) if is_complete else (0, 1)
            self.rows.append(
                ("struct", keyword, tag_of(declaration) or name, size, alignment, is_complete, ())
            )
            if is_complete:
                self._pending.append((index, struct))
        return index

    def _struct_row(self, row: Row, struct: ClangType) -> Row:
        members = [self._member(field, row[3]) for field in struct.get_fields()]
        return (*row[:6], tuple(member for member in members if member is not None))

    def _member(self, field: Cursor, struct_size: int) -> tuple[Any, ...] | None:
        name = "" if _is_unnamed(field) else field.spelling
        row = self._row(field.type, "", 0)
        offset = field.get_field_offsetof()
        if not field.is_bitfield():
            return (name, row, offset // 8, 0, 0)
        bits = field.get_bitfield_width()
        if not name or not bits:
            return None
        start, bit_offset = place_bitfield(offset, bits, max(1, field.type.get_size()), struct_size)
        return (name, row, start, bit_offset, bits)


def constants_of(enum: Cursor) -> list[Cursor]:
    """Return the declarations of an enum's constants."""
    return [child for child in enum.get_children() if child.kind == CursorKind.ENUM_CONSTANT_DECL]


def tag_of(declaration: Cursor) -> str:
    """Return the tag of a struct, union or enum, empty for one without."""
    return "" if _is_unnamed(declaration) else declaration.spelling


def _is_unnamed(cursor: Cursor) -> bool:
    # libclang makes names up for what has none: `struct s::(unnamed at definitions.h:2:3)`.
    return not cursor.spelling.isidentifier()


def _scalar(exact: ClangType) -> Row:
    kind = exact.kind
    if kind == TypeKind.BOOL:
        return ("bool",)
    if kind in _SIGNED or kind in _UNSIGNED:
        return ("int", 8 * exact.get_size(), kind in _SIGNED)
    size = exact.get_size()
    if kind == TypeKind.VOID or size < 0 or kind in {TypeKind.FUNCTIONPROTO, TypeKind.FUNCTIONNOPROTO}:
        return ("void",)
    return ("unsupported", exact.spelling, size, max(1, exact.get_align()))
