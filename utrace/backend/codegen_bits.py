"""Bitfields: cut out of the bytes that hold them."""

from __future__ import annotations

from collections.abc import Callable

from llvmlite import ir

from utrace.backend.codegen_convert import is_signed, llvm_type, resize
from utrace.backend.codegen_frame import I8, I64, Frame, Place
from utrace.frontend import nodes
from utrace.frontend.types import Member, PointerType, StructType, Type

WORD_BYTES = 8


def bitfield_of(type_of: Callable[[nodes.Expression], Type], node: nodes.Expression) -> Member | None:
    """Return the member that an expression names when that is a bitfield."""
    if not isinstance(node, nodes.Field):
        return None
    whole = type_of(node.operand)
    while isinstance(whole, PointerType):
        whole = whole.pointee
    member = whole.member(node.name) if isinstance(whole, StructType) else None
    return member if member is not None and member.bits else None


def read_bits(frame: Frame, address: ir.Value, member: Member, kind: Type) -> ir.Value:
    """Read a bitfield of the target; `address` is that of its unit."""
    first, count = _bytes_of(member)
    buffer = _zeroed_buffer(frame)
    frame.call("probe_read_user", buffer.pointer, I64(count), frame.builder.add(address, I64(first)))
    return _cut_out(frame, buffer, member, kind)


def extract(frame: Frame, unit: Place, member: Member, kind: Type) -> ir.Value:
    """Load a bitfield of a struct in the program's memory; `unit` is where its unit is."""
    first, count = _bytes_of(member)
    buffer = _zeroed_buffer(frame)
    frame.copy(frame.at(unit, first), buffer, count)
    return _cut_out(frame, buffer, member, kind)


def _bytes_of(member: Member) -> tuple[int, int]:
    """Return the first byte, from the unit's start, that has bits of the field, and how many bytes have."""
    first = member.bit_offset // 8
    return first, (member.bit_offset + member.bits + 7) // 8 - first


def _zeroed_buffer(frame: Frame) -> Place:
    buffer = frame.temporary(2 * WORD_BYTES)
    frame.store(I64(0), buffer)
    frame.store(I64(0), frame.at(buffer, WORD_BYTES))
    return buffer


def _cut_out(frame: Frame, buffer: Place, member: Member, kind: Type) -> ir.Value:
    builder = frame.builder
    skipped = member.bit_offset % 8
    value = builder.lshr(frame.load(buffer, I64), I64(skipped))
    if skipped + member.bits > 64:  # packed so that nine bytes have bits of it
        last = builder.zext(frame.load(frame.at(buffer, WORD_BYTES), I8), I64)
        value = builder.or_(value, builder.shl(last, I64(64 - skipped)))
    shift = I64(64 - member.bits)
    value = builder.shl(value, shift)
    value = builder.ashr(value, shift) if is_signed(kind) else builder.lshr(value, shift)
    return resize(builder, value, llvm_type(kind), False)
