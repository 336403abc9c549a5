"""The code between a probed instruction and the programs: calls them, then does what the instruction did.

A stub saves only r11 itself; programs and runtime functions preserve every other register (LLVM's preserve_all) and
touch no vector or floating-point register. The stack that a stub uses lies below rsp, which is free at a function's
first instruction; inside a function the 128-byte red zone of the System V ABI is skipped and the flags are kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from iced_x86 import Register

from utrace.backend.attach.assembler import Assembler
from utrace.backend.attach.relocation import Window, relocate
from utrace.backend.attach.return_thunks import ThunkPool
from utrace.backend.code_image import ContextKind
from utrace.backend.inject.way_back import RED_ZONE_BYTES

_FRAME_BYTES = 192
_USER_CS, _USER_SS = 0x33, 0x2B

# struct pt_regs of Linux's arch/x86/include/asm/ptrace.h.
_FRAME = {
    Register.R15: 0,
    Register.R14: 8,
    Register.R13: 16,
    Register.R12: 24,
    Register.RBP: 32,
    Register.RBX: 40,
    Register.R10: 56,
    Register.R9: 64,
    Register.R8: 72,
    Register.RAX: 80,
    Register.RCX: 88,
    Register.RDX: 96,
    Register.RSI: 104,
    Register.RDI: 112,
}
_R11, _ORIG_AX, _IP, _CS, _FLAGS, _SP, _SS = 48, 120, 128, 136, 144, 152, 160
_PLACE, _COOKIE = 168, 176
"""Of words of our own behind the registers: how the runtime finds the caller of the probed function (stack.h), and
what bpf_get_attach_cookie() gives (helpers.h)."""
_INSIDE, _ENTRY, _RETURN = range(3)


@dataclass(frozen=True, slots=True)
class ProgramCall:
    """One program to call: its address in the process, what it wants to be given, and the cookie for this site."""

    address: int
    context: ContextKind
    cookie: int = 0


@dataclass(frozen=True, slots=True)
class SitePlan:
    """All that one patched place has to do.

    `entries` are the programs to call before the instruction at an address; `returns` those to call when the
    function whose first instruction is `window.address` returns. `intercept` is a runtime function that may answer
    in the function's place, with `intercept_data` as its third argument.
    """

    window: Window
    function_start: int
    entries: Mapping[int, tuple[ProgramCall, ...]] = field(default_factory=dict)
    returns: tuple[ProgramCall, ...] = ()
    intercept: int = 0
    intercept_data: int = 0


@dataclass(frozen=True, slots=True)
class Stub:
    """An emitted stub: where the target's jump must lead, and the moves of `relocate`."""

    start: int
    moves: tuple[tuple[int, int], ...]


def build_stub(plan: SitePlan, assembler: Assembler, thunks: ThunkPool | None) -> Stub:
    """Emits all code of one site."""
    exit_stub = _exit_stub(plan, assembler) if plan.returns else 0
    start = assembler.here

    def before(address: int) -> None:
        _call_programs(plan, address, assembler)
        if address != plan.function_start:
            return
        if plan.intercept:
            _intercept(plan, assembler)
        if thunks is not None and exit_stub:
            _enter_thunk(assembler, thunks, exit_stub)

    return Stub(start, relocate(plan.window, assembler, before))


def _exit_stub(plan: SitePlan, assembler: Assembler) -> int:
    """Emits what runs when a probed call comes back: rsp points at the real return address. Returns its address."""
    start = assembler.here
    for call in plan.returns:
        assembler.push(Register.R11)
        if call.context is ContextKind.REGISTERS:
            assembler.push(Register.RDI)
            assembler.copy(Register.RDI, Register.RAX)
            assembler.call(call.address)
            assembler.pop(Register.RDI)
        else:
            _call_with_frame(assembler, call, 16, plan.function_start, _RETURN)
        assembler.pop(Register.R11)
    assembler.ret()
    return start


def _call_programs(plan: SitePlan, address: int, assembler: Assembler) -> None:
    calls = plan.entries.get(address, ())
    if not calls:
        return
    at_start = address == plan.function_start
    if not at_start:
        assembler.move_stack(-RED_ZONE_BYTES)
        assembler.push_flags()
    assembler.push(Register.R11)
    depth = 8 if at_start else RED_ZONE_BYTES + 16
    for call in calls:
        if call.context is ContextKind.REGISTERS:
            assembler.call(call.address)
        else:
            _call_with_frame(assembler, call, depth, address, _ENTRY if at_start else _INSIDE)
    assembler.pop(Register.R11)
    if not at_start:
        assembler.pop_flags()
        assembler.move_stack(RED_ZONE_BYTES)


def _call_with_frame(assembler: Assembler, call: ProgramCall, depth: int, ip: int, place: int) -> None:
    """Calls a program with a pt_regs frame; [rsp] holds r11, and rsp is `depth` below the target's own."""
    assembler.move_stack(-_FRAME_BYTES)
    for register, offset in _FRAME.items():
        assembler.store(offset, register)
    assembler.push_flags()
    assembler.pop(Register.R11)
    assembler.store(_FLAGS, Register.R11)
    assembler.load(Register.R11, _FRAME_BYTES)
    assembler.store(_R11, Register.R11)
    assembler.number(Register.R11, ip)
    assembler.store(_IP, Register.R11)
    assembler.stack_address(Register.R11, _FRAME_BYTES + depth)
    assembler.store(_SP, Register.R11)
    assembler.store_number(_ORIG_AX, -1)
    assembler.store_number(_CS, _USER_CS)
    assembler.store_number(_SS, _USER_SS)
    assembler.store_number(_PLACE, place)
    assembler.store_number(_COOKIE, call.cookie)
    assembler.copy(Register.RDI, Register.RSP)
    assembler.call(call.address)
    assembler.load(Register.RDI, _FRAME[Register.RDI])
    assembler.move_stack(_FRAME_BYTES)


def _intercept(plan: SitePlan, assembler: Assembler) -> None:
    """Calls intercept(first argument, second argument, data); see utrace/runtime/find_object.c for its result."""
    assembler.push(Register.R11)
    assembler.push(Register.RDX)
    assembler.push(Register.RAX)
    assembler.address(Register.RDX, plan.intercept_data)
    assembler.call(plan.intercept)
    assembler.test(Register.RAX)
    answer = Assembler(0)
    answer.move_stack(8)
    answer.pop(Register.RDX)
    answer.pop(Register.R11)
    answer.data(_RETURN_EAX)
    assembler.jump_if_zero(assembler.here + _JUMP_IF_ZERO_BYTES + len(answer.code))
    assembler.data(answer.code)
    assembler.pop(Register.RAX)
    assembler.pop(Register.RDX)
    assembler.pop(Register.R11)


def _enter_thunk(assembler: Assembler, thunks: ThunkPool, exit_stub: int) -> None:
    """Finds the thunk for this function and return address and goes on in it, every register as it was."""
    body = assembler.here
    for _ in range(2):  # the first round only measures: the code names the place behind itself
        rehearsal = Assembler(assembler.here)
        _thunk_call(rehearsal, thunks, exit_stub, body)
        body = rehearsal.here
    _thunk_call(assembler, thunks, exit_stub, body)


def _thunk_call(assembler: Assembler, thunks: ThunkPool, exit_stub: int, body: int) -> None:
    """The place to go on at travels in the red zone below rsp, which signal handlers leave alone."""
    hole = 8 * len(_THUNK_SAVES)
    assembler.move_stack(-8)
    for register in _THUNK_SAVES:
        assembler.push(register)
    assembler.load(Register.RDI, hole + 8)
    assembler.address(Register.RSI, body)
    assembler.address(Register.RDX, exit_stub)
    assembler.address(Register.RCX, thunks.data)
    assembler.call(thunks.finder)
    assembler.store(hole, Register.RAX)
    for register in reversed(_THUNK_SAVES):
        assembler.pop(register)
    assembler.move_stack(8)
    assembler.jump_stack(-8)


_THUNK_SAVES = (Register.R11, Register.RAX, Register.RDI, Register.RSI, Register.RDX, Register.RCX)
_JUMP_IF_ZERO_BYTES = 6
_RETURN_EAX = b"\x89\xc0\xc3"  # mov eax, eax; ret
