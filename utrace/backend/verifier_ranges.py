"""Ranges of a number seen as unsigned and as signed: the verifier's abstract domain for bounds checks.

Every operation takes and gives ranges of numbers of `bits` bits, modulo 2**bits.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Range(NamedTuple):
    """Inclusive bounds, unsigned and signed, of the same number."""

    umin: int
    umax: int
    smin: int
    smax: int


FULL: Final = {bits: Range(0, (1 << bits) - 1, -(1 << bits - 1), (1 << bits - 1) - 1) for bits in (32, 64)}


def exactly(number: int, bits: int) -> Range:
    """Give the range that holds one number, in either notation."""
    unsigned = number & (1 << bits) - 1
    signed = to_signed(unsigned, bits)
    return Range(unsigned, unsigned, signed, signed)


def to_signed(unsigned: int, bits: int) -> int:
    """Read an unsigned number of `bits` bits as two's complement."""
    return unsigned - (1 << bits) if unsigned >> bits - 1 else unsigned


def unsigned_between(low: int, high: int, bits: int) -> Range:
    """Give the range of unsigned bounds."""
    full = FULL[bits]
    return tighten(Range(low, high, full.smin, full.smax), bits)


def signed_between(low: int, high: int, bits: int) -> Range:
    """Give the range of signed bounds."""
    full = FULL[bits]
    return tighten(Range(full.umin, full.umax, low, high), bits)


def tighten(a: Range, bits: int) -> Range:
    """Let the unsigned and the signed bounds learn from each other where the sign is known."""
    umin, umax, smin, smax = a
    half = 1 << bits - 1
    if umax < half or umin >= half:
        smin, smax = max(smin, to_signed(umin, bits)), min(smax, to_signed(umax, bits))
    if smin >= 0 or smax < 0:
        modulus = (1 << bits) - 1
        umin, umax = max(umin, smin & modulus), min(umax, smax & modulus)
    return Range(umin, umax, smin, smax)


def is_empty(a: Range) -> bool:
    """Whether no number satisfies the bounds."""
    return a.umin > a.umax or a.smin > a.smax


def intersect(a: Range, b: Range) -> Range:
    """Combine two truths about one number; the result may be empty."""
    return Range(max(a.umin, b.umin), min(a.umax, b.umax), max(a.smin, b.smin), min(a.smax, b.smax))


def union(a: Range, b: Range) -> Range:
    """Keep what is true of either number."""
    return Range(min(a.umin, b.umin), max(a.umax, b.umax), min(a.smin, b.smin), max(a.smax, b.smax))


def includes(outer: Range, inner: Range) -> bool:
    """Whether every number of `inner` is one of `outer`."""
    return (
        outer.umin <= inner.umin
        and inner.umax <= outer.umax
        and outer.smin <= inner.smin
        and inner.smax <= outer.smax
    )


def add(a: Range, b: Range, bits: int) -> Range:
    """Give the sum."""
    unsigned = _wrap(a.umin + b.umin, a.umax + b.umax, 0, bits)
    return _both(unsigned, _wrap(a.smin + b.smin, a.smax + b.smax, -(1 << bits - 1), bits), bits)


def subtract(a: Range, b: Range, bits: int) -> Range:
    """Give the difference."""
    unsigned = _wrap(a.umin - b.umax, a.umax - b.umin, 0, bits)
    return _both(unsigned, _wrap(a.smin - b.smax, a.smax - b.smin, -(1 << bits - 1), bits), bits)


def multiply(a: Range, b: Range, bits: int) -> Range:
    """Give the product."""
    full = FULL[bits]
    corners = [x * y for x in (a.smin, a.smax) for y in (b.smin, b.smax)]
    unsigned, signed = (full.umin, full.umax), (full.smin, full.smax)
    if a.umax * b.umax <= full.umax:
        unsigned = (a.umin * b.umin, a.umax * b.umax)
    if full.smin <= min(corners) and max(corners) <= full.smax:
        signed = (min(corners), max(corners))
    return _both(unsigned, signed, bits)


def divide(a: Range, b: Range, bits: int) -> Range:
    """Give the unsigned quotient; division by zero gives 0."""
    return unsigned_between(a.umin // b.umax if b.umin else 0, a.umax // max(b.umin, 1), bits)


def modulo(a: Range, b: Range, bits: int) -> Range:
    """Give the unsigned remainder; by zero, it is the dividend."""
    if a.umax < b.umin:
        return a
    return unsigned_between(0, min(a.umax, b.umax - 1) if b.umin else a.umax, bits)


def bit_and(a: Range, b: Range, bits: int) -> Range:
    """Give the bitwise and."""
    return unsigned_between(0, min(a.umax, b.umax), bits)


def bit_or(a: Range, b: Range, bits: int) -> Range:
    """Give the bitwise or."""
    return unsigned_between(max(a.umin, b.umin), (1 << (a.umax | b.umax).bit_length()) - 1, bits)


def bit_xor(a: Range, b: Range, bits: int) -> Range:
    """Give the bitwise exclusive or."""
    return unsigned_between(0, (1 << (a.umax | b.umax).bit_length()) - 1, bits)


def shift_left(a: Range, b: Range, bits: int) -> Range:
    """Shift by a number that is taken modulo `bits`."""
    full = FULL[bits]
    if b.umax >= bits:
        return full
    unsigned, signed = (full.umin, full.umax), (full.smin, full.smax)
    if a.umax << b.umax <= full.umax:
        unsigned = (a.umin << b.umin, a.umax << b.umax)
    low, high = a.smin << (b.umax if a.smin < 0 else b.umin), a.smax << (b.umax if a.smax > 0 else b.umin)
    if full.smin <= low and high <= full.smax:
        signed = (low, high)
    return _both(unsigned, signed, bits)


def shift_right(a: Range, b: Range, bits: int) -> Range:
    """Shift by a number that is taken modulo `bits`, zeros following."""
    if b.umax >= bits:
        return unsigned_between(0, a.umax, bits)
    return unsigned_between(a.umin >> b.umax, a.umax >> b.umin, bits)


def shift_right_signed(a: Range, b: Range, bits: int) -> Range:
    """Shift by a number that is taken modulo `bits`, copies of the sign following."""
    if b.umax >= bits:
        return signed_between(min(a.smin, 0), max(a.smax, -1), bits)
    low = a.smin >> (b.umin if a.smin < 0 else b.umax)
    return signed_between(low, a.smax >> (b.umax if a.smax < 0 else b.umin), bits)


def _wrap(low: int, high: int, least: int, bits: int) -> tuple[int, int]:
    """Reduce bounds modulo 2**bits into the numbers from `least` on; everything if they straddle an end."""
    modulus = 1 << bits
    turns = (low - least) // modulus
    if turns != (high - least) // modulus:
        return least, least + modulus - 1
    return low - turns * modulus, high - turns * modulus


def _both(unsigned: tuple[int, int], signed: tuple[int, int], bits: int) -> Range:
    return tighten(Range(*unsigned, *signed), bits)
