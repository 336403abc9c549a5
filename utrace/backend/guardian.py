"""A small process that puts targets back as they were when the tracer dies without having done so itself.

It is forked before anything heavy is loaded, and waits at the end of a pipe. The tracer writes every attach record into
the pipe before it changes a process; the pipe's end without a farewell means that the tracer is gone.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable

from utrace.backend.attach.detach import detach_all
from utrace.backend.attach.records import AttachRecord
from utrace.backend.inject.ptrace import PtraceInjector

_FAREWELL = "done"


class Guardian:
    """The tracer's end: keeps the guardian informed."""

    def __init__(self) -> None:
        """Starts the guardian. Call it while the process has one thread and little memory."""
        read_end, write_end = os.pipe2(os.O_CLOEXEC)
        self._pid = os.fork()
        if self._pid == 0:
            _watch(read_end)
        os.close(read_end)
        self._pipe = write_end

    def record(self, record: AttachRecord) -> None:
        """Tells of a change that is about to be made."""
        self._write(record.to_json())

    def dismiss(self) -> None:
        """Says that everything has been undone, and waits for the guardian's end."""
        self._write(_FAREWELL)
        os.close(self._pipe)
        os.waitpid(self._pid, 0)

    def _write(self, line: str) -> None:
        data = memoryview(line.encode() + b"\n")
        while data:
            data = data[os.write(self._pipe, data) :]


def _watch(read_end: int) -> None:
    """The guardian's whole life; never returns."""
    status = 1
    try:
        _leave_the_tracer(read_end)
        with os.fdopen(read_end) as pipe:
            restore(pipe)
        status = 0
    finally:
        os._exit(status)


def _leave_the_tracer(read_end: int) -> None:
    """Signals to the tracer's group don't reach us, and no descriptor of it is kept open by us."""
    os.setsid()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    limit = os.sysconf("SC_OPEN_MAX")
    os.closerange(3, read_end)
    os.closerange(read_end + 1, max(limit, read_end + 1))
    os.chdir("/")


def restore(journal: Iterable[str]) -> None:
    """Reads the journal to its end; unless that is a farewell, detaches from everything in it."""
    records = []
    for line in journal:
        if line.strip() == _FAREWELL:
            return
        if line.endswith("\n"):
            records.append(AttachRecord.from_json(line))
    if records:
        detach_all(records, PtraceInjector())
