"""Formats printf events: in Python as long as there are few, then with compiled code."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import utrace.runtime
from utrace.errors import InternalError
from utrace.frontend.typed import EventInfo, TypedProgram
from utrace.output.decode import Context
from utrace.output.printf import format_event

if TYPE_CHECKING:
    from utrace.output.formatter import BatchFormatter

COMPILE_AFTER_EVENTS = 100
"""Compiling takes as long as formatting some thousands of events in Python, and most scripts print little."""


def format_bitcode() -> bytes:
    """Return utrace/runtime/format.c as the LLVM bitcode that was built for this machine's architecture."""
    file = Path(utrace.runtime.__file__).with_name(f"format.{os.uname().machine}.bc")
    try:
        return file.read_bytes()
    except OSError as error:
        raise InternalError(f"the printf formatter's bitcode cannot be read: {error}") from error


class LazyFormatter:
    """The printf formatter of one program; loads LLVM and compiles only when that pays."""

    def __init__(
        self,
        program: TypedProgram,
        context: Context,
        read_runtime: Callable[[], bytes] = format_bitcode,
    ) -> None:
        """Keep what to format, and the function that returns the bitcode of utrace/runtime/format.c."""
        self._program = program
        self.context = context
        self._read_runtime = read_runtime
        self._compiled: BatchFormatter | None = None
        self._formatted_events = 0

    def format_one(self, event: EventInfo, record: memoryview) -> bytes:
        """Return the text of one event."""
        self._formatted_events += 1
        return format_event(event, record, self.context)

    def format_leading(self, records: memoryview) -> tuple[memoryview, int]:
        """Format as many events as possible from the start of a batch, which may be none.

        Returns the text, valid until the next call, and the bytes of the records that it stands for.
        """
        if self._compiled is None:
            if self._formatted_events < COMPILE_AFTER_EVENTS:
                return records[:0], 0
            self.compile()
        assert self._compiled is not None
        return self._compiled.format(records)

    def compile(self) -> None:
        """Compile now, whatever the number of events so far."""
        from utrace.output.formatter import BatchFormatter

        self._compiled = BatchFormatter(self._program.events, self.context.trailer, self._read_runtime())
