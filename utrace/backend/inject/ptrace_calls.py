"""ptrace(2), waitpid(2) and the few other calls that the standard library doesn't wrap. One function a request."""

import ctypes
import os
from dataclasses import dataclass

from utrace.backend.inject.registers import Registers

PTRACE_CONT = 7
PTRACE_DETACH = 17
PTRACE_SYSCALL = 24
PTRACE_GETREGSET = 0x4204
PTRACE_SETREGSET = 0x4205
PTRACE_SEIZE = 0x4206
PTRACE_INTERRUPT = 0x4207
_PTRACE_GETSIGMASK = 0x420A
_PTRACE_SETSIGMASK = 0x420B

PTRACE_O_TRACEEXEC = 0x10

PTRACE_EVENT_EXEC = 4
PTRACE_EVENT_STOP = 128

NT_PRSTATUS = 1
_NT_X86_XSTATE = 0x202
_MAX_EXTENDED_STATE_BYTES = 64 * 1024
_WALL = 0x40000000
_SYS_PIDFD_GETFD = 438

_ended: dict[int, int] = {}

_libc = ctypes.CDLL(None, use_errno=True)
_ptrace = _libc.ptrace
_ptrace.restype = ctypes.c_long
_ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
_syscall = _libc.syscall
_syscall.restype = ctypes.c_long


class _Iovec(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]


@dataclass(frozen=True, slots=True)
class Stop:
    """What waitpid said of one thread."""

    tid: int
    status: int

    @property
    def exited(self) -> bool:
        """The thread is gone."""
        return os.WIFEXITED(self.status) or os.WIFSIGNALED(self.status)

    @property
    def event(self) -> int:
        """The PTRACE_EVENT number, 0 for a plain signal stop."""
        return self.status >> 16

    @property
    def signal(self) -> int:
        """The signal of the stop."""
        return os.WSTOPSIG(self.status)


def request(number: int, tid: int, address: int = 0, data: int = 0) -> None:
    """One ptrace request. Raises the OSError of its errno."""
    if _ptrace(number, tid, address, data) < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


def get_registers(tid: int) -> Registers:
    """The general registers of a stopped thread."""
    registers = Registers()
    vector = _Iovec(ctypes.addressof(registers), ctypes.sizeof(registers))
    request(PTRACE_GETREGSET, tid, NT_PRSTATUS, ctypes.addressof(vector))
    return registers


def set_registers(tid: int, registers: Registers) -> None:
    """Replaces the general registers of a stopped thread."""
    vector = _Iovec(ctypes.addressof(registers), ctypes.sizeof(registers))
    request(PTRACE_SETREGSET, tid, NT_PRSTATUS, ctypes.addressof(vector))


def get_signal_mask(tid: int) -> int:
    """The blocked signals of a stopped thread, bit 0 being signal 1."""
    mask = ctypes.c_uint64()
    request(_PTRACE_GETSIGMASK, tid, 8, ctypes.addressof(mask))
    return mask.value


def set_signal_mask(tid: int, mask: int) -> None:
    """Replaces the blocked signals of a stopped thread."""
    word = ctypes.c_uint64(mask)
    request(_PTRACE_SETSIGMASK, tid, 8, ctypes.addressof(word))


def get_extended_state(tid: int) -> bytes:
    """The vector and floating point registers of a stopped thread, in the XSAVE format."""
    buffer = ctypes.create_string_buffer(_MAX_EXTENDED_STATE_BYTES)
    vector = _Iovec(ctypes.addressof(buffer), _MAX_EXTENDED_STATE_BYTES)
    request(PTRACE_GETREGSET, tid, _NT_X86_XSTATE, ctypes.addressof(vector))
    return buffer.raw[: vector.length]


def wait(tid: int, flags: int = 0) -> Stop | None:
    """Waits for one thread (or any of our tracees, -1). None when it is not ours or, with WNOHANG, has nothing."""
    while True:
        try:
            waited, status = os.waitpid(tid, flags | _WALL)
        except ChildProcessError:
            return None
        except InterruptedError:
            continue
        if not waited:
            return None
        stop = Stop(waited, status)
        if stop.exited:
            _ended[waited] = status
        return stop


def ended(pid: int) -> int | None:
    """The wait status of a child of ours that ended while we held it, since a child can be waited for only once."""
    return _ended.get(pid)


def pidfd_getfd(pidfd: int, descriptor: int) -> int:
    """A copy, in this process, of another process's descriptor (pidfd_getfd(2))."""
    copied = _syscall(_SYS_PIDFD_GETFD, pidfd, descriptor, 0)
    if copied < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return int(copied)
