"""Values of integer and string literals."""

from __future__ import annotations

import re

MAX_DIGITS = 64
"""Binary literals need this many; anything longer cannot be a 64-bit number."""

_INTEGER = re.compile(
    r"(?P<digits>0[xX]_*[0-9a-fA-F][0-9a-fA-F_]*|0[bB]_*[01][01_]*|[1-9]e[0-9]+|[0-9][0-9_]*)"
    r"(?P<suffix>|ns|us|ms|s|m|h|d|[uU]?[lL]{0,2}|[lL]{1,2}[uU])"
)
_SUFFIX_MAXIMUM = {"u": 2**32 - 1, "l": 2**63 - 1, "ll": 2**63 - 1}
DURATION_NS = {
    "ns": 1,
    "us": 1_000,
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60 * 1_000_000_000,
    "h": 3600 * 1_000_000_000,
    "d": 86400 * 1_000_000_000,
}

_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{1,2})|([0-7]{1,3})|(.))")
_SIMPLE_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\"}


def integer_value(text: str) -> int:
    """Return the value of an integer literal (a duration's in nanoseconds); ValueError says what is wrong."""
    match = _INTEGER.fullmatch(text) if len(text) <= 2 * MAX_DIGITS else None
    if match is None:
        raise ValueError(f"Invalid integer: {_shortened(text)}")
    suffix = match["suffix"]
    value = _digits_value(match["digits"]) * DURATION_NS.get(suffix, 1)
    maximum = _SUFFIX_MAXIMUM.get(suffix.lower(), 2**64 - 1)
    if value > maximum:
        raise ValueError(f"Integer is too large: {_shortened(text)} (the maximum is {maximum})")
    return value


def _digits_value(digits: str) -> int:
    if digits[:2] in {"0x", "0X"}:
        return int(digits[2:].replace("_", ""), 16)
    if digits[:2] in {"0b", "0B"}:
        return int(digits[2:].replace("_", ""), 2)
    if "e" in digits:
        exponent = int(digits[2:])
        return int(digits[0] + "0" * min(exponent, 30))
    plain = digits.replace("_", "")
    if len(plain) > 1 and plain.startswith("0"):
        if not set(plain) <= set("01234567"):
            raise ValueError(f"Invalid octal integer: {digits}")
        return int(plain, 8)
    return int(plain)


def _shortened(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:40]}..."


def string_value(text: str) -> bytes:
    """Return the bytes of a string literal given with its quotes; ValueError names a wrong escape."""
    body = text[1:-1]
    if "\\" not in body:
        return body.encode(errors="surrogateescape")
    result = bytearray()
    position = 0
    for match in _ESCAPE.finditer(body):
        result += body[position : match.start()].encode(errors="surrogateescape")
        result += _escape_value(match)
        position = match.end()
    return bytes(result + body[position:].encode(errors="surrogateescape"))


def _escape_value(match: re.Match[str]) -> bytes:
    hexadecimal, octal, simple = match.groups()
    if hexadecimal:
        return bytes([int(hexadecimal, 16)])
    if octal:
        value = int(octal, 8)
        if value > 255:
            raise ValueError(f"Octal escape is out of range: \\{octal}")
        return bytes([value])
    if simple not in _SIMPLE_ESCAPES:
        raise ValueError(f"Invalid escape: \\{simple}")
    return _SIMPLE_ESCAPES[simple].encode()
