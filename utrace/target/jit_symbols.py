"""Functions that a just-in-time compiler has made, from `/tmp/perf-PID.map`.

The file is the convention of Linux's perf (`tools/perf/Documentation/jit-interface.txt`): one function a line, start
and size in hexadecimal without prefix, then the name.  Java, node and Python write it when they are asked to.
"""

from __future__ import annotations

import os
from bisect import bisect_right

from utrace.target.process import Process

_MAX_BYTES = 1 << 26


class JitSymbols:
    """The functions of one process; the file is read again when it has grown."""

    def __init__(self, process: Process) -> None:
        """Stand for the file that `process` may write."""
        numbers = process.status().namespace_pids[-1:] or (process.pid,)
        self._path = f"{process.root}/tmp/perf-{numbers[0]}.map"
        self._bytes_read = 0
        self._functions: list[tuple[int, int, str]] = []

    def at(self, address: int) -> tuple[str, int] | None:
        """Return the function at an address, and the offset into it; the latest where they overlap."""
        self._read()
        index = bisect_right(self._functions, address, key=lambda function: function[0]) - 1
        if index < 0:
            return None
        start, size, name = self._functions[index]
        return (name, address - start) if address < start + size else None

    def _read(self) -> None:
        try:
            size = os.stat(self._path).st_size
            if size == self._bytes_read or size > _MAX_BYTES:
                return
            descriptor = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        except OSError:
            return
        with os.fdopen(descriptor, "rb") as file:
            lines = file.read(_MAX_BYTES).decode(errors="replace").splitlines()
        found = {function[0]: function for line in lines if (function := _parse(line)) is not None}
        self._functions = sorted(found.values())
        self._bytes_read = size


def _parse(line: str) -> tuple[int, int, str] | None:
    fields = line.split(maxsplit=2)
    try:
        return (int(fields[0], 16), int(fields[1], 16), fields[2]) if len(fields) == 3 else None
    except ValueError:
        return None
