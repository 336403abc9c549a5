"""Events and their records for tests."""

import struct

from utrace.frontend.formats import parse_format
from utrace.frontend.typed import EventInfo, EventKind, FieldInfo
from utrace.frontend.types import (
    BoolType,
    EnumType,
    IntType,
    PointerType,
    StringType,
    TupleType,
    round_up,
    struct_layout,
)
from utrace.source import Span

_HEADER = (IntType(32, False), IntType(32, False))


def an_event(kind, *types, id_=0, **more):
    offsets, size = struct_layout((*_HEADER, *types))
    fields = tuple(FieldInfo(type_, offset) for type_, offset in zip(types, offsets[2:], strict=True))
    return EventInfo(id_, kind, Span(0, 1), fields, round_up(size, 8), **more)


def a_printf(text, *types, id_=0):
    return an_event(EventKind.PRINTF, *types, id_=id_, format=text, parts=parse_format(text))


def encode(type_, value):
    match type_:
        case IntType():
            return (value % (1 << type_.bits)).to_bytes(type_.size, "little")
        case EnumType():
            return encode(type_.integer, value)
        case BoolType():
            return bytes([value])
        case PointerType():
            return struct.pack("<Q", value % 2**64)
        case StringType():
            return value.ljust(type_.size, b"\0")
        case TupleType():
            data = bytearray(type_.size)
            for element, offset, item in zip(type_.elements, type_.offsets, value, strict=True):
                data[offset : offset + element.size] = encode(element, item)
            return bytes(data)


def a_record(event, *values):
    data = bytearray(event.size)
    struct.pack_into("<I", data, 0, event.id)
    for field, value in zip(event.fields, values, strict=True):
        data[field.offset : field.offset + field.type.size] = encode(field.type, value)
    return bytes(data)


def framed(*records):
    """Put records behind each other the way the rings hand them over."""
    return b"".join(
        struct.pack("<IIQ", len(record), 0x80000000, 1) + record.ljust(round_up(len(record), 8), b"\0")
        for record in records
    )
