"""Decoding of values and merging of aggregations."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from utrace.frontend.buckets import LinearBuckets, LogBuckets, rank_mask
from utrace.frontend.typed import MapInfo, MapKind
from utrace.frontend.types import (
    BOOL,
    INT8,
    INT16,
    INT32,
    INT64,
    NONE,
    UINT8,
    UINT16,
    UINT32,
    UINT64,
    IntType,
    PointerType,
    StringType,
    TupleType,
)
from utrace.output.decode import Context, decode
from utrace.output.model import Bound, Bucket, Histogram, Stats, Symbol, to_bytes
from utrace.output.values import divided, has_content, map_value
from utrace.source import Span

INTEGERS = {INT8: "b", INT16: "h", INT32: "i", INT64: "q", UINT8: "B", UINT16: "H", UINT32: "I", UINT64: "Q"}


def a_map(kind, value_type=UINT64, key_type=None, buckets=None):
    return MapInfo("@", 0, key_type, value_type, kind, buckets, Span(0, 1))


def pairs(*values):
    return [struct.pack("<QQ", first % 2**64, second) for first, second in values]


def words(*values):
    return struct.pack(f"<{len(values)}Q", *(value % 2**64 for value in values))


@pytest.mark.parametrize("type_", INTEGERS, ids=str)
def test_integers_of_every_width_at_their_ends(type_: IntType):
    for value in (type_.minimum, 0, 1, type_.maximum):
        data = b"\xaa" + struct.pack("<" + INTEGERS[type_], value) + b"\xaa"
        assert decode(type_, data, 1) == value


def test_bool_is_a_bool():
    assert decode(BOOL, b"\1") is True
    assert decode(BOOL, b"\0") is False


def test_string_ends_at_its_nul():
    assert decode(StringType(8), b"ab\0cdefg", context=Context("..")) == "ab"


def test_string_that_fills_its_buffer_was_cut():
    assert decode(StringType(3), b"abc", context=Context("..")) == "abc.."
    assert decode(StringType(3), b"abc") == "abc"


def test_empty_string_type_is_not_cut():
    assert decode(StringType(0), b"", context=Context("..")) == ""


@given(st.binary(max_size=20).map(lambda data: data.replace(b"\0", b"")))
def test_any_bytes_survive_in_a_string(data):
    text = decode(StringType(32), data.ljust(32, b"\0"))
    assert isinstance(text, str)
    assert to_bytes(text) == data


def test_pointer_is_shown_in_hex():
    assert decode(PointerType(INT8), struct.pack("<Q", 0x33)) == Symbol("0x33", 0x33)
    assert decode(PointerType(INT8), bytes(8)) == Symbol("0x0", 0)


def test_nested_tuple_has_c_alignment():
    # struct { int8_t a; struct { int16_t b; char c[3]; int64_t d; } e; bool f; }
    type_ = TupleType((INT8, TupleType((INT16, StringType(3), INT64)), BOOL))
    data = struct.pack("<b7xh3s3xq?7x", -1, -2, b"xy\0", -3, True)
    assert type_.size == len(data)
    assert decode(type_, data) == (-1, (-2, "xy", -3), True)


def test_empty_tuple_and_none():
    assert decode(TupleType(()), b"") == ()
    assert decode(NONE, b"") is None


def test_too_short_data_is_an_error():
    with pytest.raises(ValueError, match="int64 at offset 4 does not fit into 8 bytes"):
        decode(INT64, bytes(8), 4)


def test_count_and_sum_add_up_over_threads():
    assert map_value(a_map(MapKind.COUNT), [words(3), words(0), words(2**40)]) == 3 + 2**40
    assert map_value(a_map(MapKind.SUM), pairs((3, 1), (4, 2))) == 7


def test_sum_is_signed_by_its_type_and_wraps_at_64_bits():
    assert map_value(a_map(MapKind.SUM, INT64), pairs((-3, 1), (-4, 2))) == -7
    assert map_value(a_map(MapKind.SUM, UINT64), pairs((-1, 1))) == 2**64 - 1
    assert map_value(a_map(MapKind.SUM, UINT64), pairs((2**64 - 1, 1), (2, 1))) == 1


def test_min_and_max_look_only_at_threads_that_set_them():
    for kind, value_type, expected in (
        (MapKind.MIN, UINT64, 5),
        (MapKind.MAX, UINT64, 2**64 - 7),
        (MapKind.MIN, INT64, -7),
        (MapKind.MAX, INT64, 5),
    ):
        mask = rank_mask(kind is MapKind.MIN, value_type is INT64)
        slots = pairs((0, 0), (-7 % 2**64 ^ mask, 1), (5 ^ mask, 1), (2**64 - 1, 0))
        assert map_value(a_map(kind, value_type), slots) == expected
        assert map_value(a_map(kind, value_type), pairs((0, 0))) == 0


def test_average_truncates_toward_zero():
    assert map_value(a_map(MapKind.AVG, INT64), pairs((7, 2))) == 3
    assert map_value(a_map(MapKind.AVG, INT64), pairs((-7, 1), (0, 1))) == -3


def test_average_of_the_whole_not_of_averages():
    assert map_value(a_map(MapKind.AVG), pairs((100, 1), (1, 3))) == 25


def test_stats():
    assert map_value(a_map(MapKind.STATS, INT64), pairs((2, 1), (4, 2))) == Stats(3, 2, 6)


@pytest.mark.parametrize("kind", [MapKind.COUNT, MapKind.SUM, MapKind.MIN, MapKind.MAX, MapKind.AVG])
def test_without_slots_an_aggregation_is_zero(kind):
    assert map_value(a_map(kind), []) == 0
    assert not has_content(a_map(kind), [])


def test_without_slots_stats_and_values_are_zero():
    assert map_value(a_map(MapKind.STATS), []) == Stats(0, 0, 0)
    assert map_value(a_map(MapKind.VALUE, TupleType((INT32, StringType(4)))), []) == (0, "")


def test_histograms_add_up_over_threads():
    layout = LinearBuckets(0, 4, 2)
    slots = [words(0, 1, 0, 5), words(0, 1, 0, 0)]
    zero, two, four = Bound(0, "0"), Bound(2, "2"), Bound(4, "4")
    assert map_value(a_map(MapKind.LHIST, INT64, buckets=layout), slots) == Histogram(
        (Bucket(zero, two, 2), Bucket(two, four, 0), Bucket(four, None, 5))
    )


def test_div_truncates_and_leaves_counts_of_stats_alone():
    assert map_value(a_map(MapKind.COUNT), [words(7)], div=2) == 3
    assert map_value(a_map(MapKind.SUM, INT64), pairs((-7, 1)), div=2) == -3
    assert map_value(a_map(MapKind.AVG, INT64), pairs((40, 1)), div=10) == 4
    assert map_value(a_map(MapKind.STATS, INT64), pairs((70, 2)), div=10) == Stats(2, 3, 70)
    assert map_value(a_map(MapKind.VALUE, INT64), [words(-7, 1)], div=2) == -3


def test_div_reaches_into_tuples_and_leaves_other_types_alone():
    assert divided((7, ("7", -7), True), 2) == (3, ("7", -3), True)


def test_div_of_a_histogram():
    layout = LogBuckets(0)
    hist = map_value(a_map(MapKind.HIST, buckets=layout), [words(*([0] * 3 + [9] + [0] * 62))], div=2)
    assert hist == Histogram((Bucket(Bound(2, "2"), Bound(4, "4"), 4),))
    linear = LinearBuckets(0, 4, 2)
    assert map_value(a_map(MapKind.LHIST, buckets=linear), [words(0, 9, 0, 0)], div=2) == Histogram(
        (Bucket(Bound(0, "0"), Bound(2, "2"), 9),)
    )


@pytest.mark.parametrize(
    ("kind", "slots", "expected"),
    [
        (MapKind.VALUE, [words(0, 1)], True),
        (MapKind.VALUE, [words(0, 0)], False),
        (MapKind.COUNT, [words(0), words(1)], True),
        (MapKind.COUNT, [words(0)], False),
        (MapKind.SUM, pairs((0, 1)), True),
        (MapKind.MIN, pairs((0, 1)), True),
        (MapKind.MIN, pairs((9, 0)), False),
        (MapKind.STATS, pairs((0, 3)), True),
        (MapKind.LHIST, [words(0, 0, 0, 1)], True),
        (MapKind.LHIST, [words(0, 0, 0, 0)], False),
    ],
)
def test_content_of_a_scalar_map(kind, slots, expected):
    assert has_content(a_map(kind, buckets=LinearBuckets(0, 4, 2)), slots) is expected
