"""How a program gets at the registers of the probed thread: as parameters if few are enough, else as a frame."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from utrace.backend.code_image import ContextKind
from utrace.backend.insn import Class, is_function_call, opcode_class
from utrace.backend.liveness import reads_and_writes
from utrace.backend.spec import Insn, Operand, Region, VerifiedProgram
from utrace.errors import InternalError

PARAMETERS: Final = 6

_ENTRY: Final = {
    "x86_64": {112: "%a0", 104: "%a1", 96: "%a2", 88: "%a3", 72: "%a4", 64: "%a5"},
    "aarch64": {8 * number: f"%a{number}" for number in range(PARAMETERS)},
}
_RETURN: Final = {"x86_64": {80: "%a0"}, "aarch64": {0: "%a0"}}
"""Offsets in the kernel's `struct pt_regs` (aarch64: `struct user_pt_regs`) of registers that are parameters."""


def choose_context(program: VerifiedProgram, architecture: str) -> tuple[ContextKind, dict[int, str]]:
    """Decide how the program is entered; gives the values of its context's fields by offset (none for a frame)."""
    is_return = program.spec.section.startswith(("uretprobe", "kretprobe"))
    tables = _RETURN if is_return else _ENTRY
    if architecture not in tables:
        raise InternalError(f"no calling convention known for {architecture}")
    values = tables[architecture]
    if all(_is_parameter(operand, insn, values, program) for insn, operand in _context_uses(program)):
        return ContextKind.REGISTERS, values
    return ContextKind.FRAME, {}


def _context_uses(program: VerifiedProgram) -> Iterator[tuple[Insn, Operand | None]]:
    """Find what loads from the context or may do so, and the helper arguments that may be the context."""
    for insn in program.spec.insns:
        if insn.slot not in program.reachable:
            continue
        operands = program.operands.get(insn.slot, {})
        for register in _dereferenced(insn):
            operand = operands.get(register)
            if operand is None or operand.region == Region.CONTEXT:
                yield insn, operand


def _dereferenced(insn: Insn) -> tuple[int, ...]:
    kind = opcode_class(insn.opcode)
    if kind == Class.LDX:
        return (insn.src,)
    if kind == Class.JMP and insn.opcode == 0x85 and not is_function_call(insn):
        read, _ = reads_and_writes(insn)
        return tuple(register for register in range(1, 6) if read >> register & 1)
    return ()


def _is_parameter(
    operand: Operand | None, insn: Insn, values: dict[int, str], program: VerifiedProgram
) -> bool:
    """Whether a load is one of a parameter, in the program itself (functions it calls have no parameters)."""
    if operand is None or operand.offset is None or opcode_class(insn.opcode) != Class.LDX:
        return False
    own_end = min((start for start in program.spec.functions if start), default=None)
    is_own = own_end is None or insn.slot < own_end
    return is_own and (operand.offset + insn.off) & ~7 in values
