"""From bytes to values: the encodings of `utrace.frontend.types`, read back."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

from utrace.frontend.types import (
    CLOCKS,
    INET,
    MACADDR,
    TIMESTAMP,
    USERNAME,
    USYM,
    ArrayType,
    BoolType,
    BufferType,
    EnumType,
    IntType,
    Member,
    NoneType,
    OpaqueType,
    PointerType,
    RecordType,
    StackType,
    StringType,
    StructType,
    TupleType,
    Type,
)
from utrace.lazy_dataclass import dataclass
from utrace.output.model import Array, Buffer, Primitive, Record, Symbol, to_text
from utrace.output.network import inet_text
from utrace.output.resolver import HostResolver, Resolver
from utrace.output.wall_clock import strftime, wall_clock_ns


@dataclass(frozen=True)
class Context:
    """What values need to be shown, besides their bytes."""

    trailer: str = ""
    """Appended to a string that fills its buffer, which means that it was cut."""
    time_formats: tuple[str, ...] = ()
    """The formats of strftime(), `TypedProgram.time_formats`."""
    resolver: Resolver = HostResolver()
    """Finds what the bytes only refer to: stacks, symbols, names of users."""


PLAIN = Context()


def decode(type_: Type, data: bytes | memoryview, offset: int = 0, context: Context = PLAIN) -> Primitive:
    """Return the value of `type_` at `offset` of `data`; None for a type whose values cannot be shown.

    Raises ValueError when `data` is too short.
    """
    if offset + type_.size > len(data):
        raise ValueError(f"{type_} at offset {offset} does not fit into {len(data)} bytes")
    decoder = _DECODERS.get(type(type_))
    return decoder(type_, data, offset, context) if decoder else None


def _integer(data: bytes | memoryview, offset: int, size: int, is_signed: bool) -> int:
    return int.from_bytes(data[offset : offset + size], "little", signed=is_signed)


def _decode_integer(type_: IntType, data: bytes | memoryview, offset: int, _context: Context) -> int:
    return _integer(data, offset, type_.size, type_.is_signed)


def _decode_string(type_: StringType, data: bytes | memoryview, offset: int, context: Context) -> str:
    whole = bytes(data[offset : offset + type_.size])
    text, nul, _ = whole.partition(b"\0")
    was_cut = whole and not nul and not type_.is_array
    return to_text(text) + context.trailer if was_cut else to_text(text)


def _decode_pointer(_type: PointerType, data: bytes | memoryview, offset: int, _context: Context) -> Symbol:
    address = _integer(data, offset, 8, is_signed=False)
    return Symbol(f"{address:#x}", address)


def _decode_enum(type_: EnumType, data: bytes | memoryview, offset: int, _context: Context) -> Symbol:
    return _enum_symbol(type_, _integer(data, offset, type_.size, type_.integer.is_signed))


def _enum_symbol(type_: EnumType, number: int) -> Symbol:
    names = (name for name, value in type_.constants if value == number)
    return Symbol(next(names, str(number)), number)


def _decode_tuple(
    type_: TupleType, data: bytes | memoryview, offset: int, context: Context
) -> tuple[Primitive, ...]:
    return tuple(
        decode(element, data, offset + at, context)
        for element, at in zip(type_.elements, type_.offsets, strict=True)
    )


def _decode_array(type_: ArrayType, data: bytes | memoryview, offset: int, context: Context) -> Primitive:
    size = type_.element.size
    return Array(
        tuple(decode(type_.element, data, offset + index * size, context) for index in range(type_.count))
    )


def _decode_buffer(type_: BufferType, data: bytes | memoryview, offset: int, _context: Context) -> Buffer:
    length = min(_integer(data, offset, 4, is_signed=False), type_.capacity)
    return Buffer(bytes(data[offset + 4 : offset + 4 + length]))


def _decode_record(type_: RecordType, data: bytes | memoryview, offset: int, context: Context) -> Record:
    values = _decode_tuple(type_.layout, data, offset, context)
    return Record(tuple(zip(type_.names, values, strict=True)))


def _decode_struct(type_: StructType, data: bytes | memoryview, offset: int, context: Context) -> Record:
    fields: list[tuple[str, Primitive]] = []
    for member in type_.members:
        value = _decode_member(member, data, offset + member.offset, context)
        if not member.name and isinstance(value, Record):
            # The members of an anonymous struct or union belong to the one around it.
            fields += value.fields
        elif member.name:
            fields.append((member.name, value))
    return Record(tuple(fields))


def _decode_member(member: Member, data: bytes | memoryview, offset: int, context: Context) -> Primitive:
    if not member.bits:
        return decode(member.type, data, offset, context)
    integer = member.type.integer if isinstance(member.type, EnumType) else member.type
    # The unit of the declared type may reach beyond a packed struct, and the field beyond the unit.
    whole = _integer(data, offset, (member.bit_offset + member.bits + 7) // 8, is_signed=False)
    number = (whole >> member.bit_offset) & ((1 << member.bits) - 1)
    if isinstance(integer, IntType) and integer.is_signed and number >> (member.bits - 1):
        number -= 1 << member.bits
    if isinstance(member.type, EnumType):
        return _enum_symbol(member.type, number)
    return bool(number) if isinstance(member.type, BoolType) else number


def _decode_stack(type_: StackType, data: bytes | memoryview, offset: int, context: Context) -> Primitive:
    return context.resolver.resolve(type_, bytes(data[offset : offset + type_.size]))


def _decode_opaque(type_: OpaqueType, data: bytes | memoryview, offset: int, context: Context) -> Primitive:
    value = bytes(data[offset : offset + type_.size])
    if type_ is INET:
        return inet_text(value)
    if type_ is MACADDR:
        return ":".join(f"{byte:02X}" for byte in value)
    if type_ is TIMESTAMP:
        return _time(value, context)
    return context.resolver.resolve(type_, value) if type_ in (USERNAME, USYM) else None


def _time(value: bytes, context: Context) -> str:
    reading, number, clock = struct.unpack("<QII", value)
    return strftime(context.time_formats[number], wall_clock_ns(reading, CLOCKS[clock]))


_DECODERS: dict[type[Type], Callable[[Any, bytes | memoryview, int, Context], Primitive]] = {
    IntType: _decode_integer,
    BoolType: lambda _type, data, offset, _context: data[offset] != 0,
    StringType: _decode_string,
    PointerType: _decode_pointer,
    EnumType: _decode_enum,
    TupleType: _decode_tuple,
    ArrayType: _decode_array,
    BufferType: _decode_buffer,
    RecordType: _decode_record,
    StructType: _decode_struct,
    StackType: _decode_stack,
    OpaqueType: _decode_opaque,
    NoneType: lambda *_: None,
}
