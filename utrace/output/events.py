"""Does what event records ask for: the side of print(), printf(), clear(), exit() … that runs in the tracer.

A record is u32 event id, u32 zero, then the payload; `TypedProgram.events` tells the rest.  Records come in
batches: one behind the other, each with the header of the rings before it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Protocol

from utrace.frontend.typed import EventInfo, EventKind, MapInfo, TypedProgram
from utrace.output.contents import RawEntry, map_contents
from utrace.output.decode import decode
from utrace.output.host import read_start, run_command
from utrace.output.issues import helper_error, runtime_error, said
from utrace.output.lazy_formatter import LazyFormatter
from utrace.output.model import IssueKind, to_text
from utrace.output.records import RECORD_HEADER_BYTES, record_end
from utrace.output.reporter import Reporter
from utrace.output.values import has_content, map_value
from utrace.output.wall_clock import strftime


class MapAccess(Protocol):
    """The raw contents of the script's maps, as the session gives access to them."""

    def read(self, info: MapInfo) -> Iterable[RawEntry]:
        """Return the entries of a map; one at most for a scalar map."""

    def clear(self, info: MapInfo) -> None:
        """Take all entries out; a scalar map counts as never set from then on."""

    def zero(self, info: MapInfo) -> None:
        """Set all values to zero and keep the keys."""


class EventDispatcher:
    """Carries out events, one after the other, in the order in which they are given."""

    def __init__(
        self,
        program: TypedProgram,
        maps: MapAccess,
        reporter: Reporter,
        formatter: LazyFormatter,
        *,
        shows_warnings: bool = True,
    ) -> None:
        """Keep where things are; without `shows_warnings` (--no-warnings) errors are the only issues shown."""
        self._program = program
        self._maps = maps
        self._reporter = reporter
        self._formatter = formatter
        self._shows_warnings = shows_warnings
        self._context = formatter.context
        self._zeroed: set[int] = set()
        self._actions: dict[EventKind, Callable[[EventInfo, memoryview], None]] = {
            EventKind.PRINTF: self._printf,
            EventKind.PRINT_MAP: self._print_map,
            EventKind.PRINT_VALUE: self._print_value,
            EventKind.PRINT_ELEMENT: self._print_element,
            EventKind.CLEAR: self._clear,
            EventKind.ZERO: self._zero,
            EventKind.EXIT: self._exit,
            EventKind.TIME: self._time,
            EventKind.JOIN: self._join,
            EventKind.WARNING: self._warning,
            EventKind.HELPER_ERROR: self._helper_error,
            EventKind.ERRORF: lambda event, record: self._say(IssueKind.ERRORF, event, record),
            EventKind.WARNF: lambda event, record: self._say(IssueKind.WARNF, event, record),
            EventKind.CAT: self._cat,
            EventKind.SYSTEM: self._system,
        }
        self.exit_code: int | None = None
        """The code of the first exit() that was carried out."""
        self.is_over = False
        """Set by exit(): what was sent after it is passed over, until this is cleared for the end probes."""

    def dispatch(self, batch: memoryview) -> None:
        """Carry out the events of a batch, which is a writable buffer, up to an exit().

        Raises ValueError for a record that no program of ours can have sent, and what the reporter raises.
        """
        while batch and not self.is_over:
            end = record_end(batch)
            # A reporter that tells printf events apart gets them one by one.
            text, done = self._formatter.format_leading(batch if self._reporter.joins_printf else batch[:end])
            if done:
                self._reporter.printf(text)
            else:
                self.dispatch_one(batch[RECORD_HEADER_BYTES:end])
            batch = batch[done or end :]

    def dispatch_one(self, record: memoryview) -> None:
        """Carry out one event, given without the header of the rings; raises as `dispatch` does."""
        event_id = int.from_bytes(record[:4], "little")
        if event_id >= len(self._program.events):
            raise ValueError(f"there is no event {event_id}")
        event = self._program.events[event_id]
        if len(record) < event.size:
            raise ValueError(f"event {event_id} has {len(record)} bytes instead of {event.size}")
        self._actions[event.kind](event, record)

    def print_maps(self) -> None:
        """Show every map with content, in order of name, unless the script's config says not to."""
        if not self._program.config.print_maps_on_exit:
            return
        for info in sorted(self._program.maps, key=lambda info: info.name):
            entries = list(self._maps.read(info))
            if self._has_content(info, entries):
                self._reporter.map(map_contents(info, entries, context=self._context))

    def _has_content(self, info: MapInfo, entries: list[RawEntry]) -> bool:
        if not entries:
            return False
        return info.key_type is not None or info.id in self._zeroed or has_content(info, entries[0][1])

    def _map_of(self, event: EventInfo) -> MapInfo:
        assert event.map_id is not None
        return self._program.maps[event.map_id]

    def _printf(self, event: EventInfo, record: memoryview) -> None:
        self._reporter.printf(self._formatter.format_one(event, record))

    def _print_map(self, event: EventInfo, _record: memoryview) -> None:
        info = self._map_of(event)
        contents = map_contents(info, self._maps.read(info), event.top, event.div, self._context)
        self._reporter.map(contents)

    def _print_value(self, event: EventInfo, record: memoryview) -> None:
        (field,) = event.fields
        self._reporter.value(decode(field.type, record, field.offset, self._context))

    def _print_element(self, event: EventInfo, record: memoryview) -> None:
        info = self._map_of(event)
        entries = self._maps.read(info)
        if info.key_type is not None:
            (field,) = event.fields
            wanted = decode(field.type, record, field.offset)
            key_type = info.key_type
            entries = (entry for entry in entries if decode(key_type, entry[0]) == wanted)
        slots = next((slots for _, slots in entries), ())
        self._reporter.value(map_value(info, slots, context=self._context))

    def _clear(self, event: EventInfo, _record: memoryview) -> None:
        info = self._map_of(event)
        self._maps.clear(info)
        self._zeroed.discard(info.id)

    def _zero(self, event: EventInfo, _record: memoryview) -> None:
        info = self._map_of(event)
        # A scalar map that was set and is then zeroed still counts as set.
        if info.key_type is None and self._has_content(info, list(self._maps.read(info))):
            self._zeroed.add(info.id)
        self._maps.zero(info)

    def _exit(self, event: EventInfo, record: memoryview) -> None:
        (field,) = event.fields
        code = decode(field.type, record, field.offset)
        if self.exit_code is None and isinstance(code, int):
            self.exit_code = code
        self.is_over = True

    def _time(self, event: EventInfo, _record: memoryview) -> None:
        self._reporter.time(strftime(event.format, time.time_ns()))

    def _join(self, event: EventInfo, record: memoryview) -> None:
        strings = (str(decode(field.type, record, field.offset, self._context)) for field in event.fields)
        # The list ends at the first empty string, as argv does at its null pointer.
        present = []
        for string in strings:
            if not string:
                break
            present.append(string)
        self._reporter.join(event.format.join(present))

    def _warning(self, event: EventInfo, _record: memoryview) -> None:
        if self._shows_warnings:
            self._reporter.issue(runtime_error(self._program.source, event))

    def _helper_error(self, event: EventInfo, record: memoryview) -> None:
        (field,) = event.fields
        code = decode(field.type, record, field.offset)
        if self._shows_warnings and isinstance(code, int):
            self._reporter.issue(helper_error(self._program.source, event, code))

    def _say(self, kind: IssueKind, event: EventInfo, record: memoryview) -> None:
        if self._shows_warnings or kind is IssueKind.ERRORF:
            text = to_text(self._formatter.format_one(event, record))
            self._reporter.issue(said(self._program.source, event, kind, text))

    def _cat(self, event: EventInfo, record: memoryview) -> None:
        path = self._formatter.format_one(event, record).partition(b"\0")[0]
        try:
            self._reporter.cat(read_start(path, self._program.config.max_cat_bytes))
        except OSError as error:
            self._reporter.warning(f"ERROR: failed to open file '{to_text(path)}' ({error.strerror})\n")

    def _system(self, event: EventInfo, record: memoryview) -> None:
        # What was printed before the command is shown before what the command itself writes.
        self._reporter.flush()
        command = self._formatter.format_one(event, record).partition(b"\0")[0]
        try:
            self._reporter.syscall(run_command(command))
        except OSError as error:
            self._reporter.warning(f"ERROR: system() cannot run its command: {error.strerror}\n")
