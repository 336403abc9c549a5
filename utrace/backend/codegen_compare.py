"""Strings and tuples: comparing and measuring them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llvmlite import ir

from utrace.backend import codegen_string
from utrace.backend.codegen_convert import is_signed, load_scalar, resize
from utrace.backend.codegen_frame import I1, I8, I64, Frame, Place
from utrace.frontend import nodes
from utrace.frontend.types import StringType, TupleType, Type

if TYPE_CHECKING:
    from utrace.backend.codegen_probe import ProbeCompiler


def length(p: ProbeCompiler, node: nodes.Call) -> ir.Value:
    """Compile `strlen(string)`."""
    argument = node.arguments[0]
    literal = codegen_string.literal_of(p, argument)
    if literal is not None:
        return I64(len(literal))
    place, size = p.address(argument), p.type(argument).size
    builder = p.builder
    start = builder.block
    head, more, done = (builder.append_basic_block(name) for name in ("length", "longer", "measured"))
    builder.branch(head)
    builder.position_at_end(head)
    index = builder.phi(I64)
    index.add_incoming(I64(0), start)
    character = builder.load(builder.gep(place.pointer, [index], source_etype=I8), typ=I8)
    builder.cbranch(builder.icmp_unsigned("==", character, I8(0)), done, more)
    builder.position_at_end(more)
    following = builder.add(index, I64(1))
    index.add_incoming(following, more)
    builder.cbranch(builder.icmp_unsigned("==", following, I64(size)), done, head)
    builder.position_at_end(done)
    result = builder.phi(I64)
    result.add_incoming(index, head)
    result.add_incoming(following, more)
    return result


def strncmp(p: ProbeCompiler, node: nodes.Call) -> ir.Value:
    """Compile `strncmp(a, b, n)`: 0 when the first n characters are equal, else 1."""
    left, right, limit = node.arguments
    count = p.typed.constant_of(limit)
    assert isinstance(count, int)
    first, second = codegen_string.literal_of(p, left), codegen_string.literal_of(p, right)
    if first is not None and second is not None:
        return I64(first[:count] != second[:count])
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
    if isinstance(left_type, TupleType) and isinstance(right_type, TupleType):
        result: ir.Value = I1(1)
        for index, (a, b) in enumerate(zip(left_type.elements, right_type.elements, strict=True)):
            one = p.frame.at(left, left_type.offsets[index])
            other = p.frame.at(right, right_type.offsets[index])
            result = p.builder.and_(result, _equal_places(p, one, a, other, b))
        return result
    one_value = resize(p.builder, load_scalar(p.frame, left_type, left), I64, is_signed(left_type))
    other_value = resize(p.builder, load_scalar(p.frame, right_type, right), I64, is_signed(right_type))
    return p.builder.icmp_unsigned("==", one_value, other_value)


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
    start = builder.block
    head, same, done = (builder.append_basic_block(name) for name in ("compare", "same", "compared"))
    builder.branch(head)
    builder.position_at_end(head)
    index = builder.phi(I64)
    index.add_incoming(I64(0), start)
    one, other = (
        builder.load(builder.gep(q.pointer, [index], source_etype=I8), typ=I8) for q in (short, long)
    )
    builder.cbranch(builder.icmp_unsigned("==", one, other), same, done)
    builder.position_at_end(same)
    following = builder.add(index, I64(1))
    index.add_incoming(following, same)
    ended = builder.icmp_unsigned("==", one, I8(0))
    last = builder.icmp_unsigned("==", following, I64(count))
    builder.cbranch(builder.or_(ended, last), done, head)
    builder.position_at_end(done)
    equal = builder.phi(I1)
    equal.add_incoming(I1(0), head)
    equal.add_incoming(I1(1), same)
    if count == long_size:
        return equal
    # The short buffer may be full: then the long string must end there too, unless both had ended before.
    ended_before = builder.phi(I1)
    ended_before.add_incoming(I1(0), head)
    ended_before.add_incoming(ended, same)
    beyond = frame.load(frame.at(long, count), I8)
    return builder.and_(equal, builder.or_(ended_before, builder.icmp_unsigned("==", beyond, I8(0))))
