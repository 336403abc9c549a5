"""Events: records sent through the ring buffer to the tracer, which prints or acts.

A record is u32 event id, u32 zero, then the payload (`frontend.typed.EventInfo`).  When the ring has no room
the record is dropped and counted in `event_loss_counter`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from llvmlite import ir

from utrace.backend.codegen_frame import I8, I32, I64, STACK_BUFFER_BYTES, Place
from utrace.frontend import nodes
from utrace.frontend.typed import EVENT_HEADER_BYTES, EventInfo, EventKind
from utrace.frontend.types import UINT64

if TYPE_CHECKING:
    from utrace.backend.codegen_probe import ProbeCompiler


FORMATTED = frozenset({EventKind.PRINTF, EventKind.ERRORF, EventKind.WARNF, EventKind.CAT, EventKind.SYSTEM})
"""Calls of a format and what goes into it."""


def compile_call(p: ProbeCompiler, node: nodes.Call, event: EventInfo) -> None:
    """Compile a call that sends an event: printf, print, clear, exit ..."""
    if event.kind is EventKind.JOIN:
        _send_join(p, event, node.arguments[0])
        return
    send(p, event, _payload(node, event))
    if event.kind is EventKind.EXIT:
        p.frame.leave()


def send(p: ProbeCompiler, event: EventInfo, values: Sequence[nodes.Expression | None] = ()) -> None:
    """Send an event with these values as its fields; None stands for 0."""
    record = p.frame.temporary(event.size)
    if EVENT_HEADER_BYTES + sum(field.type.size for field in event.fields) < event.size <= STACK_BUFFER_BYTES:
        p.frame.zero(record, event.size)  # the gaps between the fields
    p.frame.store(I64(event.id), record)
    # What is on the stack has to be initialised throughout, and padding so few bytes costs nothing.
    padded = event.size <= STACK_BUFFER_BYTES
    for field, value in zip(event.fields, values, strict=True):
        place = p.frame.at(record, field.offset)
        if value is None:
            p.frame.zero(place, field.type.size)
        else:
            p.store(value, field.type, place, padded)
    _output(p, event, record)


def send_code(p: ProbeCompiler, event: EventInfo, code: ir.Value) -> None:
    """Send an event whose only field is a return code, an i64."""
    (field,) = event.fields
    record = p.frame.temporary(event.size)
    p.frame.store(I64(event.id), record)
    p.frame.store(code, p.frame.at(record, field.offset))
    _output(p, event, record)


def _payload(node: nodes.Call, event: EventInfo) -> Sequence[nodes.Expression | None]:
    if event.kind in FORMATTED:
        return node.arguments[1:]
    if event.kind is EventKind.PRINT_VALUE:
        return node.arguments[:1]
    if event.kind is EventKind.PRINT_ELEMENT:
        access = node.arguments[0]
        assert isinstance(access, nodes.MapAccess)
        return [access.key] if event.fields else []
    if event.kind is EventKind.EXIT:
        return node.arguments[:1] or [None]
    return []


def _output(p: ProbeCompiler, event: EventInfo, record: Place) -> None:
    status = p.frame.call("ringbuf_output", p.frame.globals.ring, record.pointer, I64(event.size), I64(0))
    with p.builder.if_then(p.builder.icmp_unsigned("!=", status, I64(0)), likely=False):
        key = p.frame.temporary(I32.width // 8)
        p.frame.store(I32(0), key)
        counter = p.frame.call("map_lookup_elem", p.frame.globals.loss_counter, key.pointer)
        with p.frame.when_present(counter):
            p.frame.atomic("add", counter, I64(1))


def _send_join(p: ProbeCompiler, event: EventInfo, array: nodes.Expression) -> None:
    """Read the strings of a null-terminated array of pointers, as many as the event has fields."""
    record = p.frame.temporary(event.size)
    p.frame.store(I64(event.id), record)
    for field in event.fields:
        p.frame.store(I8(0), p.frame.at(record, field.offset))
    address: ir.Value = p.value_as(array, UINT64)
    element = p.frame.temporary(8)
    complete = p.builder.append_basic_block("joined")
    for field in event.fields:
        p.frame.store(I64(0), element)
        p.frame.call("probe_read_user", element.pointer, I64(8), address)
        pointer = p.frame.load(element, I64)
        following = p.builder.append_basic_block("join")
        p.builder.cbranch(p.builder.icmp_unsigned("==", pointer, I64(0)), complete, following)
        p.builder.position_at_end(following)
        place = p.frame.at(record, field.offset)
        p.frame.call("probe_read_user_str", place.pointer, I64(field.type.size), pointer)
        address = p.builder.add(address, I64(8))
    p.builder.branch(complete)
    p.builder.position_at_end(complete)
    _output(p, event, record)
