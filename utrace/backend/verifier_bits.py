"""Known bits of a number: the verifier's abstract domain for masking, alignment and flags.

After "Sound, Precise, and Fast Abstract Interpretation with Tristate Numbers" (CGO 2022) and the kernel's
`kernel/bpf/tnum.c`.
"""

from __future__ import annotations

from typing import Final, NamedTuple

WORD: Final = (1 << 64) - 1


class Bits(NamedTuple):
    """64 bits of which those set in `mask` are unknown; the others are as in `value` (0 where unknown)."""

    value: int
    mask: int

    def truncate(self, bits: int) -> Bits:
        """Zero all but the low `bits`."""
        low = (1 << bits) - 1
        return Bits(self.value & low, self.mask & low)


UNKNOWN: Final = Bits(0, WORD)


def covering(low: int, high: int) -> Bits:
    """Give the known bits that all of the unsigned numbers `low` … `high` share."""
    varying = (1 << (low ^ high).bit_length()) - 1
    return Bits(low & ~varying, varying)


def intersect(a: Bits, b: Bits) -> Bits | None:
    """Combine two truths about one number; None if they contradict each other."""
    if (a.value ^ b.value) & ~(a.mask | b.mask):
        return None
    mask = a.mask & b.mask
    return Bits((a.value | b.value) & ~mask & WORD, mask)


def union(a: Bits, b: Bits) -> Bits:
    """Keep what is true of either number."""
    mask = a.mask | b.mask | (a.value ^ b.value)
    return Bits(a.value & ~mask, mask)


def includes(outer: Bits, inner: Bits) -> bool:
    """Whether every number of `inner` is one of `outer`."""
    return not inner.mask & ~outer.mask and not (inner.value ^ outer.value) & ~outer.mask


def add(a: Bits, b: Bits) -> Bits:
    """Give the sum modulo 2**64."""
    values, masks = a.value + b.value, a.mask + b.mask
    mask = ((values + masks) ^ values | a.mask | b.mask) & WORD
    return Bits(values & ~mask & WORD, mask)


def subtract(a: Bits, b: Bits) -> Bits:
    """Give the difference modulo 2**64."""
    values = a.value - b.value
    mask = ((values + a.mask) ^ (values - b.mask) | a.mask | b.mask) & WORD
    return Bits(values & ~mask & WORD, mask)


def multiply(a: Bits, b: Bits) -> Bits:
    """Give the product modulo 2**64, of which the low zeros are known at least."""
    if not a.mask and not b.mask:
        return Bits(a.value * b.value & WORD, 0)
    zeros = _trailing_zeros(a) + _trailing_zeros(b)
    return Bits(0, WORD & ~((1 << zeros) - 1))


def _trailing_zeros(a: Bits) -> int:
    possible = a.value | a.mask
    return (possible & -possible).bit_length() - 1 if possible else 64


def bit_and(a: Bits, b: Bits) -> Bits:
    """Give the bitwise and."""
    value = a.value & b.value
    return Bits(value, (a.value | a.mask) & (b.value | b.mask) & ~value)


def bit_or(a: Bits, b: Bits) -> Bits:
    """Give the bitwise or."""
    value = a.value | b.value
    return Bits(value, (a.mask | b.mask) & ~value)


def bit_xor(a: Bits, b: Bits) -> Bits:
    """Give the bitwise exclusive or."""
    mask = a.mask | b.mask
    return Bits((a.value ^ b.value) & ~mask, mask)


def shift_left(a: Bits, amount: int) -> Bits:
    """Shift by a known amount."""
    return Bits(a.value << amount & WORD, a.mask << amount & WORD)


def shift_right(a: Bits, amount: int) -> Bits:
    """Shift by a known amount, zeros following."""
    return Bits(a.value >> amount, a.mask >> amount)


def shift_right_signed(a: Bits, amount: int, bits: int) -> Bits:
    """Shift the low `bits` by a known amount, copies of their sign (known or not) following."""
    extension = (1 << bits) - (1 << bits - amount) if amount else 0
    sign = 1 << bits - 1
    value = a.value >> amount | (extension if a.value & sign else 0)
    return Bits(value, a.mask >> amount | (extension if a.mask & sign else 0))
