"""Where output goes: a file descriptor with the buffering that -B asks for."""

from __future__ import annotations

import os
import select
from enum import Enum

from utrace.errors import UtraceError

_FULL_BUFFER_BYTES = 64 * 1024


class Buffering(Enum):
    """The modes of -B, named as on the command line."""

    NONE = "none"
    LINE = "line"
    FULL = "full"


class OutputClosed(Exception):  # noqa: N818 - not an error: the reader of our output has gone, so the run is over
    """The other end of the output was closed; nothing more can be shown."""


class OutputStream:
    """Writes bytes to a file descriptor that it does not own."""

    def __init__(self, descriptor: int, buffering: Buffering = Buffering.LINE) -> None:
        self._descriptor = descriptor
        self._buffering = buffering
        self._pending = bytearray()

    def write(self, data: bytes | memoryview) -> None:
        """Take `data`, and write out as much as the buffering mode demands.

        Raise `OutputClosed` when nobody reads any more, and UtraceError when the output cannot be written.
        """
        if len(data) >= _FULL_BUFFER_BYTES:
            self.flush()
            self._write_out(data)
            return
        self._pending += data
        complete = self._complete_bytes()
        if complete:
            self._write_out(self._pending[:complete])
            del self._pending[:complete]

    def flush(self) -> None:
        """Write out everything; raises as `write` does."""
        if self._pending:
            pending, self._pending = self._pending, bytearray()
            self._write_out(pending)

    def _complete_bytes(self) -> int:
        """Return how much of what is pending may not wait."""
        match self._buffering:
            case Buffering.NONE:
                return len(self._pending)
            case Buffering.LINE:
                return self._pending.rfind(b"\n") + 1
            case Buffering.FULL:
                return len(self._pending) if len(self._pending) >= _FULL_BUFFER_BYTES else 0

    def _write_out(self, data: bytes | bytearray | memoryview) -> None:
        rest = memoryview(data)
        while rest:
            try:
                rest = rest[os.write(self._descriptor, rest) :]
            except BlockingIOError:
                # Somebody else made the open file non-blocking (a terminal is often shared).
                select.select([], [self._descriptor], [])
            except BrokenPipeError:
                raise OutputClosed from None
            except OSError as error:
                raise UtraceError(f"cannot write the output: {error.strerror}") from error
