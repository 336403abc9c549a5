"""A running test program that obeys commands and tells when it was hurt (see protocol.h)."""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

DEFAULT_TIMEOUT_S = 60.0


class Target:
    """Starts `command`, which must be one of our test programs, and waits until it is ready.

    Leaving the context checks that it ended well: that all its results were right.
    """

    def __init__(self, command: Sequence[str | Path], **popen: object) -> None:
        """Start it; keyword arguments go to `subprocess.Popen`."""
        self.process = subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            **popen,  # type: ignore[call-overload]
        )
        self.pid = self.process.pid
        self._buffer = b""
        assert self.read_line().startswith("ready ")

    def __enter__(self) -> Target:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None and self.process.poll() is None:
                assert self.quit() == 0, "the program was hurt"
        finally:
            self.kill()

    def do(self, command: str, timeout_s: float = DEFAULT_TIMEOUT_S) -> list[str]:
        """Run one command in the program and return what it printed before `done`."""
        self.begin(command)
        return self.finish(timeout_s)

    def begin(self, command: str) -> None:
        """Send a command without waiting for it."""
        assert self.process.stdin is not None
        self.process.stdin.write(command.encode() + b"\n")
        self.process.stdin.flush()

    def finish(self, timeout_s: float = DEFAULT_TIMEOUT_S) -> list[str]:
        """Wait for the command sent last; return the lines printed before `done`."""
        lines = []
        while not (line := self.read_line(timeout_s)).startswith("done "):
            assert not line.startswith("hurt "), line
            lines.append(line)
        return lines

    def quit(self, timeout_s: float = DEFAULT_TIMEOUT_S) -> int:
        """Let the program end and return its exit status: 0 when all its results were right."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.process.wait(timeout_s)

    def kill(self) -> None:
        """End it whatever state it is in."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None and not stream.closed:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()

    def read_line(self, timeout_s: float = DEFAULT_TIMEOUT_S) -> str:
        """Return the next line of its output without the newline."""
        assert self.process.stdout is not None
        deadline = time.monotonic() + timeout_s
        while b"\n" not in self._buffer:
            left = deadline - time.monotonic()
            ready, _, _ = select.select([self.process.stdout], [], [], max(left, 0))
            assert ready, f"no answer within {timeout_s} s"
            chunk = os.read(self.process.stdout.fileno(), 4096)
            assert chunk, f"the program ended: status {self.process.wait()}"
            self._buffer += chunk
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line.decode()
