"""Where the threads of a process keep their identity, so that a hit needs no system call to know its thread."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from utrace.backend.inject.base import Inferior, Thread
from utrace.errors import TargetError
from utrace.target.elf import ElfFile
from utrace.target.permission import SECCOMP_FILTER, own_status
from utrace.target.process import Process
from utrace.target.symbols import SymbolTable

_GLIBC, _MUSL = 0x2D0, 0x30
"""Offset of the thread id from the thread pointer: `struct pthread` of glibc and of musl on x86-64."""


@dataclass(frozen=True, slots=True)
class ThreadIdentity:
    """What the runtime needs to know, see the constants PRIVATE_… of `utrace/backend/layout.py`.

    `tid_candidate` is given instead of `tid_offset` for a program that has only just been started.
    """

    process_id: int
    tid_offset: int = 0
    tid_candidate: int = 0
    no_system_calls: bool = False


def identify(process: Process, inferior: Inferior, threads: Sequence[Thread]) -> ThreadIdentity:
    """Look at a frozen process. Raises TargetError when it is gone."""
    status = process.status()
    process_id = (status.namespace_pids or (process.pid,))[-1]
    own_filters = own_status().seccomp_filters
    is_sandboxed = status.seccomp_mode == SECCOMP_FILTER and status.seccomp_filters > own_filters
    if all(thread.registers.fs_base == 0 for thread in threads):
        return ThreadIdentity(process_id, 0, _expected_offset(process), is_sandboxed)
    tids = {thread.tid: _namespace_tid(process.pid, thread.tid) for thread in threads}
    return ThreadIdentity(process_id, _verified_offset(inferior, threads, tids), 0, is_sandboxed)


def _verified_offset(inferior: Inferior, threads: Sequence[Thread], tids: Mapping[int, int]) -> int:
    """Where the C library keeps a thread's own id; it must hold for every thread, else 0."""
    for offset in (_GLIBC, _MUSL):
        if threads and all(_holds_id(inferior, thread, offset, tids) for thread in threads):
            return offset
    return 0


def _holds_id(inferior: Inferior, thread: Thread, offset: int, tids: Mapping[int, int]) -> bool:
    try:
        content = inferior.read(thread.registers.fs_base + offset, 4)
    except OSError:
        return False
    return bool(struct.unpack("<i", content)[0] == tids[thread.tid])


def _expected_offset(process: Process) -> int:
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


def _namespace_tid(pid: int, tid: int) -> int:
    """The thread's id as the process itself knows it, in its innermost pid namespace."""
    try:
        with open(f"/proc/{pid}/task/{tid}/status") as file:
            for line in file:
                if line.startswith("NSpid:"):
                    return int(line.split()[-1])
    except OSError:
        pass
    return tid
