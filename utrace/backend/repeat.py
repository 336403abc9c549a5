"""Calling a compiled program many times without Python in between, to measure it."""

from __future__ import annotations

import ctypes
import mmap
from functools import cache

# x86-64: a loop that calls `rsi` with the first argument `rdx`, `rdi` times. Programs preserve every register
# but r11, and the frame that they get may be changed by nobody else.
_LOOP = bytes.fromhex(
    "53"  # push rbx
    "55"  # push rbp
    "4154"  # push r12, which also aligns the stack
    "4889fb"  # mov rbx, rdi
    "4889f5"  # mov rbp, rsi
    "4989d4"  # mov r12, rdx
    "4c89e7"  # again: mov rdi, r12
    "ffd5"  # call rbp
    "48ffcb"  # dec rbx
    "75f6"  # jnz again
    "415c"  # pop r12
    "5d"  # pop rbp
    "5b"  # pop rbx
    "c3"  # ret
)


def call_repeatedly(function: int, argument: int, times: int) -> None:
    """Call the function at an address, with one argument, `times` times (at least once)."""
    loop, _ = _loop()
    loop(times, function, argument)


@cache
def _loop() -> tuple[ctypes._CFunctionType, mmap.mmap]:
    code = mmap.mmap(-1, mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    code.write(_LOOP)
    address = ctypes.addressof(ctypes.c_char.from_buffer(code))
    prototype = ctypes.CFUNCTYPE(None, ctypes.c_uint64, ctypes.c_uint64, ctypes.c_uint64)
    return prototype(address), code
