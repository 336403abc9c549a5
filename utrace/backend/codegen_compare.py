"""Strings and tuples: comparing and measuring them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from llvmlite import ir

from utrace.backend import codegen_aggregate, codegen_string
from utrace.backend.codegen_convert import is_scalar, is_signed, load_scalar, resize
from utrace.backend.codegen_frame import I1, I8, I32, I64, Frame, Place, opaque
from utrace.frontend import nodes
from utrace.frontend.types import UINT64, BufferType, PointerType, StringType, Type

if TYPE_CHECKING:
    from utrace.backend.codegen_probe import ProbeCompiler


BUFFER_HEADER_BYTES = 4
"""In front of a buffer's bytes: how many of them are in use."""


def length(p: ProbeCompiler, node: nodes.Call) -> ir.Value:
    """Compile `strlen(string)`."""
    argument = node.arguments[0]
    literal = codegen_string.literal_of(p, argument)
    if literal is not None:
        return I64(len(literal))
    if isinstance(p.type(argument), PointerType):
        return _length_in_target(p, argument)
    place, size = p.address(argument), p.type(argument).size
    return count_while(
        p.builder,
        size,
        lambda at: p.builder.icmp_unsigned("!=", _character(p.builder, place, at), I8(0)),
    )


def _length_in_target(p: ProbeCompiler, pointer: nodes.Expression) -> ir.Value:
    """Return the length of a string that is pointed to, as far as str() would read it."""
    room = p.typed.config.max_strlen + len(b"\0")
    place = p.frame.temporary(room)
    count = p.frame.call("probe_read_user_str", place.pointer, I64(room), p.value_as(pointer, UINT64))
    is_read = p.builder.icmp_signed(">", count, I64(0))
    return p.builder.select(is_read, p.builder.sub(count, I64(1)), I64(0))


def strncmp(p: ProbeCompiler, node: nodes.Call) -> ir.Value:
    """Compile `strncmp(a, b, n)`: 0 when the first n characters are equal, else 1."""
    left, right, limit = node.arguments
    count = p.typed.constant_of(limit)
    assert isinstance(count, int)
    first, second = codegen_string.literal_of(p, left), codegen_string.literal_of(p, right)
    if first is not None and second is not None:
        return I64(int(first[:count] != second[:count]))
    if first is not None:
        left, right, second = right, left, first
    place, size = p.address(left), p.type(left).size
    if second is not None:
        text = second if count > len(second) else second[:count]
        equal = _begins_with(p.frame, place, size, text, ends=count > len(second))
    else:
        other = (p.address(right), min(p.type(right).size, count))
        equal = _equal_strings(p.frame, (place, min(size, count)), other)
    return p.builder.zext(p.builder.not_(equal), I64)


def is_not_empty(p: ProbeCompiler, node: nodes.Expression) -> ir.Value:
    """Return whether a string has a first character."""
    return p.builder.icmp_unsigned("!=", p.frame.load(p.address(node), I8), I8(0))


def compare(p: ProbeCompiler, node: nodes.Binary) -> ir.Value:
    """Compile `==` or `!=` of two strings or two tuples."""
    equal = _equal(p, node.left, node.right)
    return equal if node.operator == "==" else p.builder.not_(equal)


def _equal(p: ProbeCompiler, left: nodes.Expression, right: nodes.Expression) -> ir.Value:
    first, second = codegen_string.literal_of(p, left), codegen_string.literal_of(p, right)
    if first is not None and second is not None:
        return I1(first == second)
    if first is not None:
        left, right, second = right, left, first
    if second is not None:
        return _begins_with(p.frame, p.address(left), p.type(left).size, second, ends=True)
    return _equal_places(p, p.address(left), p.type(left), p.address(right), p.type(right))


def _equal_places(p: ProbeCompiler, left: Place, left_type: Type, right: Place, right_type: Type) -> ir.Value:
    if isinstance(left_type, StringType):
        return _equal_strings(p.frame, (left, left_type.size), (right, right_type.size))
    parts = codegen_aggregate.parts(left_type, right_type)
    if parts is not None:
        result: ir.Value = I1(1)
        for offset, kind, other_offset, other_kind in parts:
            one, other = p.frame.at(left, offset), p.frame.at(right, other_offset)
            result = p.builder.and_(result, _equal_places(p, one, kind, other, other_kind))
        return result
    if is_scalar(left_type):
        one_value = resize(p.builder, load_scalar(p.frame, left_type, left), I64, is_signed(left_type))
        other_value = resize(p.builder, load_scalar(p.frame, right_type, right), I64, is_signed(right_type))
        return p.builder.icmp_unsigned("==", one_value, other_value)
    if isinstance(left_type, BufferType) and isinstance(right_type, BufferType):
        return _equal_buffers(p.frame, left, right, min(left_type.capacity, right_type.capacity))
    return _equal_bytes(p.frame, left, right, left_type.size)


def _equal_bytes(frame: Frame, left: Place, right: Place, size: int) -> ir.Value:
    """Compare bytes of which all count."""
    builder = frame.builder

    def is_same(at: ir.Value) -> ir.Value:
        return builder.icmp_unsigned("==", _character(builder, left, at), _character(builder, right, at))

    return builder.icmp_unsigned("==", count_while(builder, size, is_same), I64(size))


def _equal_buffers(frame: Frame, left: Place, right: Place, capacity: int) -> ir.Value:
    """Compare as many bytes as are in use; buffers of different length are different."""
    builder = frame.builder
    used, other_used = frame.load(left, I32), frame.load(right, I32)
    length = builder.zext(used, I64)
    one, other = frame.at(left, BUFFER_HEADER_BYTES), frame.at(right, BUFFER_HEADER_BYTES)

    def is_same(at: ir.Value) -> ir.Value:
        same = builder.icmp_unsigned("==", _character(builder, one, at), _character(builder, other, at))
        return builder.and_(same, builder.icmp_unsigned("<", at, length))

    same_bytes = count_while(builder, capacity, is_same)
    reaches_end = builder.icmp_unsigned(">=", same_bytes, length)
    return builder.and_(builder.icmp_unsigned("==", used, other_used), reaches_end)


def _begins_with(frame: Frame, place: Place, size: int, text: bytes, ends: bool) -> ir.Value:
    """Return whether a string begins with `text` and, if wanted, ends there."""
    if len(text) > size:
        return I1(0)
    result: ir.Value = I1(1)
    for offset, width, number in codegen_string.pieces(place, (text + b"\0")[:size] if ends else text):
        value = frame.load(frame.at(place, offset), ir.IntType(8 * width))
        same = frame.builder.icmp_unsigned("==", value, value.type(number))
        result = frame.builder.and_(result, same) if offset else same
    return result


def _equal_strings(frame: Frame, left: tuple[Place, int], right: tuple[Place, int]) -> ir.Value:
    """Compare byte by byte up to the first NUL; a buffer that is full without a NUL ends at its end."""
    if left[1] > right[1]:
        left, right = right, left
    (short, count), (long, long_size) = left, right
    builder = frame.builder

    last_same = frame.variable(I1)

    def goes_on(at: ir.Value) -> ir.Value:
        one, other = _character(builder, short, at), _character(builder, long, at)
        same = builder.icmp_unsigned("==", one, other)
        builder.store(same, last_same)
        return builder.and_(same, builder.icmp_unsigned("!=", one, I8(0)))

    end = count_while(builder, count, goes_on)
    ended_before = builder.icmp_unsigned("<", end, I64(count))
    full: ir.Value = I1(1)
    if count < long_size:
        full = builder.icmp_unsigned("==", frame.load(frame.at(long, count), I8), I8(0))
    return builder.select(ended_before, builder.load(last_same, typ=I1), full)


def count_while(builder: ir.IRBuilder, count: int, goes_on: Callable[[ir.Value], ir.Value]) -> ir.Value:
    """Count up from 0 while `goes_on` says so; return where it stopped, `count` at the latest."""
    start = builder.block
    head, look, done = (builder.append_basic_block(name) for name in ("walk", "look", "walked"))
    builder.branch(head)
    builder.position_at_end(head)
    index = builder.phi(I64)
    index.add_incoming(I64(0), start)
    position = opaque(builder, index)  # so that a verifier sees it compared in every round
    builder.cbranch(builder.icmp_unsigned("<", position, I64(count)), look, done)
    builder.position_at_end(look)
    again = goes_on(position)
    index.add_incoming(builder.add(position, I64(1)), builder.block)
    looked = builder.block
    builder.cbranch(again, head, done)
    builder.position_at_end(done)
    end = builder.phi(I64)
    end.add_incoming(I64(count), head)
    end.add_incoming(position, looked)
    return end


def _character(builder: ir.IRBuilder, place: Place, index: ir.Value) -> ir.Value:
    return builder.load(builder.gep(place.pointer, [index], source_etype=I8), typ=I8)
