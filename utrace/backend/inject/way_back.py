"""How a thread that makes a system call for us restores itself, should we die meanwhile.

A signal frame is put below the thread's stack, as if a signal handler ran; the borrowed `syscall` instruction is one
that is followed by a `ret`, which finds the address of the code that ends signal handlers: `mov $15, %rax; syscall`.
A thread that is let go at any moment of the call so makes it, returns through rt_sigreturn(2), and has all of its
registers and its signal mask again. As long as we live, we stop it before that and put everything back ourselves.

Layout: `struct rt_sigframe` of Linux's arch/x86/include/asm/sigframe.h, `struct sigcontext_64` and
`struct _fpx_sw_bytes` of arch/x86/include/uapi/asm/sigcontext.h.
"""

from __future__ import annotations

import ctypes
import signal
import struct
from collections.abc import Callable
from functools import cache

from utrace.backend.inject.ptrace_calls import get_extended_state
from utrace.backend.inject.registers import Registers

RETURNING_SYSTEM_CALL = b"\x0f\x05\xc3"
"""`syscall; ret`"""
SIGNAL_RETURN = b"\x48\xc7\xc0\x0f\x00\x00\x00\x0f\x05"
"""`mov $15, %rax; syscall`, as glibc and musl have it."""

RED_ZONE_BYTES = 128
_FRAME_BYTES = 440
_CONTEXT, _FPSTATE_POINTER, _MASK = 48, 232, 304
_CONTEXT_ORDER = (
    "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15",
    "rdi", "rsi", "rbp", "rbx", "rdx", "rax", "rcx", "rsp", "rip", "eflags",
)  # fmt: skip
_UC_FP_XSTATE, _UC_SIGCONTEXT_SS, _UC_STRICT_RESTORE_SS = 1, 2, 4
_LEAVE_ALTERNATE_STACK = 0x7F
"""No valid `ss_flags`: the kernel then leaves the thread's alternate signal stack as it is."""
_STATE_ALIGNMENT = 64
_SOFTWARE_BYTES, _FEATURES = 464, 464
_MAGIC1, _MAGIC2 = 0x46505853, 0x46505845
_TILE_DATA = 1 << 18
_RESTART_BLOCK = -516
_RESTARTS = {-512, -513, -514, _RESTART_BLOCK}
"""ERESTARTSYS and its like, which ptrace shows and no program may see."""
_SYS_RESTART_SYSCALL = 219


def build_frame(tid: int, registers: Registers, mask: int, signal_return: int) -> tuple[int, bytes] | None:
    """Return where the frame of a stopped thread goes, and its bytes; the stack pointer belongs at its start.

    None when the thread's extended registers have a size that we don't know. Raises OSError.
    """
    state = get_extended_state(tid)
    features = int.from_bytes(state[_FEATURES : _FEATURES + 8], "little")
    size = _state_bytes()
    if features & _TILE_DATA or not size or len(state) < size:
        return None
    top = registers.rsp - RED_ZONE_BYTES - size - 4
    state_address = top & -_STATE_ALIGNMENT
    address = (state_address - _FRAME_BYTES) & -16
    frame = bytearray(state_address - address)
    struct.pack_into("<QQQQi", frame, 0, signal_return, _flags(), 0, 0, _LEAVE_ALTERNATE_STACK)
    struct.pack_into("<18Q", frame, _CONTEXT, *_restarted(registers))
    struct.pack_into("<HHHH", frame, _CONTEXT + 144, registers.cs & 0xFFFF, 0, 0, registers.ss & 0xFFFF)
    struct.pack_into("<Q", frame, _FPSTATE_POINTER, state_address)
    struct.pack_into("<Q", frame, _MASK, mask)
    return address, bytes(frame) + _marked(state[:size], features)


def _flags() -> int:
    return _UC_FP_XSTATE | _UC_SIGCONTEXT_SS | _UC_STRICT_RESTORE_SS


def _restarted(registers: Registers) -> list[int]:
    """The registers in the order of the frame; an interrupted system call is made again, as the kernel would."""
    registers = registers.copy()
    result = ctypes.c_int64(registers.rax).value
    if registers.in_system_call and result in _RESTARTS:
        registers.rip -= 2
        registers.rax = _SYS_RESTART_SYSCALL if result == _RESTART_BLOCK else registers.orig_rax
    return [getattr(registers, name) for name in _CONTEXT_ORDER]


def _marked(state: bytes, features: int) -> bytes:
    """The extended state as signal frames have it: with its size in the bytes left for software, and an end mark."""
    size = len(state)
    software = struct.pack("<IIQI", _MAGIC1, size + 4, features, size)
    end = _SOFTWARE_BYTES + len(software)
    return state[:_SOFTWARE_BYTES] + software + state[end:] + struct.pack("<I", _MAGIC2)


class _SignalAction(ctypes.Structure):
    """`struct sigaction` of the C library."""

    _fields_ = [
        ("handler", ctypes.c_void_p),
        ("mask", ctypes.c_uint64 * 16),
        ("flags", ctypes.c_int),
        ("restorer", ctypes.c_void_p),
    ]


@cache
def _state_bytes() -> int:
    """The size of the extended state in a signal frame of this machine, seen in one of our own; 0 if unknown.

    ptrace shows a state of the largest size that there can be, and the kernel takes no other than the usual one.
    """
    found = 0

    def look(_number: int, _information: int, context: int) -> None:
        nonlocal found
        state = ctypes.c_uint64.from_address(context + _FPSTATE_POINTER - 8).value
        magic, _, _, size = struct.unpack("<IIQI", ctypes.string_at(state + _SOFTWARE_BYTES, 20))
        found = size if magic == _MAGIC1 else 0

    _handle_once(
        signal.SIGWINCH, ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)(look)
    )
    return found


def _handle_once(number: int, handler: Callable[..., None]) -> None:
    """Send a signal to ourselves, and be back when it has been handled."""
    libc = ctypes.CDLL(None)
    sa_siginfo = 4
    action = _SignalAction(ctypes.cast(handler, ctypes.c_void_p).value, flags=sa_siginfo)  # type: ignore[arg-type]
    before = _SignalAction()
    libc.sigaction(number, ctypes.byref(action), ctypes.byref(before))
    try:
        libc["raise"](number)
    finally:
        libc.sigaction(number, ctypes.byref(before), None)
