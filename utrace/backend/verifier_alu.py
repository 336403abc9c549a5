"""Arithmetic of the abstract machine, on numbers and on addresses."""

from __future__ import annotations

from dataclasses import replace

from utrace.backend import verifier_scalar as scalars
from utrace.backend.insn import SOURCE_REGISTER, Alu, Class, opcode_class, operation
from utrace.backend.spec import Insn, Region
from utrace.backend.verifier_memory import RefusedError
from utrace.backend.verifier_scalar import Scalar
from utrace.backend.verifier_state import Pointer, State, Value


def alu(state: State, insn: Insn) -> None:
    """Execute an ALU or ALU64 instruction."""
    kind = Alu(operation(insn.opcode))
    bits = 64 if opcode_class(insn.opcode) == Class.ALU64 else 32
    registers = state.frame.registers
    if kind == Alu.MOV:
        registers[insn.dst] = _move(state, insn, bits)
        return
    left = registers[insn.dst]
    if left is None:
        raise RefusedError(f"r{insn.dst}: not initialised")
    if kind in (Alu.NEG, Alu.END):
        if isinstance(left, Pointer):
            raise RefusedError(f"r{insn.dst}: {left}: no such arithmetic on an address")
        negated = scalars.operate(Alu.SUB, scalars.constant(0), left, bits) if kind == Alu.NEG else None
        registers[insn.dst] = negated or _swap(left, insn)
        return
    right = _operand(state, insn)
    if isinstance(left, Pointer) or isinstance(right, Pointer):
        registers[insn.dst] = _address_arithmetic(kind, left, right, bits)
    elif kind in (Alu.DIV, Alu.MOD) and insn.off:
        registers[insn.dst] = _signed_division(kind, left, right, bits)
    else:
        registers[insn.dst] = scalars.operate(kind, left, right, bits)


def _operand(state: State, insn: Insn) -> Scalar | Pointer:
    if not insn.opcode & SOURCE_REGISTER:
        return scalars.constant(insn.imm)
    value = state.frame.registers[insn.src]
    if value is None:
        raise RefusedError(f"r{insn.src}: not initialised")
    return value


def _move(state: State, insn: Insn, bits: int) -> Value:
    value = _operand(state, insn)
    if bits == 64 and not insn.off:
        return link(state, insn, insn.src, value)
    if isinstance(value, Pointer):
        return scalars.of_width(bits)
    if insn.off:
        return scalars.sign_extend(value, insn.off, bits)
    if value.wide.umax <= 0xFFFFFFFF:
        return link(state, insn, insn.src, value)
    return scalars.low_half(value)


def link(state: State, insn: Insn, register: int, value: Scalar | Pointer) -> Value:
    """Mark a number and its copy so that a later bounds check of one holds for the other."""
    if isinstance(value, Pointer) or value.constant is not None or not insn.opcode & SOURCE_REGISTER:
        return value
    if value.identity is None:
        state.retire_identity(insn.slot)
        value = replace(value, identity=insn.slot)
        state.frame.registers[register] = value
    return value


def _address_arithmetic(kind: Alu, left: Scalar | Pointer, right: Scalar | Pointer, bits: int) -> Value:
    if bits == 64 and kind == Alu.SUB and isinstance(left, Pointer) and isinstance(right, Pointer):
        return scalars.UNKNOWN
    if isinstance(right, Pointer) and kind == Alu.ADD:
        left, right = right, left
    if not isinstance(left, Pointer) or isinstance(right, Pointer) or kind not in (Alu.ADD, Alu.SUB):
        raise RefusedError(
            f"{right if isinstance(right, Pointer) else left}: no such arithmetic on an address"
        )
    if bits == 32:
        raise RefusedError(f"{left}: 32-bit arithmetic on an address")
    if left.nullable:
        raise RefusedError(f"{left}: arithmetic before it is compared with 0")
    if left.region in (Region.MAP, Region.FUNCTION):
        raise RefusedError(f"{left}: arithmetic on a {left.region.name.lower()}")
    return replace(left, offset=scalars.operate(kind, left.offset, right, 64))


def _signed_division(kind: Alu, left: Scalar, right: Scalar, bits: int) -> Scalar:
    """Bound the remainder by the divisor; quotients are not bounded."""
    divisor = right.range(bits)
    if kind == Alu.DIV or divisor.smin <= 0:
        return scalars.of_width(bits)
    most = divisor.smax - 1
    least = 0 if left.range(bits).smin >= 0 else -most
    result = scalars.signed_between(least, most)
    return result if bits == 64 else scalars.low_half(result)


def _swap(value: Scalar, insn: Insn) -> Scalar:
    """Do bswap, be and le; on a little-endian machine, le truncates."""
    bits = insn.imm
    swaps = insn.opcode & SOURCE_REGISTER or opcode_class(insn.opcode) == Class.ALU64
    if value.constant is not None:
        data = (value.constant & (1 << bits) - 1).to_bytes(bits // 8, "big" if swaps else "little")
        return scalars.constant(int.from_bytes(data, "little"))
    if swaps:
        return scalars.of_width(bits)
    return scalars.operate(Alu.AND, value, scalars.constant((1 << bits) - 1), 64)
