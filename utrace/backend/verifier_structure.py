"""What is wrong with a program before any of it runs: bad opcodes, jumps that leave it, code without an end."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Final

from utrace.backend.insn import (
    FETCH,
    FRAME_POINTER,
    LDDW,
    PSEUDO_FUNC,
    SOURCE_REGISTER,
    Alu,
    Atomic,
    Class,
    Jump,
    Mode,
    access_bytes,
    is_conditional,
    is_exit,
    is_function_call,
    jump_target,
    loaded_function,
    mode,
    opcode_class,
    operation,
)
from utrace.backend.spec import Insn, ProgramSpec
from utrace.backend.verifier_memory import RefusedError

_MOST_SLOTS: Final = 1_000_000
_LOADS_AND_STORES: Final = (Class.LDX, Class.ST, Class.STX)
_ATOMICS: Final = {
    kind | fetch for kind in (Atomic.ADD, Atomic.OR, Atomic.AND, Atomic.XOR) for fetch in (0, FETCH)
} | {Atomic.XCHG, Atomic.CMPXCHG}


def function_ends(program: ProgramSpec) -> dict[int, int]:
    """Give for the slot where each function starts the slot where it ends."""
    if not program.insns:
        return {}
    last = program.insns[-1]
    starts = sorted({0, *program.functions})
    return dict(pairwise([*starts, last.slot + last.slots]))


def successors(insn: Insn) -> tuple[int, ...]:
    """Give the slots that may follow within the function."""
    target = jump_target(insn)
    if is_exit(insn):
        return ()
    if target is None:
        return (insn.slot + insn.slots,)
    return (insn.slot + insn.slots, target) if is_conditional(insn) else (target,)


def check_structure(program: ProgramSpec, by_slot: dict[int, Insn]) -> tuple[int, str] | None:
    """Find the first instruction that breaks a rule whatever the registers hold, and say which rule."""
    if not program.insns:
        return 0, "the program is empty"
    if program.insns[-1].slot >= _MOST_SLOTS:
        return 0, f"the program has more than {_MOST_SLOTS} instructions"
    for insn in program.insns:
        try:
            _check_encoding(insn)
        except RefusedError as refused:
            return insn.slot, str(refused)
    for start, end in function_ends(program).items():
        problem = _check_flow(start, end, by_slot)
        if problem:
            return problem
    return _check_recursion(program, by_slot)


def _check_flow(start: int, end: int, by_slot: dict[int, Insn]) -> tuple[int, str] | None:
    before: dict[int, list[int]] = {}
    pending, seen = [start], {start}
    while pending:
        insn = by_slot[pending.pop()]
        for slot in successors(insn):
            if not start <= slot < end:
                where = "jumps" if jump_target(insn) == slot else "runs"
                return insn.slot, f"{where} to slot {slot}, outside the function ({start}..{end - 1})"
            if slot not in by_slot:
                return insn.slot, f"jumps into the middle of instruction {slot - 1}"
            before.setdefault(slot, []).append(insn.slot)
            if slot not in seen:
                seen.add(slot)
                pending.append(slot)
    endless = seen - _leading_to_exit(seen, before, by_slot)
    return (min(endless), "no exit can be reached from here") if endless else None


def _leading_to_exit(seen: set[int], before: dict[int, list[int]], by_slot: dict[int, Insn]) -> set[int]:
    pending = [slot for slot in seen if is_exit(by_slot[slot])]
    leading = set(pending)
    while pending:
        for slot in before.get(pending.pop(), ()):
            if slot not in leading:
                leading.add(slot)
                pending.append(slot)
    return leading


def _check_recursion(program: ProgramSpec, by_slot: dict[int, Insn]) -> tuple[int, str] | None:
    """Refuse functions that call themselves, directly or not (depth-first, three colours)."""
    ends = function_ends(program)
    calls: dict[int, list[Insn]] = {
        start: [i for s, i in by_slot.items() if start <= s < end and _callee(i) is not None]
        for start, end in ends.items()
    }
    finished: set[int] = set()

    def visit(function: int, active: tuple[int, ...]) -> tuple[int, str] | None:
        for call in calls[function]:
            target = _callee(call)
            if target is None or target not in ends:
                return call.slot, f"call of slot {target}, where no function starts"
            if target in active or target == function:
                return call.slot, "the function calls itself"
            problem = None if target in finished else visit(target, (*active, function))
            if problem:
                return problem
        finished.add(function)
        return None

    return visit(0, ())


def _callee(insn: Insn) -> int | None:
    """Give the function that an instruction calls, or whose address it loads for others to call it."""
    return insn.slot + 1 + insn.imm if is_function_call(insn) else loaded_function(insn)


def _check_encoding(insn: Insn) -> None:
    if insn.dst > FRAME_POINTER or insn.src > FRAME_POINTER:
        raise RefusedError(f"register r{max(insn.dst, insn.src)} does not exist")
    _CHECKS[opcode_class(insn.opcode)](insn)
    if _writes_frame_pointer(insn):
        raise RefusedError("r10: the frame pointer is read-only")


def _writes_frame_pointer(insn: Insn) -> bool:
    kind = opcode_class(insn.opcode)
    if kind == Class.STX and mode(insn.opcode) == Mode.ATOMIC:
        return insn.src == FRAME_POINTER and bool(insn.imm & FETCH) and insn.imm != Atomic.CMPXCHG
    return insn.dst == FRAME_POINTER and kind in (Class.ALU, Class.ALU64, Class.LD, Class.LDX)


def _require(condition: bool, text: str = "reserved fields are not zero") -> None:
    if not condition:
        raise RefusedError(text)


def _check_alu(insn: Insn) -> None:
    kind = operation(insn.opcode)
    is_wide = opcode_class(insn.opcode) == Class.ALU64
    _require(kind <= Alu.END, f"unknown opcode {insn.opcode:#x}")
    if kind == Alu.END:
        _require(insn.imm in (16, 32, 64), f"byte swap of {insn.imm} bits")
        _require(not insn.off and not insn.src and not (is_wide and insn.opcode & SOURCE_REGISTER))
        return
    if kind == Alu.NEG:
        _require(not insn.off and not insn.src and not insn.imm and not insn.opcode & SOURCE_REGISTER)
        return
    _require(not (insn.imm if insn.opcode & SOURCE_REGISTER else insn.src))
    _check_alu_offset(insn, kind, is_wide)


def _check_alu_offset(insn: Insn, kind: int, is_wide: bool) -> None:
    if kind == Alu.MOV and insn.opcode & SOURCE_REGISTER:
        _require(
            insn.off in ((0, 8, 16, 32) if is_wide else (0, 8, 16)), f"sign extension of {insn.off} bits"
        )
    elif kind in (Alu.DIV, Alu.MOD):
        _require(insn.off in (0, 1))
    else:
        _require(not insn.off)
    if not insn.opcode & SOURCE_REGISTER:
        _require(insn.imm != 0 or kind not in (Alu.DIV, Alu.MOD), "division by zero")
        is_shift = kind in (Alu.LSH, Alu.RSH, Alu.ARSH)
        _require(not is_shift or 0 <= insn.imm < (64 if is_wide else 32), f"shift by {insn.imm} bits")


def _check_jump(insn: Insn) -> None:
    kind = operation(insn.opcode)
    is_long = opcode_class(insn.opcode) == Class.JMP32
    _require(kind <= Jump.JSLE, f"unknown opcode {insn.opcode:#x}")
    if kind == Jump.JA:
        _require(not insn.dst and not insn.src and not insn.opcode & SOURCE_REGISTER)
        _require(not (insn.off if is_long else insn.imm))
    elif kind in (Jump.CALL, Jump.EXIT):
        _require(not is_long and not insn.opcode & SOURCE_REGISTER, f"unknown opcode {insn.opcode:#x}")
        _require(not insn.dst and not insn.off)
        _require(insn.src <= (kind == Jump.CALL), "calls of kernel functions are not supported")
        _require(kind == Jump.CALL or not insn.imm)
    else:
        _require(not (insn.imm if insn.opcode & SOURCE_REGISTER else insn.src))


def _check_wide_load(insn: Insn) -> None:
    _require(mode(insn.opcode) not in (Mode.ABS, Mode.IND), "packet loads (ld_abs, ld_ind) are not supported")
    _require(insn.opcode == LDDW, f"unknown opcode {insn.opcode:#x}")
    is_resolved = insn.src == PSEUDO_FUNC or bool(insn.src) == (insn.ref is not None)
    _require(not insn.off and is_resolved, f"64-bit load of kind {insn.src}")


def _check_load(insn: Insn) -> None:
    is_signed = mode(insn.opcode) == Mode.MEMSX and access_bytes(insn.opcode) < 8
    _require(mode(insn.opcode) == Mode.MEM or is_signed, f"unknown opcode {insn.opcode:#x}")
    _require(not insn.imm)


def _check_store(insn: Insn) -> None:
    _require(mode(insn.opcode) == Mode.MEM, f"unknown opcode {insn.opcode:#x}")
    _require(not insn.src)


def _check_store_register(insn: Insn) -> None:
    if mode(insn.opcode) != Mode.ATOMIC:
        _require(mode(insn.opcode) == Mode.MEM, f"unknown opcode {insn.opcode:#x}")
        _require(not insn.imm)
        return
    _require(access_bytes(insn.opcode) in (4, 8), f"atomic operation of {access_bytes(insn.opcode)} bytes")
    _require(insn.imm in _ATOMICS, f"unknown atomic operation {insn.imm:#x}")


_CHECKS: Final[dict[Class, Callable[[Insn], None]]] = {
    Class.ALU: _check_alu,
    Class.ALU64: _check_alu,
    Class.JMP: _check_jump,
    Class.JMP32: _check_jump,
    Class.LD: _check_wide_load,
    Class.LDX: _check_load,
    Class.ST: _check_store,
    Class.STX: _check_store_register,
}
