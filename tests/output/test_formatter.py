"""The compiled formatter does what the one in Python does."""

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.output.events import a_printf, a_record, an_event, framed
from utrace.frontend.formats import parse_format
from utrace.frontend.typed import EventKind
from utrace.frontend.types import (
    BOOL,
    INT8,
    INT16,
    INT32,
    INT64,
    UINT8,
    UINT16,
    UINT32,
    UINT64,
    ArrayType,
    BufferType,
    EnumType,
    IntType,
    PointerType,
    StringType,
    TupleType,
)
from utrace.output.decode import Context
from utrace.output.formatter import BatchFormatter
from utrace.output.printf import format_event

INTEGERS = (INT8, INT16, INT32, INT64, UINT8, UINT16, UINT32, UINT64)
POINTER = PointerType(INT8)


def format_once(formatter, batch):
    text, consumed = formatter.format(memoryview(bytearray(batch)))
    return bytes(text), consumed


def compiled(runtime, *events, trailer=".."):
    return BatchFormatter(events, trailer, runtime)


# Every conversion of integers there is, in few formats: compiling is what takes time.
FLAGS = ("", "-", "+", " ", "#", "0", "-0", "+0", " +", "#0", "#-", "-+ #0")
SHAPES = ("", "1", "12", "30", ".0", ".5", ".25", "12.7", "7.12", "12.")
INTEGER_FORMATS = [
    f"%{flag}{shape.rstrip('.')}{length}{letter}"
    for index, (flag, shape) in enumerate((flag, shape) for flag in FLAGS for shape in SHAPES)
    for letter in "diuoxX"
    for length in [("hh", "h", "", "l", "ll", "j", "z", "t")[(index + ord(letter)) % 8]]
]


def assert_same(formatter, event, *values):
    record = a_record(event, *values)
    assert format_once(formatter, framed(record)) == (
        format_event(event, record, Context("..")),
        len(framed(record)),
    )


@pytest.fixture(scope="module")
def integer_formatters(runtime):
    events = [
        a_printf("|".join(INTEGER_FORMATS[start::8]), *[type_] * len(INTEGER_FORMATS[start::8]), id_=start)
        for start, type_ in enumerate(INTEGERS)
    ]
    return events, compiled(runtime, *events)


@settings(max_examples=60, deadline=None)
@given(st.data(), st.integers(0, 7))
def test_integers(integer_formatters, data, index):
    events, formatter = integer_formatters
    type_ = INTEGERS[index]
    values = st.integers(type_.minimum, type_.maximum) | st.sampled_from((type_.minimum, 0, 1, type_.maximum))
    count = len(events[index].fields)
    assert_same(formatter, events[index], *data.draw(st.lists(values, min_size=count, max_size=count)))


OTHER = (
    ("%s|%9s|%-9s|%.3s|%9.3s|%.0s|%s", StringType(13), st.binary(max_size=13)),
    ("%s|%30s|%-30s|%.1s|%.16s|%.17s|%.100s", StringType(16), st.binary(max_size=16)),
    ("%s|%4s|%-4s|%.3s|%9.3s|%.0s|%-5s", StringType(1), st.binary(max_size=1)),
    ("%p|%20p|%-20p|%s|%24s|%-24s|%lx", POINTER, st.integers(0, 2**64 - 1) | st.just(0)),
    ("%s|%7s|%-7s|%d|%x|%c|%p", BOOL, st.booleans()),
    ("%s|%25s|%-25s|%c|%5c|%-5c|%p", INT64, st.integers(-(2**63), 2**63 - 1)),
    ("%s|%25s|%-25s|%c|%5c|%-5c|%p", UINT64, st.integers(0, 2**64 - 1)),
    ("%s|%5s|%-5s|%c|%5c|%-5c|%p", INT8, st.integers(-128, 127)),
)


@pytest.fixture(scope="module")
def other_formatters(runtime):
    events = [a_printf(text, *[type_] * 7, id_=index) for index, (text, type_, _) in enumerate(OTHER)]
    return events, compiled(runtime, *events)


@settings(max_examples=300, deadline=None)
@given(st.data(), st.integers(0, len(OTHER) - 1))
def test_strings_pointers_bools_and_characters(other_formatters, data, index):
    events, formatter = other_formatters
    values = data.draw(st.lists(OTHER[index][2], min_size=7, max_size=7))
    assert_same(formatter, events[index], *values)


def test_long_strings(runtime):
    event = a_printf("%s\n", StringType(1024))
    formatter = compiled(runtime, event)
    for length in (0, 1, 7, 8, 9, 1023, 1024):
        assert_same(formatter, event, b"x" * length)


def test_without_arguments_and_percent(runtime):
    event = a_printf("100%% done\n")
    assert_same(compiled(runtime, event), event)


def test_bytes_that_are_no_text(runtime):
    event = a_printf("%s\udcff\n", StringType(8))
    formatter = compiled(runtime, event, trailer="\udcfe")
    assert format_once(formatter, framed(a_record(event, b"\xff\x80"))) == (b"\xff\x80\xff\n", 32)
    assert format_once(formatter, framed(a_record(event, b"abcdefgh"))) == (b"abcdefgh\xfe\xff\n", 32)


def test_a_batch_of_several_events(runtime):
    events = (a_printf("a%d ", INT32), a_printf("b%s\n", StringType(4), id_=1))
    formatter = compiled(runtime, *events)
    records = [a_record(events[i % 2], *((i,) if i % 2 == 0 else (b"x%d" % (i % 10),))) for i in range(100)]
    text, consumed = format_once(formatter, framed(*records))
    assert text == b"".join(format_event(events[i % 2], record) for i, record in enumerate(records))
    assert consumed == len(framed(*records))


def test_it_stops_at_what_is_not_its_own(runtime):
    printf = a_printf("%d\n", INT32)
    clear = an_event(EventKind.CLEAR, id_=1, map_id=0)
    rare = a_printf("%s\n", TupleType((INT32,)), id_=2)
    formatter = compiled(runtime, printf, clear, rare)
    mine = a_record(printf, 1)
    for other in (a_record(clear), a_record(rare, (1,)), struct.pack("<II", 99, 0)):
        assert format_once(formatter, framed(mine, other, mine)) == (b"1\n", len(framed(mine)))
        assert format_once(formatter, framed(other, mine)) == (b"", 0)


def test_it_stops_at_damaged_records(runtime):
    event = a_printf("%d %d\n", INT64, INT64)
    formatter = compiled(runtime, event)
    whole = framed(a_record(event, 1, 2))
    short = struct.pack("<IIQ", 16, 0, 0) + a_record(event, 1, 2)[:16]
    for damaged in (whole[:-1], whole[:20], whole[:3], b"", short, b"\xff\xff\xff\xff" + whole[4:]):
        assert format_once(formatter, whole + damaged) == (b"1 2\n", len(whole))


def test_a_full_buffer_ends_a_batch_between_records(runtime):
    event = a_printf("%4000d" * 15 + "\n", *[INT64] * 15)
    formatter = compiled(runtime, event)
    records = [a_record(event, *range(i, i + 15)) for i in range(10)]
    text, consumed = format_once(formatter, framed(*records))
    count = consumed // len(framed(records[0]))
    assert 0 < count < len(records)
    assert text == b"".join(format_event(event, record) for record in records[:count])


def test_what_can_never_fit_is_left_to_others(runtime):
    event = a_printf("%4096d" * 65, *[INT64] * 65)
    assert format_once(compiled(runtime, event), framed(a_record(event, *range(65)))) == (b"", 0)


def test_the_test_formats_cover_what_they_should():
    conversions = [part for part in parse_format("|".join(INTEGER_FORMATS)) if not isinstance(part, str)]
    assert {(c.letter, c.length) for c in conversions} == {
        (letter, length) for letter in "diuoxX" for length in ("hh", "h", "", "l", "ll", "j", "z", "t")
    }
    assert all(isinstance(type_, IntType) for type_ in INTEGERS)


def test_enums_are_their_integers(runtime):
    kinds = [EnumType("e", integer, (("ONE", 1), ("MINUS", -1))) for integer in INTEGERS]
    event = a_printf("%d %x %lld %u|" * len(kinds), *[kind for kind in kinds for _ in range(4)])
    formatter = compiled(runtime, event)
    for value in (0, 1, -1, 77, 2**31):
        assert_same(formatter, event, *[value] * (4 * len(kinds)))


def test_names_of_enums_and_buffers_are_left_to_python(runtime):
    kind = EnumType("e", INT32, (("ONE", 1),))
    for event in (a_printf("%s", kind), a_printf("%r", BufferType(8)), a_printf("%s", ArrayType(INT8, 2))):
        assert format_once(compiled(runtime, event), framed(bytes(event.size))) == (b"", 0)
