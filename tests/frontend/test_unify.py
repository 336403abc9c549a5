"""Which type two types have in common."""

from __future__ import annotations

import pytest

from utrace.frontend.types import (
    INT8,
    INT16,
    INT32,
    INT64,
    NONE,
    UINT8,
    UINT32,
    UINT64,
    ArrayType,
    BufferType,
    EnumType,
    PointerType,
    RecordType,
    StringType,
    StructType,
    TupleType,
)
from utrace.frontend.unify import merge

COLOR = EnumType("color", UINT32, (("RED", 0),))
OTHER = EnumType("other", UINT32, (("ONE", 1),))
FIRST, SECOND = (StructType("struct", "s", 8, 4, is_complete=True) for _ in range(2))
LARGER = StructType("struct", "s", 12, 4, is_complete=True)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (INT8, INT32, INT32),
        (UINT8, INT8, INT16),
        (UINT64, INT64, None),
        (COLOR, COLOR, COLOR),
        (COLOR, OTHER, UINT32),
        (COLOR, INT8, INT64),
        (StringType(4), StringType(9), StringType(9)),
        (StringType(4, is_array=True), StringType(4), StringType(4)),
        (StringType(4, is_array=True), StringType(6, is_array=True), StringType(6, is_array=True)),
        (BufferType(4), BufferType(8), BufferType(8)),
        (ArrayType(INT8, 4), ArrayType(INT8, 5), None),
        (PointerType(INT8), PointerType(NONE), PointerType(INT8)),
        (PointerType(NONE), PointerType(INT8), PointerType(INT8)),
        (PointerType(INT8), PointerType(INT16), None),
        (PointerType(FIRST), PointerType(SECOND), PointerType(FIRST)),
        (FIRST, SECOND, FIRST),
        (FIRST, LARGER, None),
        (TupleType((INT8, StringType(2))), TupleType((INT32, StringType(5))), TupleType((INT32, StringType(5)))),
        (TupleType((INT8,)), TupleType((INT8, INT8)), None),
        (TupleType((INT8,)), TupleType((StringType(2),)), None),
        (
            RecordType(("a", "b"), (INT8, INT32)),
            RecordType(("b", "a"), (INT8, INT16)),
            RecordType(("a", "b"), (INT16, INT32)),
        ),
        (RecordType(("a",), (INT8,)), RecordType(("b",), (INT8,)), None),
        (INT8, StringType(2), None),
    ],
)  # fmt: skip
def test_merge(first, second, expected):
    assert merge(first, second) == expected


def test_free_fields_of_records_go_by_their_names():
    first = RecordType(("b", "a"), (INT8, UINT64))
    second = RecordType(("a", "b"), (INT8, UINT64))
    # In the order of names: both fields of the first are fixed but `b`, of the second but `a`.
    assert merge(first, second, flexible=((False, True), (True, False))) == RecordType(
        ("b", "a"), (UINT64, UINT64)
    )
