"""The general registers of a stopped x86-64 thread.

Source of the layout: `struct user_regs_struct` in Linux's arch/x86/include/asm/user_64.h, as PTRACE_GETREGSET with
NT_PRSTATUS fills it.
"""

import ctypes

_NAMES = [
    "r15",
    "r14",
    "r13",
    "r12",
    "rbp",
    "rbx",
    "r11",
    "r10",
    "r9",
    "r8",
    "rax",
    "rcx",
    "rdx",
    "rsi",
    "rdi",
    "orig_rax",
    "rip",
    "cs",
    "eflags",
    "rsp",
    "ss",
    "fs_base",
    "gs_base",
    "ds",
    "es",
    "fs",
    "gs",
]


class Registers(ctypes.Structure):
    """One thread's general registers; every field is an unsigned 64-bit number."""

    _fields_ = [(name, ctypes.c_uint64) for name in _NAMES]

    r10: int
    r9: int
    r8: int
    rax: int
    rdx: int
    rsi: int
    rdi: int
    orig_rax: int
    rip: int
    rsp: int
    cs: int
    ss: int
    fs_base: int

    def copy(self) -> "Registers":
        """An independent copy."""
        return Registers.from_buffer_copy(self)

    @property
    def in_system_call(self) -> bool:
        """Whether the thread stopped inside a system call, which the kernel may restart."""
        return ctypes.c_int64(self.orig_rax).value >= 0
