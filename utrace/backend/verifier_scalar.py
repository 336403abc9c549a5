"""What the verifier knows of a number in a register: its bits, and its ranges as 64 and as 32 bits wide."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from utrace.backend import verifier_bits as known
from utrace.backend import verifier_ranges as ranges
from utrace.backend.insn import Alu
from utrace.backend.verifier_bits import WORD, Bits
from utrace.backend.verifier_ranges import FULL, Range

_LOW: Final = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Scalar:
    """A number. `wide` bounds all 64 bits, `narrow` the low 32.

    Scalars of the same `identity` (not None) are copies of one number: what a branch says of one holds for all.
    """

    bits: Bits
    wide: Range
    narrow: Range
    identity: int | None = None

    @property
    def constant(self) -> int | None:
        """The number, unsigned, if only one is possible."""
        return None if self.bits.mask else self.bits.value

    def range(self, bits: int) -> Range:
        """Its bounds seen as a number of 64 or 32 bits."""
        return self.wide if bits == 64 else self.narrow

    def __str__(self) -> str:
        if self.constant is not None:
            return str(self.wide.smin)
        low, high, smin, smax = self.wide
        parts = [
            f"{low}..{high}" if high != WORD or low else "",
            f"s{smin}..{smax}" if smin != -1 << 63 else "",
        ]
        parts.append(f"bits={self.bits.value:x}/{self.bits.mask:x}" if self.bits.mask != WORD else "")
        return f"number({' '.join(filter(None, parts))})"


UNKNOWN: Final = Scalar(known.UNKNOWN, FULL[64], FULL[32])


@lru_cache(maxsize=4096)
def constant(number: int) -> Scalar:
    """Give the scalar that can only be `number` (modulo 2**64)."""
    return Scalar(Bits(number & WORD, 0), ranges.exactly(number, 64), ranges.exactly(number, 32))


@lru_cache(maxsize=64)
def of_width(bits: int, signed: bool = False) -> Scalar:
    """Give any number of `bits` bits, extended to 64."""
    if bits == 64:
        return UNKNOWN
    if signed:
        half = 1 << bits - 1
        return signed_between(-half, half - 1)
    return between(0, (1 << bits) - 1)


def between(low: int, high: int) -> Scalar:
    """Give the scalar of unsigned bounds."""
    return _known_to_exist(known.UNKNOWN, ranges.unsigned_between(low, high, 64), FULL[32])


def signed_between(low: int, high: int) -> Scalar:
    """Give the scalar of signed bounds."""
    return _known_to_exist(known.UNKNOWN, ranges.signed_between(low, high, 64), FULL[32])


def combine(bits: Bits, wide: Range, narrow: Range) -> Scalar | None:
    """Let three views of one number learn from each other; None if no number satisfies all."""
    for _ in range(2):
        wide = _learn(wide, bits, 64)
        narrow = _learn(narrow, bits.truncate(32), 32)
        wide, narrow = _learn_from_each_other(wide, narrow)
        if ranges.is_empty(wide) or ranges.is_empty(narrow):
            return None
        learnt = known.intersect(bits, known.covering(wide.umin, wide.umax))
        low = known.covering(narrow.umin, narrow.umax)
        learnt = learnt and known.intersect(learnt, Bits(low.value, low.mask | (WORD & ~_LOW)))
        if learnt is None:
            return None
        if learnt == bits:
            break
        bits = learnt
    return Scalar(bits, wide, narrow)


def _learn_from_each_other(wide: Range, narrow: Range) -> tuple[Range, Range]:
    """Use what the upper half is known to be: one number, or copies of bit 31."""
    if wide.umin >> 32 == wide.umax >> 32:
        narrow = ranges.intersect(narrow, ranges.unsigned_between(wide.umin & _LOW, wide.umax & _LOW, 32))
        narrow = ranges.tighten(narrow, 32)
        high = wide.umin & ~_LOW
        wide = ranges.intersect(wide, ranges.unsigned_between(high | narrow.umin, high | narrow.umax, 64))
    if FULL[32].smin <= wide.smin and wide.smax <= FULL[32].smax:
        narrow = ranges.intersect(narrow, ranges.signed_between(wide.smin, wide.smax, 32))
        narrow = ranges.tighten(narrow, 32)
        wide = ranges.intersect(wide, ranges.signed_between(narrow.smin, narrow.smax, 64))
    return ranges.tighten(wide, 64), narrow


def _learn(a: Range, bits: Bits, width: int) -> Range:
    possible = bits.value | bits.mask
    if a.umin < bits.value or a.umax > possible:
        a = Range(max(a.umin, bits.value), min(a.umax, possible), a.smin, a.smax)
    return ranges.tighten(a, width)


def _known_to_exist(bits: Bits, wide: Range, narrow: Range) -> Scalar:
    """Combine views that come from an operation on actual numbers."""
    result = combine(bits, wide, narrow)
    return UNKNOWN if result is None else result


def union(a: Scalar, b: Scalar) -> Scalar:
    """Keep what is true of either number."""
    identity = a.identity if a.identity == b.identity else None
    bits = known.union(a.bits, b.bits)
    return Scalar(bits, ranges.union(a.wide, b.wide), ranges.union(a.narrow, b.narrow), identity)


def includes(outer: Scalar, inner: Scalar) -> bool:
    """Whether every number of `inner` is one of `outer`, identity aside."""
    return (
        known.includes(outer.bits, inner.bits)
        and ranges.includes(outer.wide, inner.wide)
        and ranges.includes(outer.narrow, inner.narrow)
    )


def low_half(a: Scalar) -> Scalar:
    """Zero-extend the low 32 bits (what a 32-bit move does)."""
    if not (a.bits.value | a.bits.mask) >> 32:
        return replace(a, identity=None)
    wide = ranges.unsigned_between(a.narrow.umin, a.narrow.umax, 64)
    return _known_to_exist(a.bits.truncate(32), wide, a.narrow)


def sign_extend(a: Scalar, bits: int, to: int) -> Scalar:
    """Sign-extend the low `bits` to `to` bits, zeros above."""
    if a.constant is not None:
        number = ranges.to_signed(a.constant & (1 << bits) - 1, bits)
        return constant(number & (1 << to) - 1)
    half = 1 << bits - 1
    view = a.narrow if bits == 32 else a.range(to)
    low, high = max(view.smin, -half), min(view.smax, half - 1)
    if bits != 32 and (view.smin < -half or view.smax >= half):
        low, high = -half, half - 1
    extended = signed_between(low, high)
    return extended if to == 64 else low_half(extended)


_BITS: Final[dict[int, Callable[[Bits, Bits], Bits]]] = {
    Alu.ADD: known.add,
    Alu.SUB: known.subtract,
    Alu.MUL: known.multiply,
    Alu.AND: known.bit_and,
    Alu.OR: known.bit_or,
    Alu.XOR: known.bit_xor,
}
_RANGES: Final[dict[int, Callable[[Range, Range, int], Range]]] = {
    Alu.ADD: ranges.add,
    Alu.SUB: ranges.subtract,
    Alu.MUL: ranges.multiply,
    Alu.DIV: ranges.divide,
    Alu.MOD: ranges.modulo,
    Alu.AND: ranges.bit_and,
    Alu.OR: ranges.bit_or,
    Alu.XOR: ranges.bit_xor,
    Alu.LSH: ranges.shift_left,
    Alu.RSH: ranges.shift_right,
    Alu.ARSH: ranges.shift_right_signed,
}
_LOW_HALF_DECIDES: Final = (Alu.ADD, Alu.SUB, Alu.MUL, Alu.AND, Alu.OR, Alu.XOR)


def operate(kind: Alu, a: Scalar, b: Scalar, bits: int) -> Scalar:
    """Apply an unsigned or bitwise operation of 64 or 32 bits; a 32-bit result is zero-extended."""
    if kind in (Alu.LSH, Alu.RSH, Alu.ARSH):
        b = operate(Alu.AND, b, constant(bits - 1), 64)
    if bits == 32:
        a, b = low_half(a), low_half(b)
    bitwise = _operate_bits(kind, a.bits, b, bits).truncate(bits)
    operation = _RANGES[kind]
    if bits == 32:
        narrow = operation(a.narrow, b.narrow, 32)
        wide = ranges.unsigned_between(narrow.umin, narrow.umax, 64)
        return _known_to_exist(bitwise, wide, narrow)
    narrow = operation(a.narrow, b.narrow, 32) if kind in _LOW_HALF_DECIDES else FULL[32]
    return _known_to_exist(bitwise, operation(a.wide, b.wide, 64), narrow)


def _operate_bits(kind: Alu, a: Bits, b: Scalar, bits: int) -> Bits:
    if kind in _BITS:
        return _BITS[kind](a, b.bits)
    amount = b.constant
    if amount is None or kind in (Alu.DIV, Alu.MOD):
        return known.UNKNOWN
    if kind == Alu.LSH:
        return known.shift_left(a, amount)
    if kind == Alu.RSH:
        return known.shift_right(a, amount)
    return known.shift_right_signed(a, amount, bits)


def widen(old: Scalar, new: Scalar, thresholds: tuple[int, ...]) -> Scalar:
    """Over-approximate both so that repetition ends: a bound that moves jumps to the next of `thresholds`."""
    joined = union(old, new)
    wide = _widen(old.wide, joined.wide, thresholds, 64)
    narrow = _widen(old.narrow, joined.narrow, thresholds, 32)
    bits = joined.bits if joined.bits == old.bits else _stable_bits(old.bits, joined.bits)
    return _known_to_exist(bits, wide, narrow)


def _stable_bits(old: Bits, joined: Bits) -> Bits:
    """Forget all bits above the lowest that changes."""
    changed = joined.mask & ~old.mask
    lowest = changed & -changed
    return Bits(joined.value & lowest - 1, joined.mask & (lowest - 1) | WORD & ~(lowest - 1))


def _widen(old: Range, joined: Range, thresholds: tuple[int, ...], bits: int) -> Range:
    full = FULL[bits]
    smaller = [t for t in thresholds if t <= joined.smin]
    larger = [t for t in thresholds if t >= joined.smax and t <= full.smax]
    umin = joined.umin if joined.umin == old.umin else 0
    larger_unsigned = [t for t in thresholds if t >= joined.umax]
    umax = joined.umax if joined.umax == old.umax else min(larger_unsigned, default=full.umax)
    smin = joined.smin if joined.smin == old.smin else max(smaller, default=full.smin)
    smax = joined.smax if joined.smax == old.smax else min(larger, default=full.smax)
    return Range(umin, min(umax, full.umax), max(smin, full.smin), smax)
