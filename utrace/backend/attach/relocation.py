"""Which instructions of a probed function make room for the jump, and their copies in the stub."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from iced_x86 import Code, Decoder, FlowControl, Instruction, OpKind, Register

from utrace.backend.attach.assembler import Assembler
from utrace.errors import AttachError

JUMP_BYTES = 5
SHORT_JUMP_BYTES = 2
MAX_INSTRUCTION_BYTES = 15
_INT3 = b"\xcc"
_SHORT_JUMP_REACH = 120
_ENDS = (FlowControl.RETURN, FlowControl.UNCONDITIONAL_BRANCH, FlowControl.INDIRECT_BRANCH)
_BRANCHES = (
    FlowControl.UNCONDITIONAL_BRANCH,
    FlowControl.CONDITIONAL_BRANCH,
    FlowControl.CALL,
    FlowControl.XBEGIN_XABORT_XEND,
)


@dataclass(frozen=True, slots=True)
class FunctionCode:
    """A function's bytes as the target has them, and what may be used behind it.

    `code` begins at `start` and goes on behind the function's end at `end`, as far as it could be read;
    `next_start` is where the next known function begins (its first byte is never touched).
    """

    start: int
    end: int
    next_start: int
    code: bytes

    def at(self, address: int, size: int) -> bytes:
        """Bytes at an absolute address."""
        return self.code[address - self.start : address - self.start + size]


@dataclass(frozen=True, slots=True)
class Window:
    """The bytes that the jump at `address` replaces: whole instructions, then possibly padding.

    `island` is the address of padding that holds the real jump when only a 2-byte jump fits, else 0.
    """

    address: int
    original: bytes
    instructions: tuple[Instruction, ...]
    island: int = 0
    island_original: bytes = b""


def plan_window(function: FunctionCode, address: int, gaps: Callable[[], Iterable[FunctionCode]]) -> Window:
    """Finds room for a jump at `address`. Raises AttachError where no jump can be placed safely.

    `gaps` are the spaces between functions nearby, asked for only when the jump doesn't fit its place.
    """
    targets = _branch_targets(function)
    window = _window(function, address, JUMP_BYTES)
    if window is not None and _is_closed(window, targets):
        return window
    short = _window(function, address, SHORT_JUMP_BYTES)
    if short is not None and _is_closed(short, targets):
        for gap in gaps():
            island = _island(gap, address)
            if island:
                return replace(short, island=island, island_original=gap.at(island, JUMP_BYTES))
    reason = "a branch leads into its first bytes" if window else "it is too short"
    raise AttachError(
        f"no room for a jump at {address:#x}: {reason}",
        hints=("probe another place of the function, or its callers",),
    )


def relocate(
    window: Window, assembler: Assembler, before: Callable[[int], None]
) -> tuple[tuple[int, int], ...]:
    """Copies the window's instructions into a stub, then goes on behind the window.

    `before(address)` may place code in front of each copy. Returns the pairs (original address, address of the copy)
    of every instruction and of the way back. A call is copied as push of the original return address and a jump, so
    the target's stack never shows the stub.
    """
    moves = []
    blocked = False
    for instruction in window.instructions:
        behind_system_call = assembler.here
        before(instruction.ip)
        moves.append((instruction.ip, assembler.here))
        if blocked:
            # A thread in the system call may be set back over its two bytes, so it must stand right behind them.
            moves.append((instruction.ip, behind_system_call))
        if _is_call(instruction):
            _emulate_call(instruction, assembler)
        else:
            assembler.relocated(instruction)
        blocked = instruction.code == Code.SYSCALL
    last = window.instructions[-1]
    if last.flow_control not in _ENDS and not _is_call(last):
        moves.append((last.next_ip, assembler.here))
        assembler.jump(last.next_ip)
    return tuple(moves)


def _is_call(instruction: Instruction) -> bool:
    """Whether it pushes a return address; for iced a system call is a call, too."""
    return instruction.is_call_near or instruction.is_call_near_indirect


def _emulate_call(instruction: Instruction, assembler: Assembler) -> None:
    """A push of the return address, and a jump to the target; the address lies behind the jump."""
    branch = _call_as_jump(instruction)
    rehearsal = Assembler(assembler.here)
    rehearsal.push_at(assembler.here)
    rehearsal.relocated(branch)
    assembler.push_at(rehearsal.here)
    assembler.relocated(branch)
    assembler.data(instruction.next_ip.to_bytes(8, "little"))


def _call_as_jump(call: Instruction) -> Instruction:
    if call.flow_control == FlowControl.CALL:
        return Instruction.create_branch(Code.JMP_REL32_64, call.near_branch_target)
    if call.op0_kind == OpKind.MEMORY and Register.RSP in (call.memory_base, call.memory_index):
        raise AttachError(f"no room for a jump at {call.ip:#x}: a call through the stack stands there")
    jump = call.copy()
    jump.code = Code.JMP_RM64
    return jump


def _window(function: FunctionCode, address: int, size: int) -> Window | None:
    """Whole instructions from `address` on that cover `size` bytes, padding behind the function included."""
    instructions: list[Instruction] = []
    covered = 0
    for instruction in _decode(function, address, min(function.end, address + MAX_INSTRUCTION_BYTES * size)):
        if instruction.is_invalid:
            return None
        instructions.append(instruction)
        covered = instruction.next_ip - address
        if covered >= size:
            break
        if _is_call(instruction):
            return None  # its return address would lie inside the window
        if instruction.flow_control in _ENDS and instruction.next_ip < function.end:
            return None  # code that something else jumps to follows
    if not instructions:
        return None
    if covered < size:
        covered = size
        if not _is_padding(function, instructions[-1].next_ip, address + size):
            return None
    return Window(address, function.at(address, covered), tuple(instructions))


def _is_closed(window: Window, targets: set[int]) -> bool:
    return not any(
        address in targets for address in range(window.address + 1, window.address + len(window.original))
    )


def _branch_targets(function: FunctionCode) -> set[int]:
    """Every address that a direct branch of the function leads to."""
    return {
        instruction.near_branch_target
        for instruction in _decode(function, function.start, function.end)
        if instruction.flow_control in _BRANCHES and instruction.op0_kind == OpKind.NEAR_BRANCH64
    }


def _decode(function: FunctionCode, address: int, end: int) -> Iterator[Instruction]:
    decoder = Decoder(64, function.at(address, end - address), ip=address)
    while decoder.can_decode:
        yield decoder.decode()


def _is_padding(function: FunctionCode, start: int, end: int) -> bool:
    """Whether [start, end) lies behind the function, before the next one, and holds nothing but filling."""
    if start < function.end or end > function.next_start:
        return False
    content = function.at(start, end - start)
    if len(content) < end - start:
        return False
    if not content.strip(_INT3) or not any(content):
        return True
    filling = Decoder(64, function.at(start, function.next_start - start), ip=start)
    while filling.can_decode and filling.ip < end:
        if not _is_filling(filling.decode()):
            return False
    return True


def _is_filling(instruction: Instruction) -> bool:
    return instruction.code in _FILLING


_FILLING = {
    Code.NOPD,
    Code.NOPW,
    Code.NOPQ,
    Code.NOP_RM16,
    Code.NOP_RM32,
    Code.NOP_RM64,
    Code.INT3,
    Code.XCHG_R16_AX,
}


def _island(neighbour: FunctionCode, address: int) -> int:
    """A place behind a function, in reach of a 2-byte jump from `address`, with room for a 5-byte one; or 0."""
    filling = neighbour.end if neighbour.end > neighbour.start else _end_of_code(neighbour)
    gap = replace(neighbour, end=filling)
    behind = address + SHORT_JUMP_BYTES
    first = max(filling, behind - _SHORT_JUMP_REACH)
    last = min(gap.next_start - JUMP_BYTES, behind + _SHORT_JUMP_REACH)
    # From its end backwards: a short window may take the gap's beginning.
    return next(
        (place for place in range(last, first - 1, -1) if _is_padding(gap, filling, place + JUMP_BYTES)), 0
    )


def _end_of_code(function: FunctionCode) -> int:
    """Where the filling behind a function of unknown size begins: behind its last jump or return."""
    end = function.next_start
    for instruction in _decode(function, function.start, function.next_start):
        if instruction.flow_control in _ENDS:
            end = instruction.next_ip
        elif not _is_filling(instruction):
            end = function.next_start
    targets = _branch_targets(replace(function, end=function.next_start))
    return (
        function.next_start
        if any(target >= end for target in targets if target < function.next_start)
        else end
    )
