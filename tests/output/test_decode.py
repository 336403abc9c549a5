"""Types of values beyond integers and strings: from bytes to text."""

import os
import pwd
import struct
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from utrace.frontend.types import (
    BOOL,
    CLOCKS,
    INET,
    INT8,
    INT32,
    INT64,
    MACADDR,
    NONE,
    TIMESTAMP,
    UINT8,
    UINT16,
    UINT32,
    USERNAME,
    USYM,
    ArrayType,
    BufferType,
    EnumType,
    Member,
    PointerType,
    RecordType,
    StackType,
    StringType,
    StructType,
    TupleType,
)
from utrace.output.decode import Context, decode
from utrace.output.model import Symbol
from utrace.output.resolver import user_name
from utrace.output.text import primitive_text, value_text
from utrace.output.wall_clock import strftime, to_wall_ns, wall_clock_ns

COLOR = EnumType("color", UINT32, (("RED", 1), ("GREEN", 2), ("ALSO_RED", 1), ("BIG", 99999)))


def shown(type_, data, **context):
    return primitive_text(decode(type_, data, context=Context(**context)))


def a_struct(*members, size, keyword="struct", name="s"):
    return StructType(keyword, name, size, 8, tuple(members), True)


@pytest.mark.parametrize(
    ("type_", "data", "expected"),
    [
        (ArrayType(INT32, 3), b"\1\0\0\0\2\0\0\0\xff\xff\xff\xff", "[1,2,-1]"),
        (ArrayType(ArrayType(UINT8, 2), 2), b"\5\6\7\x08", "[[5,6],[7,8]]"),
        (ArrayType(UINT8, 0), b"", "[]"),
        (ArrayType(StringType(3), 2), b"ab\0c\0\0", "[ab,c]"),
        (BufferType(4), b"\3\0\0\0ab\xff\0", r"ab\xff"),
        (BufferType(4), b"\0\0\0\0abcd", ""),
        (BufferType(2), b"\xff\0\0\0ab\0\0", "ab"),
        (BufferType(4), b"\4\0\0\0 ~\x1f\x7f", r" ~\x1f\x7f"),
        (RecordType(("m", "n"), (INT8, INT32)), b"\2\0\0\0\3\0\0\0", "{ .m = 2, .n = 3 }"),
        (RecordType((), ()), b"", "{}"),
        (COLOR, b"\1\0\0\0", "RED"),
        (COLOR, b"\2\0\0\0", "GREEN"),
        (COLOR, b"\x9f\x86\1\0", "BIG"),
        (COLOR, b"\7\0\0\0", "7"),
        (EnumType("e", INT32, (("NEG", -1),)), b"\xff\xff\xff\xff", "NEG"),
        (EnumType("e", INT32, ()), b"\xfe\xff\xff\xff", "-2"),
        (MACADDR, b"\x05\x04\x03\xab\xcd\xef", "05:04:03:AB:CD:EF"),
        (INET, b"\2\0\0\0\x7f\0\0\1" + bytes(12), "127.0.0.1"),
        (INET, b"\x0a\0\0\0" + bytes(15) + b"\1", "::1"),
        (INET, b"\x0a\0\0\0\xfe\x80" + bytes(13) + b"\2", "fe80::2"),
        (INET, b"\x63\0\0\0" + bytes(16), ""),
        (USYM, b"\1" + bytes(15), "0x1"),
        (NONE, b"", "null"),
        (PointerType(INT8), b"\x33" + bytes(7), "0x33"),
        (PointerType(INT8), bytes(8), "0x0"),
        (TupleType((INT8, COLOR, BOOL)), b"\1\0\0\0\2\0\0\0\1\0\0\0", "(1, GREEN, true)"),
    ],
)
def test_text(type_, data, expected):
    assert shown(type_, data) == expected


def test_structs():
    inner = a_struct(Member("x", ArrayType(INT32, 2), 0), size=8)
    outer = a_struct(
        Member("m", INT64, 0), Member("s", inner, 8), Member("p", PointerType(INT8), 16), size=24
    )
    data = b"\2" + bytes(7) + b"\5\0\0\0\6\0\0\0" + b"\x10" + bytes(7)
    assert shown(outer, data) == "{ .m = 2, .s = { .x = [5,6] }, .p = 0x10 }"
    assert shown(a_struct(size=0), b"") == "{}"


def test_unions_show_every_member():
    union = a_struct(
        Member("i", INT32, 0), Member("c", UINT8, 0), Member("f", NONE, 0), size=4, keyword="union"
    )
    assert shown(union, b"\1\2\0\0") == "{ .i = 513, .c = 1, .f = null }"


def test_members_of_anonymous_structs_belong_to_the_one_around():
    inner = a_struct(Member("a", UINT8, 0), Member("b", UINT8, 1), size=2, name="")
    outer = a_struct(Member("", inner, 4), Member("z", UINT8, 6), size=8)
    assert shown(outer, b"\0\0\0\0\1\2\3\0") == "{ .a = 1, .b = 2, .z = 3 }"


def test_bitfields():
    fields = a_struct(
        Member("a", UINT32, 0, 0, 3),
        Member("b", INT32, 0, 3, 5),
        Member("c", UINT16, 4, 1, 15),
        Member("e", COLOR, 8, 4, 4),
        Member("t", BOOL, 8, 8, 1),
        size=12,
    )
    first = (5 | (0b10001 << 3)).to_bytes(4, "little")
    data = first + (0x7FFF << 1).to_bytes(2, "little") + b"\0\0" + (2 << 4 | 1 << 8).to_bytes(4, "little")
    assert shown(fields, data) == "{ .a = 5, .b = -15, .c = 32767, .e = GREEN, .t = true }"


@given(st.integers(0, 2**64 - 1), st.integers(0, 7), st.integers(1, 32))
def test_any_bitfield(word, offset, bits):
    field = a_struct(Member("f", UINT32, 0, offset, bits), size=8)
    expected = (word >> offset) & ((1 << bits) - 1)
    assert shown(field, word.to_bytes(8, "little")) == f"{{ .f = {expected} }}"


def test_a_type_that_cannot_be_shown_is_null():
    assert decode(StructType("struct", "unknown"), b"") is not None
    odd = a_struct(Member("m", INT32, 0), Member("odd", _Odd(), 4), size=8)
    assert shown(odd, bytes(8)) == "{ .m = 0, .odd = null }"


class _Odd:
    size = 4
    alignment = 4


def test_cut_strings_are_marked_wherever_they_are():
    assert shown(TupleType((StringType(2), StringType(3))), b"abcd\0", trailer="..") == "(ab.., cd)"


def test_users():
    name = pwd.getpwuid(os.getuid()).pw_name
    assert shown(USERNAME, os.getuid().to_bytes(8, "little")) == name
    assert user_name(2**31 + 12345) == ""
    assert user_name(2**64 - 1) == ""


class Fixed:
    """A resolver that knows one answer."""

    def __init__(self):
        self.asked = []

    def resolve(self, type_, value):
        self.asked.append((type_, value))
        return Symbol("answer", 3)


def test_what_is_only_referred_to_is_asked_of_the_resolver():
    resolver, stack = Fixed(), StackType("perf", 3)
    for type_ in (stack, USYM, USERNAME):
        assert shown(
            TupleType((INT8, type_)), b"\1" + bytes(7) + bytes(range(type_.size)), resolver=resolver
        ) == ("(1, answer)")
    assert resolver.asked == [(type_, bytes(range(type_.size))) for type_ in (stack, USYM, USERNAME)]


def a_timestamp(ns, number=0, clock=0):
    return struct.pack("<QII", ns, number, clock)


@pytest.mark.parametrize("clock", range(len(CLOCKS)))
def test_times_of_every_clock_are_shown_as_local_time(clock):
    number = (time.CLOCK_BOOTTIME, time.CLOCK_MONOTONIC, time.CLOCK_TAI, time.CLOCK_TAI)[clock]
    now = time.clock_gettime_ns(number)
    text = shown(TIMESTAMP, a_timestamp(now, 1, clock), time_formats=("wrong", "%s"))
    assert abs(int(text) - time.time()) <= 2


def test_microseconds_differ_as_the_clock_does():
    formats = {"time_formats": ("%s%f",)}
    first, second = (int(shown(TIMESTAMP, a_timestamp(ns), **formats)) for ns in (0, 1_000_000_123_000))
    assert second - first in (1_000_000_123, 1_000_000_122)


def test_strftime(monkeypatch):
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    assert strftime("%Y-%m-%d %H:%M:%S.%f", 1_500_000_123_456_789) == "1970-01-18 08:40:00.123456"
    assert strftime("%f|%f", 999) == "000000|000000"
    assert strftime("", 0) == ""
    assert strftime("a\0b", 0) == "a"
    assert strftime("\udcff%%\n", 0) == "\udcff%\n"
    assert strftime("100%%", 0) == "100%"
    assert strftime("%Y", 2**64 * 10**9) == str(2**64 * 10**9)
    monkeypatch.undo()
    time.tzset()


def test_the_clocks_differ_by_the_time_of_the_boot():
    assert wall_clock_ns(7) == to_wall_ns("boot") + 7
    with open("/proc/stat") as file:
        booted = next(int(line.split()[1]) for line in file if line.startswith("btime"))
    assert abs(to_wall_ns("boot") / 10**9 - booted) < 3600 * 24 * 365 * 100


def test_too_few_bytes():
    with pytest.raises(ValueError, match="does not fit into 3 bytes"):
        decode(ArrayType(INT32, 1), b"abc")


def test_a_value_is_text_without_a_newline():
    assert value_text(decode(INT8, b"\5")) == "5"
