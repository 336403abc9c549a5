"""eBPF arithmetic and comparisons as LLVM IR, with the instruction set's answer where LLVM has none."""

from __future__ import annotations

from typing import Final

from utrace.backend.insn import SOURCE_REGISTER, Alu, Class, Jump, opcode_class, operation
from utrace.backend.lift_body import Body
from utrace.backend.spec import Insn

_PLAIN: Final = {Alu.ADD: "add", Alu.SUB: "sub", Alu.MUL: "mul", Alu.OR: "or", Alu.AND: "and", Alu.XOR: "xor"}
_SHIFTS: Final = {Alu.LSH: "shl", Alu.RSH: "lshr", Alu.ARSH: "ashr"}
_PREDICATES: Final = {
    Jump.JEQ: "eq", Jump.JNE: "ne", Jump.JGT: "ugt", Jump.JGE: "uge", Jump.JLT: "ult", Jump.JLE: "ule",
    Jump.JSGT: "sgt", Jump.JSGE: "sge", Jump.JSLT: "slt", Jump.JSLE: "sle",
}  # fmt: skip


def lift_alu(body: Body, insn: Insn) -> None:
    """Lift an ALU or ALU64 instruction."""
    kind = Alu(operation(insn.opcode))
    bits = 64 if opcode_class(insn.opcode) == Class.ALU64 else 32
    match kind:
        case Alu.END:
            _swap(body, insn)
        case Alu.NEG:
            body.write(insn.dst, body.value(f"sub i{bits} 0, {body.read(insn.dst, bits)}"), bits)
        case Alu.MOV:
            _move(body, insn, bits)
        case _:
            left, right = body.read(insn.dst, bits), _operand(body, insn, bits)
            body.write(insn.dst, _binary(body, kind, left, right, bits, bool(insn.off)), bits)


def _operand(body: Body, insn: Insn, bits: int) -> str:
    return body.read(insn.src, bits) if insn.opcode & SOURCE_REGISTER else str(insn.imm)


def _move(body: Body, insn: Insn, bits: int) -> None:
    if not insn.off:
        body.write(insn.dst, _operand(body, insn, bits), bits)
        return
    narrow = body.read(insn.src, insn.off)
    body.write(insn.dst, body.value(f"sext i{insn.off} {narrow} to i{bits}"), bits)


def _swap(body: Body, insn: Insn) -> None:
    bits = insn.imm
    value = body.read(insn.dst, bits)
    if insn.opcode & SOURCE_REGISTER or opcode_class(insn.opcode) == Class.ALU64:
        value = body.value(f"call i{bits} @llvm.bswap.i{bits}(i{bits} {value})")
    body.write(insn.dst, value, bits)


def _binary(body: Body, kind: Alu, left: str, right: str, bits: int, is_signed: bool) -> str:
    if kind in _PLAIN:
        return body.value(f"{_PLAIN[kind]} i{bits} {left}, {right}")
    if kind in _SHIFTS:
        amount = body.value(f"and i{bits} {right}, {bits - 1}")
        return body.value(f"{_SHIFTS[kind]} i{bits} {left}, {amount}")
    divide = _divide_signed if is_signed else _divide
    return divide(body, kind, left, right, f"i{bits}")


def _divide(body: Body, kind: Alu, left: str, right: str, plain: str) -> str:
    """Divide such that x / 0 = 0 and x % 0 = x."""
    is_zero = body.value(f"icmp eq {plain} {right}, 0")
    divisor = body.value(f"select i1 {is_zero}, {plain} 1, {plain} {right}")
    result = body.value(f"{'udiv' if kind == Alu.DIV else 'urem'} {plain} {left}, {divisor}")
    return body.value(f"select i1 {is_zero}, {plain} {'0' if kind == Alu.DIV else left}, {plain} {result}")


def _divide_signed(body: Body, kind: Alu, left: str, right: str, plain: str) -> str:
    """Divide such that also x / -1 = -x and x % -1 = 0 for the least x, where the processor would trap."""
    is_zero = body.value(f"icmp eq {plain} {right}, 0")
    is_minus_one = body.value(f"icmp eq {plain} {right}, -1")
    is_special = body.value(f"or i1 {is_zero}, {is_minus_one}")
    divisor = body.value(f"select i1 {is_special}, {plain} 1, {plain} {right}")
    if kind == Alu.DIV:
        result = body.value(f"sdiv {plain} {left}, {divisor}")
        negated = body.value(f"sub {plain} 0, {left}")
        result = body.value(f"select i1 {is_minus_one}, {plain} {negated}, {plain} {result}")
        return body.value(f"select i1 {is_zero}, {plain} 0, {plain} {result}")
    result = body.value(f"srem {plain} {left}, {divisor}")
    return body.value(f"select i1 {is_zero}, {plain} {left}, {plain} {result}")


def lift_condition(body: Body, insn: Insn) -> str:
    """Lift the comparison of a conditional jump; gives an i1."""
    kind = Jump(operation(insn.opcode))
    bits = 64 if opcode_class(insn.opcode) == Class.JMP else 32
    left, right = body.read(insn.dst, bits), _operand(body, insn, bits)
    if kind == Jump.JSET:
        return body.value(f"icmp ne i{bits} {body.value(f'and i{bits} {left}, {right}')}, 0")
    return body.value(f"icmp {_PREDICATES[kind]} i{bits} {left}, {right}")
