"""printf formats: taken apart, and checked against the types of the arguments."""

from __future__ import annotations

import re

from utrace.frontend.typed import Conversion
from utrace.frontend.types import (
    BoolType,
    BufferType,
    EnumType,
    IntType,
    NoneType,
    PointerType,
    StringType,
    Type,
)

_CONVERSION = re.compile(
    r"%(?P<flags>[-+ #0]*)(?P<width>\d*)(?:\.(?P<precision>\d*))?"
    r"(?P<length>hh|h|ll|l|j|z|t)?(?P<letter>rx|rh|gr|[diouxXcpsr%])"
)
MAX_WIDTH = 4096
INTEGER_LETTERS = frozenset("diouxXcp")
BUFFER_LETTERS = frozenset({"r", "rx", "rh"})


def parse_format(text: str) -> tuple[str | Conversion, ...]:
    """Return literal texts and conversions in order; ValueError when a `%` begins no conversion."""
    parts: list[str | Conversion] = []
    position = 0
    while (percent := text.find("%", position)) >= 0:
        _add_text(parts, text[position:percent])
        match = _CONVERSION.match(text, percent)
        if match is None:
            raise ValueError(f"Invalid conversion in the format: '{text[percent : percent + 8]}'")
        position = match.end()
        if match["letter"] == "%":
            _add_text(parts, "%")
        else:
            parts.append(_conversion(match))
    _add_text(parts, text[position:])
    return tuple(parts)


def _add_text(parts: list[str | Conversion], text: str) -> None:
    if text and parts and isinstance(parts[-1], str):
        parts[-1] += text
    elif text:
        parts.append(text)


def _conversion(match: re.Match[str]) -> Conversion:
    if match["letter"] == "gr":
        raise ValueError("%gr is not possible in user space: only the kernel has GFP flags")
    width, precision = _number(match["width"]), _number(match["precision"])
    if match["precision"] == "":
        precision = 0
    return Conversion(match["flags"], width, precision, match["length"] or "", match["letter"])


def _number(digits: str | None) -> int | None:
    if not digits:
        return None
    if len(digits) > 6 or int(digits) > MAX_WIDTH:
        raise ValueError(f"The width in the format is too large: the limit is {MAX_WIDTH}")
    return int(digits)


def count_mismatch(supplied: int, expected: int) -> str | None:
    """Return the message for a wrong number of arguments, None when it is right."""
    if supplied == expected:
        return None
    problem = "not enough" if supplied < expected else "too many"
    return f"{problem} arguments for format string ({supplied} supplied, {expected} expected)"


def type_mismatch(conversion: Conversion, type_: Type) -> str | None:
    """Return the message for an argument that a conversion cannot print, None when it can."""
    if conversion.letter == "s":
        expected, fits = "string", not isinstance(type_, NoneType)
    elif conversion.letter in BUFFER_LETTERS:
        expected, fits = "buffer", isinstance(type_, BufferType)
    else:
        expected, fits = "integer", isinstance(type_, IntType | BoolType | PointerType | EnumType)
    if fits:
        return None
    given = "string" if isinstance(type_, StringType) else str(type_)
    return f"%{conversion.letter} specifier expects a value of type {expected} ({given} supplied)"
