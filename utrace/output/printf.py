"""printf in Python: the reference that the compiled formatter is tested against, and its stand-in.

Numbers are formatted as C's printf does.  A conversion without a length takes 32 bits of its argument, and
`%s` takes any value and shows it as print() would.
"""

from __future__ import annotations

from collections.abc import Callable

from utrace.errors import UtraceError
from utrace.frontend.typed import Conversion, EventInfo
from utrace.output.decode import PLAIN, Context, decode
from utrace.output.model import Buffer, Primitive, Symbol, to_bytes
from utrace.output.text import buffer_text, primitive_text

LENGTH_BITS = {"hh": 8, "h": 16, "l": 64, "ll": 64, "j": 64, "z": 64, "t": 64}
"""Bits of the argument that a conversion with this length takes; 32 for any other, also for none."""

BUFFER_FORMS: dict[str, Callable[[bytes], bytes]] = {
    "r": lambda data: buffer_text(data).encode(),
    "rx": lambda data: b"".join(b"\\x%02x" % byte for byte in data),
    "rh": lambda data: data.hex(" ").encode(),
}
"""What the conversions of buffers make of their bytes."""

_BASES = {"o": "o", "x": "x", "X": "X"}


def format_event(event: EventInfo, record: bytes | memoryview, context: Context = PLAIN) -> bytes:
    """Return the text of a printf event."""
    fields = iter(event.fields)
    text = bytearray()
    for part in event.parts:
        if isinstance(part, Conversion):
            field = next(fields)
            text += convert(part, decode(field.type, record, field.offset, context))
        else:
            text += to_bytes(part)
    return bytes(text)


def convert(conversion: Conversion, value: Primitive) -> bytes:
    """Return the text of one conversion.

    Raises UtraceError for a conversion that does not suit the value, which the frontend should have found.
    """
    letter = conversion.letter
    if letter == "s":
        shown = to_bytes(primitive_text(value))
        return _padded(conversion, shown[: conversion.precision])
    if letter in BUFFER_FORMS:
        if not isinstance(value, Buffer):
            raise UtraceError(f"printf: %{letter} cannot show {primitive_text(value)}")
        return _padded(conversion, BUFFER_FORMS[letter](value.data)[: conversion.precision])
    number = value.number if isinstance(value, Symbol) else value
    if not isinstance(number, int):
        raise UtraceError(f"printf: %{letter} cannot show {primitive_text(value)}")
    if letter == "c":
        return _padded(conversion, bytes([number & 0xFF]))
    if letter == "p":
        # A null pointer is a bare 0 in bpftrace.
        return _padded(conversion, b"%#x" % (number % 2**64) if number else b"0")
    if letter in "diuoxX":
        return _integer(conversion, number)
    raise UtraceError(f"printf: %{letter} is no conversion")


def _integer(conversion: Conversion, number: int) -> bytes:
    is_signed = conversion.letter in "di"
    bits = LENGTH_BITS.get(conversion.length, 32)
    number %= 1 << bits
    if is_signed and number >> (bits - 1):
        number -= 1 << bits
    digits = _digits(conversion, abs(number))
    prefix = _prefix(conversion, number)
    is_zero_filled = "0" in conversion.flags and "-" not in conversion.flags and conversion.precision is None
    if is_zero_filled:
        digits = digits.rjust((conversion.width or 0) - len(prefix), "0")
    return _padded(conversion, (prefix + digits).encode())


def _digits(conversion: Conversion, magnitude: int) -> str:
    digits = format(magnitude, _BASES.get(conversion.letter, "d"))
    if conversion.precision is not None:
        digits = digits.rjust(conversion.precision, "0") if magnitude else "0" * conversion.precision
    if "#" in conversion.flags and conversion.letter == "o" and not digits.startswith("0"):
        digits = "0" + digits
    return digits


def _prefix(conversion: Conversion, number: int) -> str:
    if conversion.letter in "di":
        if number < 0:
            return "-"
        return "+" if "+" in conversion.flags else " " if " " in conversion.flags else ""
    if "#" in conversion.flags and conversion.letter in "xX" and number:
        return "0" + conversion.letter
    return ""


def _padded(conversion: Conversion, text: bytes) -> bytes:
    width = conversion.width or 0
    return text.ljust(width) if "-" in conversion.flags else text.rjust(width)
