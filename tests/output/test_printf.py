"""printf in Python, against C's printf where both mean the same."""

import ctypes

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.output.events import a_printf, a_record
from utrace.errors import UtraceError
from utrace.frontend.typed import Conversion
from utrace.frontend.types import BOOL, INT8, INT64, UINT8, UINT64, PointerType, StringType, TupleType
from utrace.output.decode import Context
from utrace.output.printf import convert, format_event

LIBC = ctypes.CDLL(None)
C_TYPES = {
    "hh": ctypes.c_int8,
    "h": ctypes.c_int16,
    "": ctypes.c_int32,
    "l": ctypes.c_int64,
    "ll": ctypes.c_int64,
    "j": ctypes.c_int64,
    "z": ctypes.c_int64,
    "t": ctypes.c_int64,
}


def printed(text, *arguments):
    """Format (type, value) arguments."""
    event = a_printf(text, *(type_ for type_, _ in arguments))
    return format_event(event, a_record(event, *(value for _, value in arguments)), Context(".."))


def c_printed(text, argument):
    buffer = ctypes.create_string_buffer(1000)
    length = LIBC.snprintf(buffer, ctypes.c_size_t(1000), text, argument)
    return buffer.raw[:length]


flags = st.lists(st.sampled_from("-+ #0"), unique=True).map("".join)
widths = st.none() | st.integers(1, 40)
precisions = st.none() | st.integers(0, 40)


def spelled(conversion):
    precision = "" if conversion.precision is None else f".{conversion.precision}"
    return f"%{conversion.flags}{conversion.width or ''}{precision}{conversion.length}{conversion.letter}".encode()


@settings(max_examples=1000)
@given(
    st.builds(
        Conversion, flags, widths, precisions, st.sampled_from(list(C_TYPES)), st.sampled_from("diuoxX")
    ),
    st.integers(-(2**63), 2**64 - 1) | st.integers(-300, 300),
)
def test_integers_are_those_of_c(conversion, value):
    argument = C_TYPES[conversion.length](value)
    assert convert(conversion, value) == c_printed(spelled(conversion), argument)


@given(
    st.builds(Conversion, st.sampled_from(["", "-"]), widths, precisions, st.just(""), st.just("s")),
    st.text(st.characters(codec="ascii", exclude_characters="\0"), max_size=50),
)
def test_strings_are_those_of_c(conversion, text):
    assert convert(conversion, text) == c_printed(spelled(conversion), text.encode())


@given(st.builds(Conversion, st.sampled_from(["", "-"]), widths, st.none(), st.just(""), st.just("c")))
def test_characters_are_those_of_c(conversion):
    for value in (0, 65, 255, 256 + 66, -1):
        assert convert(conversion, value) == c_printed(spelled(conversion), value)


@given(
    st.builds(Conversion, st.sampled_from(["", "-"]), widths, st.none(), st.just(""), st.just("p")),
    st.integers(1, 2**64 - 1),
)
def test_pointers_are_those_of_c(conversion, value):
    assert convert(conversion, value) == c_printed(spelled(conversion), ctypes.c_void_p(value))


def test_null_pointer_is_a_bare_zero():
    assert printed("%p|%4p", (PointerType(INT8), 0), (UINT64, 0)) == b"0|   0"


def test_a_conversion_without_length_takes_32_bits():
    assert printed("%d %u %x", (INT64, 2**32 + 5), (INT64, -1), (INT64, 0x12345678ABCDEF)) == (
        b"5 4294967295 78abcdef"
    )


def test_length_modifiers():
    x = (INT64, 0x12345678ABCDEF)
    assert printed("%hhx %hx %x %jx", x, x, x, x) == b"ef cdef 78abcdef 12345678abcdef"


def test_small_arguments_are_widened_by_their_own_sign():
    assert printed("%d %u %lx %d", (INT8, -1), (INT8, -1), (INT8, -1), (UINT8, 255)) == (
        b"-1 4294967295 ffffffffffffffff 255"
    )


def test_literals_percent_and_characters():
    assert printed("100%% %c%c\n", (INT64, 0x41), (UINT8, 0x42)) == b"100% AB\n"


def test_bool_is_a_number_or_a_word():
    assert printed("%d %s %6s|%-6s|", (BOOL, 1), (BOOL, 1), (BOOL, 0), (BOOL, 1)) == b"1 true  false|true  |"


def test_s_takes_anything():
    pair = TupleType((INT64, StringType(4)))
    assert printed("%s %s %s", (INT64, -5), (PointerType(INT8), 0x33), (pair, (1, b"hi"))) == (
        b"-5 0x33 (1, hi)"
    )
    assert printed("%10s|", (pair, (1, b"hi"))) == b"   (1, hi)|"


def test_cut_strings_are_marked():
    assert printed("%s %s", (StringType(4), b"abcd"), (StringType(4), b"abc")) == b"abcd.. abc"


def test_width_counts_bytes():
    assert printed("%4s|", (StringType(8), "é".encode())) == "  é|".encode()
    assert printed("%s|", (StringType(8), b"\xff\xfe")) == b"\xff\xfe|"


def test_what_cannot_be_shown_is_an_error():
    with pytest.raises(UtraceError, match="%d cannot show abc"):
        convert(Conversion("", None, None, "", "d"), "abc")
    with pytest.raises(UtraceError, match="%rx cannot show 1"):
        convert(Conversion("", None, None, "", "rx"), 1)
