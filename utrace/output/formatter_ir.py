r"""LLVM IR of the function that formats a batch of printf events.

For `printf("%d %s\n", pid, comm)` the code of one event is

    out = rt_format_integer(out, magnitude of the field, "-" or nothing, decimal, 1, 0)
    out = rt_format_bytes(out, " ", 1)
    out = rt_format_string(out, field, 16, "..", 2, no limit)
    out = rt_format_bytes(out, "\n", 1)

and the batch function is a loop over the records with a switch on the event id in it.
"""

from __future__ import annotations

from collections.abc import Sequence

from llvmlite import ir

from utrace.frontend.typed import EVENT_HEADER_BYTES, Conversion, EventInfo, EventKind
from utrace.output.conversion_ir import I8, I32, I64, POINTER, Appender, is_compilable, longest
from utrace.output.model import to_bytes
from utrace.output.records import RECORD_ALIGNMENT, RECORD_HEADER_BYTES

BATCH_FUNCTION = "format_batch"


def compilable_events(events: Sequence[EventInfo]) -> tuple[EventInfo, ...]:
    """Return the printf events that code can be made for."""
    return tuple(
        event
        for event in events
        if event.kind is EventKind.PRINTF and all(map(is_compilable, _conversions(event), event.fields))
    )


def build_module(events: Sequence[EventInfo], trailer: str, triple: str) -> ir.Module:
    """Return a module with `BATCH_FUNCTION`, in which the functions of the runtime are only declared.

    u64 format_batch(const u8 *records, u64 length, u8 *out, u64 capacity, u64 *consumed) formats records
    until one is not of `events` or is damaged, or the next may not fit.  It returns the bytes written, and
    through `consumed` the bytes of the records that were formatted.
    """
    module = ir.Module("formatter")
    module.triple = triple
    signature = ir.FunctionType(I64, (POINTER, I64, POINTER, I64, POINTER))
    function = ir.Function(module, signature, BATCH_FUNCTION)
    _BatchFunction(function, to_bytes(trailer)).build(events)
    return module


def _conversions(event: EventInfo) -> tuple[Conversion, ...]:
    return tuple(part for part in event.parts if isinstance(part, Conversion))


class _BatchFunction:
    """Builds the loop; its state is `at`, the offset of the next record, and `out`, the end of the text."""

    def __init__(self, function: ir.Function, trailer: bytes) -> None:
        self._trailer = trailer
        self._records, self._length, self._start, self._capacity, self._consumed = function.args
        self._entry, self._loop, self._header, self._record, self._done = (
            function.append_basic_block(name) for name in ("entry", "loop", "header", "record", "done")
        )
        builder = ir.IRBuilder(self._loop)
        self._at, self._out = builder.phi(I64, "at"), builder.phi(POINTER, "out")

    def build(self, events: Sequence[EventInfo]) -> None:
        """Emit the whole function."""
        self._at.add_incoming(I64(0), self._entry)
        self._out.add_incoming(self._start, self._entry)
        ir.IRBuilder(self._entry).branch(self._loop)
        size, following = self._emit_header()
        record, event_id = self._emit_record()
        switch = ir.IRBuilder(self._record).switch(event_id, self._done)
        for event in events:
            switch.add_case(I32(event.id), self._emit_event(event, record, size, following))
        self._emit_done()

    def _emit_header(self) -> tuple[ir.Value, ir.Value]:
        """Check that a whole record follows; return its size and the offset of the one after it."""
        builder = ir.IRBuilder(self._loop)
        rest = builder.sub(self._length, self._at)
        least = I64(RECORD_HEADER_BYTES + EVENT_HEADER_BYTES)
        builder.cbranch(builder.icmp_unsigned(">=", rest, least), self._header, self._done)
        builder = ir.IRBuilder(self._header)
        header = builder.gep(self._records, [self._at], source_etype=I8)
        size = builder.zext(builder.load(header, typ=I32), I64)
        padded = builder.and_(builder.add(size, I64(RECORD_ALIGNMENT - 1)), I64(-RECORD_ALIGNMENT))
        whole = builder.add(padded, I64(RECORD_HEADER_BYTES))
        following = builder.add(self._at, whole)
        builder.cbranch(builder.icmp_unsigned("<=", whole, rest), self._record, self._done)
        return size, following

    def _emit_record(self) -> tuple[ir.Value, ir.Value]:
        builder = ir.IRBuilder(self._record)
        offset = builder.add(self._at, I64(RECORD_HEADER_BYTES))
        record = builder.gep(self._records, [offset], source_etype=I8)
        return record, builder.load(record, typ=I32)

    def _emit_event(
        self, event: EventInfo, record: ir.Value, size: ir.Value, following: ir.Value
    ) -> ir.Block:
        """Emit the case of one event, which ends by going on with the next record."""
        function = self._entry.function
        check, text = (function.append_basic_block(f"{name}{event.id}") for name in ("check", "event"))
        builder = ir.IRBuilder(check)
        end = builder.add(builder.ptrtoint(self._start, I64), self._capacity)
        room = builder.sub(end, builder.ptrtoint(self._out, I64))
        fits = builder.icmp_unsigned(">=", room, I64(self._longest(event)))
        is_whole = builder.icmp_unsigned(">=", size, I64(event.size))
        builder.cbranch(builder.and_(fits, is_whole), text, self._done)

        builder = ir.IRBuilder(text)
        appender = Appender(builder, self._out, record, self._trailer)
        fields = iter(event.fields)
        for part in event.parts:
            if isinstance(part, Conversion):
                appender.convert(part, next(fields))
            else:
                appender.literal(to_bytes(part))
        self._at.add_incoming(following, builder.block)
        self._out.add_incoming(appender.out, builder.block)
        builder.branch(self._loop)
        return check

    def _longest(self, event: EventInfo) -> int:
        """Return the room that an event's text needs at most."""
        literals = sum(len(to_bytes(part)) for part in event.parts if isinstance(part, str))
        return literals + sum(
            longest(conversion, field, self._trailer)
            for conversion, field in zip(_conversions(event), event.fields, strict=True)
        )

    def _emit_done(self) -> None:
        builder = ir.IRBuilder(self._done)
        builder.store(self._at, self._consumed)
        builder.ret(builder.sub(builder.ptrtoint(self._out, I64), builder.ptrtoint(self._start, I64)))
