"""Maps and values as text (language page, section 9)."""

import struct

import pytest

from tests.output.maps import a_map, shown, words
from utrace.frontend.buckets import rank_mask
from utrace.frontend.typed import MapKind
from utrace.frontend.types import (
    BOOL,
    INT8,
    INT32,
    INT64,
    UINT8,
    UINT64,
    PointerType,
    StringType,
    TupleType,
)
from utrace.output.model import Array, Buffer, Record, Stats, Symbol
from utrace.output.text import value_text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (-5, "-5"),
        (True, "true"),
        (False, "false"),
        ("bare string", "bare string"),
        ("", ""),
        (Symbol("0x33", 0x33), "0x33"),
        ((1, 2, "hi"), "(1, 2, hi)"),
        ((1,), "(1)"),
        ((), "()"),
        ((1, (2, (True, "x"))), "(1, (2, (true, x)))"),
        (Array((1, 2, 3)), "[1,2,3]"),
        (Array((Array((5, 6)), Array((7, 8)))), "[[5,6],[7,8]]"),
        (Record((("m", 2), ("n", 3))), "{ .m = 2, .n = 3 }"),
        (Record((("x", Record((("y", (1, 2)),))),)), "{ .x = { .y = (1, 2) } }"),
        (Record(()), "{}"),
        (None, "null"),
        (Buffer(b"ok\0\n\x7f~ "), r"ok\x00\x0a\x7f~ "),
        (Stats(3, 2, 6), "{ .count = 3, .average = 2, .total = 6 }"),
    ],
    ids=repr,
)
def test_values(value, text):
    assert value_text(value) == text


def test_scalar_map():
    assert shown(a_map(name="@x"), [(b"", [words(-5, 1)])]) == "@x: -5\n"


def test_keyed_map():
    assert shown(a_map(key_type=INT64, name="@x"), [(words(1), [words(2)])]) == "@x[1]: 2\n"


def test_empty_maps():
    assert shown(a_map(), []) == "@: 0\n"
    assert shown(a_map(value_type=StringType(8)), []) == "@: \n"
    assert shown(a_map(MapKind.AVG), []) == "@: 0\n"
    assert shown(a_map(key_type=INT64), []) == ""


def test_tuple_key_loses_only_its_outer_parentheses():
    flat = TupleType((StringType(4), INT64))
    assert shown(a_map(key_type=flat), [(struct.pack("<4s4xq", b"a", 1), [words(3)])]) == "@[a, 1]: 3\n"
    nested = TupleType((StringType(8), TupleType((StringType(8), INT64))))
    key = struct.pack("<8s8sq", b"hi", b"x", 2)
    assert shown(a_map(key_type=nested), [(key, [words(1)])]) == "@[hi, (x, 2)]: 1\n"
    single = TupleType((INT64,))
    assert shown(a_map(key_type=single), [(words(7), [words(1)])]) == "@[7]: 1\n"


def test_other_keys():
    assert shown(a_map(key_type=BOOL), [(b"\1", [words(1)])]) == "@[true]: 1\n"
    assert shown(a_map(key_type=PointerType(INT8)), [(words(0x33), [words(1)])]) == "@[0x33]: 1\n"


def test_cut_strings_are_marked():
    info = a_map(key_type=StringType(4), value_type=StringType(8))
    assert shown(info, [(b"abcd", [b"12345678"])]) == "@[abcd..]: 12345678..\n"
    assert shown(info, [(b"abc\0", [b"1234567\0"])], trailer="...") == "@[abc]: 1234567\n"


def test_stats_map():
    info = a_map(MapKind.STATS, name="@s")
    assert shown(info, [(b"", [words(6, 3)])]) == "@s: { .count = 3, .average = 2, .total = 6 }\n"
    keyed = a_map(MapKind.STATS, key_type=INT64, name="@s")
    entries = [(words(1), [words(60, 2)]), (words(2), [words(6, 3)])]
    assert shown(keyed, entries, div=2) == (
        "@s[2]: { .count = 3, .average = 1, .total = 6 }\n@s[1]: { .count = 2, .average = 15, .total = 60 }\n"
    )


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        (MapKind.VALUE, words),
        (MapKind.SUM, lambda value: words(value, 1)),
        (MapKind.MIN, lambda value: words(value ^ rank_mask(True, True), 1)),
        (MapKind.MAX, lambda value: words(value ^ rank_mask(False, True), 1)),
        (MapKind.AVG, lambda value: words(value, 1)),
        (MapKind.STATS, lambda value: words(value, 1)),
    ],
)
def test_numbers_are_ordered_by_value(kind, raw):
    values = {1: 30, 2: -10, 3: 20}
    text = shown(a_map(kind, key_type=INT64), [(words(key), [raw(value)]) for key, value in values.items()])
    assert [line[:4] for line in text.splitlines()] == ["@[2]", "@[3]", "@[1]"]


def test_counts_are_ordered_by_value_then_key():
    entries = [(words(key), [words(count)]) for key, count in {9: 1, 3: 7, 4: 1, 1: 2}.items()]
    assert shown(a_map(MapKind.COUNT, key_type=UINT64), entries) == "@[4]: 1\n@[9]: 1\n@[1]: 2\n@[3]: 7\n"


def test_values_above_int64_are_the_highest():
    entries = [(b"\1", [words(2**64 - 1)]), (b"\2", [words(5)])]
    info = a_map(key_type=UINT8, value_type=UINT64)
    assert shown(info, entries) == "@[2]: 5\n@[1]: 18446744073709551615\n"


def keys_in_order(key_type, *keys):
    text = shown(a_map(key_type=key_type, value_type=BOOL), [(key, [words(1)]) for key in keys])
    return [line[2 : line.index("]")] for line in text.splitlines()]


def test_other_values_are_ordered_by_key():
    assert keys_in_order(INT64, words(3), words(-1), words(2)) == ["-1", "2", "3"]
    assert keys_in_order(UINT64, words(-1), words(2)) == ["2", str(2**64 - 1)]
    assert keys_in_order(INT8, b"\x80", b"\x7f", b"\0") == ["-128", "0", "127"]
    assert keys_in_order(StringType(4), b"b\0\0\0", b"ab\0\0", b"B\0\0\0", b"\0\0\0\0") == [
        "",
        "B",
        "ab",
        "b",
    ]
    assert keys_in_order(BOOL, b"\1", b"\0") == ["false", "true"]
    assert keys_in_order(PointerType(INT8), words(16), words(9)) == ["0x9", "0x10"]


def test_strings_are_ordered_bytewise():
    assert keys_in_order(StringType(4), "é".encode().ljust(4, b"\0"), b"\xff\0\0\0", b"z\0\0\0") == [
        "z",
        "é",
        "\udcff",
    ]


def test_tuple_keys_are_ordered_field_by_field():
    type_ = TupleType((INT32, StringType(4)))
    keys = [struct.pack("<i4s", *key) for key in ((2, b"a"), (1, b"b"), (1, b"a"), (-1, b"z"))]
    assert keys_in_order(type_, *keys) == ["-1, z", "1, a", "1, b", "2, a"]


def test_top_keeps_the_last():
    entries = [(words(key), [words(10 * key, 1)]) for key in (1, 2, 3, 4)]
    info = a_map(MapKind.AVG, key_type=INT64)
    assert shown(info, entries, top=2, div=10) == "@[3]: 3\n@[4]: 4\n"
    assert shown(info, entries, top=10, div=10) == "@[1]: 1\n@[2]: 2\n@[3]: 3\n@[4]: 4\n"


def test_order_and_top_go_by_the_undivided_value():
    entries = [(words(1), [words(19)]), (words(2), [words(11)])]
    info = a_map(MapKind.COUNT, key_type=UINT64)
    assert shown(info, entries, top=1, div=10) == "@[1]: 1\n"
    assert shown(info, entries, div=10) == "@[2]: 1\n@[1]: 1\n"
