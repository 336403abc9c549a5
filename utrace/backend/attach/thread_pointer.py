"""Where the threads of a process keep their identity, so that a hit needs no system call to know its thread."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from utrace.backend.inject.base import Inferior, Thread
from utrace.errors import TargetError
from utrace.target.elf import ElfFile
from utrace.target.process import Process
from utrace.target.symbols import SymbolTable

_GLIBC, _MUSL = 0x2D0, 0x30
"""Offset of the thread id from the thread pointer: `struct pthread` of glibc and of musl on x86-64."""


def thread_id_offset(inferior: Inferior, threads: Sequence[Thread], namespace_tids: dict[int, int]) -> int:
    """Where, from the thread pointer, the C library keeps a thread's own id; 0 when it isn't known.

    It must hold for every thread to be trusted.
    """
    for offset in (_GLIBC, _MUSL):
        if threads and all(_holds_id(inferior, thread, offset, namespace_tids) for thread in threads):
            return offset
    return 0


def _holds_id(inferior: Inferior, thread: Thread, offset: int, namespace_tids: dict[int, int]) -> bool:
    try:
        content = inferior.read(thread.registers.fs_base + offset, 4)
    except OSError:
        return False
    return bool(struct.unpack("<i", content)[0] == namespace_tids.get(thread.tid, thread.tid))


def keeps_own_address(inferior: Inferior, threads: Sequence[Thread]) -> bool:
    """Whether fs:0 holds the thread pointer in every thread, as the x86-64 TLS ABI has it for C programs."""
    try:
        return all(
            thread.registers.fs_base != 0
            and struct.unpack("<Q", inferior.read(thread.registers.fs_base, 8))[0] == thread.registers.fs_base
            for thread in threads
        )
    except OSError:
        return False


def expected_thread_id_offset(process: Process) -> int:
    """The offset that a program which has just been started will have, by its C library; 0 when that isn't known.

    A wrong one costs time, not correctness: the runtime believes only ids that the kernel has confirmed.
    """
    try:
        program = ElfFile(f"{process.directory}/exe")
        if program.is_dynamic:
            paths = " ".join(mapping.path for mapping in process.maps())
            return _MUSL if "ld-musl" in paths else _GLIBC if "ld-linux" in paths else 0
        symbols = SymbolTable(program)
        return _GLIBC if symbols.find("__libc_setup_tls") else _MUSL if symbols.find("__init_tp") else 0
    except TargetError:
        return 0
