"""Which registers an instruction reads and writes, and which are still needed at each point of a program."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from utrace.backend.helpers import BY_NUMBER
from utrace.backend.insn import (
    FETCH,
    SOURCE_REGISTER,
    Alu,
    Atomic,
    Class,
    Jump,
    Mode,
    is_function_call,
    mode,
    opcode_class,
    operation,
)
from utrace.backend.spec import Insn
from utrace.backend.verifier_structure import successors

_R0: Final = 1
_ARGUMENTS: Final = 0b111110
_CALL_CLOBBERS: Final = 0b111111


@lru_cache(maxsize=8192)
def reads_and_writes(insn: Insn) -> tuple[int, int]:
    """Give the registers an instruction reads and those it overwrites, as bit sets."""
    dst, src = 1 << insn.dst, 1 << insn.src
    operand = src if insn.opcode & SOURCE_REGISTER else 0
    match opcode_class(insn.opcode):
        case Class.ALU | Class.ALU64:
            kind = operation(insn.opcode)
            return (operand if kind == Alu.MOV else dst if kind == Alu.END else dst | operand), dst
        case Class.JMP | Class.JMP32:
            return _jump(insn, dst | operand)
        case Class.LD:
            return 0, dst
        case Class.LDX:
            return src, dst
        case Class.ST:
            return dst, 0
        case Class.STX:
            return _store(insn, dst | src, src)


def _jump(insn: Insn, operands: int) -> tuple[int, int]:
    match operation(insn.opcode):
        case Jump.JA:
            return 0, 0
        case Jump.EXIT:
            return _R0, 0
        case Jump.CALL:
            helper = None if is_function_call(insn) else BY_NUMBER.get(insn.imm)
            read = (2 << len(helper.arguments)) - 2 if helper else _ARGUMENTS
            return read, _CALL_CLOBBERS
        case _:
            return operands, 0


def _store(insn: Insn, operands: int, src: int) -> tuple[int, int]:
    if mode(insn.opcode) != Mode.ATOMIC or not insn.imm & FETCH:
        return operands, 0
    if insn.imm == Atomic.CMPXCHG:
        return operands | _R0, _R0
    return operands, src


def live_registers(by_slot: Mapping[int, Insn]) -> dict[int, int]:
    """Give for each slot the registers whose content before it may still be read, as bit sets.

    Works backwards to a fixed point; instructions are taken in descending order, which suits forward code.
    """
    live = dict.fromkeys(by_slot, 0)
    order = [(slot, successors(by_slot[slot]), *reads_and_writes(by_slot[slot])) for slot in sorted(by_slot)]
    order.reverse()
    changed = True
    while changed:
        changed = False
        for slot, following, read, written in order:
            after = 0
            for next_slot in following:
                after |= live.get(next_slot, 0)
            before = read | after & ~written
            if before != live[slot]:
                live[slot] = before
                changed = True
    return live
