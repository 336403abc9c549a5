"""A process for work that nobody can promise the end of.

A few lines of C can keep a compiler busy for ever, use up all memory or crash it (macros that double, a file that
includes itself twice, `#include "/dev/zero"`), and a thread inside of it cannot be stopped. So it runs in a
process of its own, with limits; ours never loads the library at all.
"""

from __future__ import annotations

import marshal
import os
import resource
import select
import signal
import time
import traceback
from collections.abc import Callable
from typing import Any, NoReturn

from utrace.errors import InternalError

CPU_SECONDS = 0.9
"""Of processor time, so that a busy machine changes nothing; headers of a whole system take 0.1."""
WALL_SECONDS = 5.0
"""For what waits without working, as the opening of a pipe does."""
MEMORY_BYTES = 400 << 20


class LimitError(Exception):
    """The work took too long or too much memory, or it crashed."""


def run_limited(work: Callable[[], Any]) -> Any:
    """Return what `work` returns (anything that `marshal` can write), computed in another process.

    Raises LimitError when that process does not come to an end within the limits.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        _work_and_exit(work, writing)
    os.close(writing)
    try:
        answer = _read_all(reading, time.monotonic() + WALL_SECONDS)
    finally:
        os.close(reading)
        os.kill(child, signal.SIGKILL)  # it has answered, or never will
        os.waitpid(child, 0)
    try:
        is_done, result = marshal.loads(answer)
    except (EOFError, ValueError, TypeError):  # none, or cut short
        raise LimitError from None
    if not is_done:
        raise InternalError(result)
    return result


def _work_and_exit(work: Callable[[], Any], writing: int) -> NoReturn:
    try:
        # What a crashing library prints is of no use to the user.
        os.dup2(os.open(os.devnull, os.O_RDWR), 2)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.signal(signal.SIGPROF, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_PROF, CPU_SECONDS)
        memory = _data_bytes() + MEMORY_BYTES
        resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        answer = memoryview(marshal.dumps(_result_of(work)))
        while answer:
            answer = answer[os.write(writing, answer) :]
    finally:
        os._exit(0)


def _result_of(work: Callable[[], Any]) -> tuple[bool, Any]:
    try:
        return True, work()
    except (LimitError, MemoryError):
        os._exit(0)
    except Exception:
        return False, traceback.format_exc()


def _data_bytes() -> int:
    """Return what counts for RLIMIT_DATA by now (proc(5), statm)."""
    with open("/proc/self/statm", "rb") as file:
        return int(file.read().split()[5]) * resource.getpagesize()


def _read_all(reading: int, deadline: float) -> bytes:
    """Return what comes until the other end is closed; nothing when that takes too long."""
    pieces: list[bytes] = []
    while True:
        ready, _, _ = select.select([reading], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            return b""
        piece = os.read(reading, 1 << 16)
        if not piece:
            return b"".join(pieces)
        pieces.append(piece)
