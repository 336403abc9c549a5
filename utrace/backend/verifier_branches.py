"""Conditional jumps of the abstract machine: which ways are possible, and what each of them tells."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from utrace.backend import verifier_bits as known
from utrace.backend import verifier_ranges as ranges
from utrace.backend import verifier_scalar as scalars
from utrace.backend.insn import SOURCE_REGISTER, Class, Jump, opcode_class, operation
from utrace.backend.spec import Insn
from utrace.backend.verifier_bits import WORD, Bits
from utrace.backend.verifier_memory import RefusedError
from utrace.backend.verifier_ranges import Range
from utrace.backend.verifier_scalar import Scalar
from utrace.backend.verifier_state import ZERO, Pointer, State, Value

_OPPOSITE: Final[dict[Jump, Jump]] = {
    Jump.JEQ: Jump.JNE, Jump.JNE: Jump.JEQ, Jump.JGT: Jump.JLE, Jump.JLE: Jump.JGT, Jump.JGE: Jump.JLT,
    Jump.JLT: Jump.JGE, Jump.JSGT: Jump.JSLE, Jump.JSLE: Jump.JSGT, Jump.JSGE: Jump.JSLT, Jump.JSLT: Jump.JSGE,
}  # fmt: skip
_SWAPPED: Final = {
    Jump.JLT: Jump.JGT, Jump.JLE: Jump.JGE, Jump.JSLT: Jump.JSGT, Jump.JSLE: Jump.JSGE,
}  # fmt: skip

_Pair = tuple[Scalar, Scalar]


def branch(state: State, insn: Insn) -> tuple[State | None, State | None]:
    """Follow a conditional jump; gives the states where it is taken and where not, None for impossible ones.

    The given state may be reused for one of them.
    """
    kind = Jump(operation(insn.opcode))
    bits = 64 if opcode_class(insn.opcode) == Class.JMP else 32
    left = _operand(state, insn.dst)
    right = _operand(state, insn.src) if insn.opcode & SOURCE_REGISTER else scalars.constant(insn.imm)
    if isinstance(left, Pointer) or isinstance(right, Pointer):
        return _branch_on_address(state, kind, left, right, bits)
    taken = _refine(kind, left, right, bits)
    opposite = _OPPOSITE.get(kind)
    fallen = _refine(opposite, left, right, bits) if opposite else _refine_bits_clear(left, right, bits)
    taken_state = state.copy() if taken and fallen else state
    return _learn(taken_state, insn, taken), _learn(state, insn, fallen)


def _operand(state: State, register: int) -> Scalar | Pointer:
    value = state.frame.registers[register]
    if value is None:
        raise RefusedError(f"r{register}: not initialised")
    return value


def _branch_on_address(
    state: State, kind: Jump, left: Scalar | Pointer, right: Scalar | Pointer, bits: int
) -> tuple[State | None, State | None]:
    """Learn from a comparison with null; other comparisons of addresses may go either way."""
    if not (isinstance(left, Pointer) and right == ZERO and bits == 64 and kind in (Jump.JEQ, Jump.JNE)):
        return state.copy(), state
    null = _resolve_null(state.copy(), left, True) if left.nullable else None
    valid = _resolve_null(state, left, False) if left.nullable else state
    return (null, valid) if kind == Jump.JEQ else (valid, null)


def _resolve_null(state: State, pointer: Pointer, is_null: bool) -> State:
    def resolve(value: Value) -> Value:
        if not isinstance(value, Pointer):
            return value
        return ZERO if is_null else replace(value, nullable=False, identity=None)

    if pointer.identity is not None:
        state.replace_identity(pointer.identity, resolve)
    else:
        registers = state.frame.registers
        registers[:] = [resolve(value) if value is pointer else value for value in registers]
    return state


def _learn(state: State, insn: Insn, pair: _Pair | None) -> State | None:
    if pair is None:
        return None
    _assign(state, insn.dst, pair[0])
    if insn.opcode & SOURCE_REGISTER:
        _assign(state, insn.src, pair[1])
    return state


def _assign(state: State, register: int, learnt: Scalar) -> None:
    """Put what was learnt into the register and all copies of its number."""
    old = state.frame.registers[register]
    if isinstance(old, Scalar) and old.identity is not None:
        known_copy = replace(learnt, identity=old.identity)
        state.replace_identity(old.identity, lambda _: known_copy)
    else:
        state.frame.registers[register] = learnt


def _refine(kind: Jump, a: Scalar, b: Scalar, bits: int) -> _Pair | None:
    """Give both numbers where the comparison holds, None if it cannot."""
    if kind in _SWAPPED:
        swapped = _refine(_SWAPPED[kind], b, a, bits)
        return swapped and (swapped[1], swapped[0])
    if kind == Jump.JEQ:
        return _refine_equal(a, b, bits)
    if kind == Jump.JSET:
        return _refine_bits_set(a, b, bits)
    refined = _REFINE_RANGES[kind](a.range(bits), b.range(bits))
    left, right = _with_range(a, refined[0], bits), _with_range(b, refined[1], bits)
    return None if left is None or right is None else (left, right)


def _with_range(a: Scalar, learnt: Range, bits: int) -> Scalar | None:
    if learnt is a.range(bits):
        return a
    if ranges.is_empty(learnt):
        return None
    if bits == 64:
        return scalars.combine(a.bits, ranges.tighten(learnt, 64), a.narrow)
    return scalars.combine(a.bits, a.wide, ranges.tighten(learnt, 32))


def _refine_equal(a: Scalar, b: Scalar, bits: int) -> _Pair | None:
    common = ranges.intersect(a.range(bits), b.range(bits))
    if ranges.is_empty(common):
        return None
    high = 0 if bits == 64 else WORD << 32 & WORD
    a_bits = known.intersect(a.bits, Bits(b.bits.value & ~high, b.bits.mask | high))
    b_bits = known.intersect(b.bits, Bits(a.bits.value & ~high, a.bits.mask | high))
    if a_bits is None or b_bits is None:
        return None
    left = _with_range(replace(a, bits=a_bits), common, bits)
    right = _with_range(replace(b, bits=b_bits), common, bits)
    return None if left is None or right is None else (left, right)


def _refine_bits_set(a: Scalar, b: Scalar, bits: int) -> _Pair | None:
    mask = _constant_mask(b, bits)
    if mask is None:
        return a, b
    if not (a.bits.value | a.bits.mask) & mask:
        return None
    if mask & mask - 1:
        return a, b
    learnt = known.intersect(a.bits, Bits(mask, WORD & ~mask))
    left = learnt and scalars.combine(learnt, a.wide, a.narrow)
    return (left, b) if left else None


def _refine_bits_clear(a: Scalar, b: Scalar, bits: int) -> _Pair | None:
    mask = _constant_mask(b, bits)
    if mask is None:
        return a, b
    learnt = known.intersect(a.bits, Bits(0, WORD & ~mask))
    left = learnt and scalars.combine(learnt, a.wide, a.narrow)
    return (left, b) if left else None


def _constant_mask(b: Scalar, bits: int) -> int | None:
    return None if b.constant is None else b.constant & (1 << bits) - 1


def _not_equal(a: Range, b: Range) -> tuple[Range, Range]:
    return _without(a, b), _without(b, a)


def _without(a: Range, b: Range) -> Range:
    """Move a bound of `a` that is the only number of `b`."""
    if b.umin != b.umax:
        return a
    number, signed = b.umin, b.smin
    umin, umax = a.umin + (a.umin == number), a.umax - (a.umax == number)
    return Range(umin, umax, a.smin + (a.smin == signed), a.smax - (a.smax == signed))


def _greater(a: Range, b: Range) -> tuple[Range, Range]:
    return a._replace(umin=max(a.umin, b.umin + 1)), b._replace(umax=min(b.umax, a.umax - 1))


def _greater_or_equal(a: Range, b: Range) -> tuple[Range, Range]:
    return a._replace(umin=max(a.umin, b.umin)), b._replace(umax=min(b.umax, a.umax))


def _signed_greater(a: Range, b: Range) -> tuple[Range, Range]:
    return a._replace(smin=max(a.smin, b.smin + 1)), b._replace(smax=min(b.smax, a.smax - 1))


def _signed_greater_or_equal(a: Range, b: Range) -> tuple[Range, Range]:
    return a._replace(smin=max(a.smin, b.smin)), b._replace(smax=min(b.smax, a.smax))


_REFINE_RANGES: Final[dict[Jump, Callable[[Range, Range], tuple[Range, Range]]]] = {
    Jump.JNE: _not_equal,
    Jump.JGT: _greater,
    Jump.JGE: _greater_or_equal,
    Jump.JSGT: _signed_greater,
    Jump.JSGE: _signed_greater_or_equal,
}
