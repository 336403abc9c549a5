"""Calls that look through values in memory: memcmp, strstr, str_concat, bswap."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llvmlite import ir

from utrace.backend import codegen_memory
from utrace.backend.codegen_compare import count_while
from utrace.backend.codegen_convert import is_scalar, resize, store_scalar
from utrace.backend.codegen_frame import I1, I8, I32, I64, Place, opaque
from utrace.frontend import nodes
from utrace.frontend.types import UINT64, StringType, Type

if TYPE_CHECKING:
    from utrace.backend.codegen_probe import ProbeCompiler


def memcmp(p: ProbeCompiler, node: nodes.Call) -> ir.Value:
    """Compile `memcmp(a, b, n)`: the difference of the first bytes that differ, 0 when there are none."""
    left, right, limit = node.arguments
    first, second = _bytes_of(p, left), _bytes_of(p, right)
    count = p.value_as(limit, UINT64)
    builder = p.builder
    difference = p.frame.variable(I32)
    builder.store(I32(0), difference)

    def is_same(at: ir.Value) -> ir.Value:
        one = builder.zext(_byte(builder, first, at), I32)
        other = builder.zext(_byte(builder, second, at), I32)
        builder.store(
            builder.select(_is_below(builder, at, count), builder.sub(one, other), I32(0)), difference
        )
        return builder.and_(builder.icmp_unsigned("==", one, other), _is_below(builder, at, count))

    count_while(builder, min(p.type(left).size, p.type(right).size), is_same)
    return builder.load(difference, typ=I32)


def strstr(p: ProbeCompiler, node: nodes.Call) -> ir.Value:
    """Compile `strstr(text, wanted)`: where it is first, or -1."""
    text, wanted = (_bytes_of(p, argument) for argument in node.arguments)
    text_size, wanted_size = (p.type(argument).size for argument in node.arguments)
    builder = p.builder
    is_found = p.frame.variable(I1)
    builder.store(I1(0), is_found)

    def goes_on(start: ir.Value) -> ir.Value:
        length = count_while(
            builder, wanted_size, lambda at: _is_same_at(builder, (text, text_size), wanted, start, at)
        )
        found = _ends_at(builder, (wanted, wanted_size), length)
        builder.store(found, is_found)
        is_end = builder.icmp_unsigned("==", _byte(builder, text, start), I8(0))
        return builder.not_(builder.or_(found, is_end))

    position = count_while(builder, text_size, goes_on)
    return builder.select(builder.load(is_found, typ=I1), position, I64(-1))


def _is_same_at(
    builder: ir.IRBuilder, text: tuple[Place, int], wanted: Place, start: ir.Value, at: ir.Value
) -> ir.Value:
    """Tell whether `wanted` has a character at `at`, and the text the same one behind `start`."""
    # Opaque, so that a verifier sees the comparison that keeps it in the text.
    position = opaque(builder, builder.add(start, at))
    is_inside = builder.icmp_unsigned("<", position, I64(text[1]))
    position = opaque(builder, builder.select(is_inside, position, I64(0)))
    with builder.if_else(builder.icmp_unsigned("<", position, I64(text[1]))) as (yes, no):
        with yes:
            character = _byte(builder, text[0], position)
            inside_block = builder.block
        with no:
            outside_block = builder.block
    found = builder.phi(I8)
    found.add_incoming(character, inside_block)
    found.add_incoming(I8(0), outside_block)
    expected = _byte(builder, wanted, at)
    same = builder.and_(
        builder.icmp_unsigned("==", found, expected), builder.icmp_unsigned("!=", expected, I8(0))
    )
    return builder.and_(is_inside, same)


def _ends_at(builder: ir.IRBuilder, text: tuple[Place, int], length: ir.Value) -> ir.Value:
    """Tell whether a string has no character at `length`."""
    length = opaque(builder, length)
    with builder.if_else(builder.icmp_unsigned("<", length, I64(text[1]))) as (yes, no):
        with yes:
            is_nul = builder.icmp_unsigned("==", _byte(builder, text[0], length), I8(0))
            inside_block = builder.block
        with no:
            outside_block = builder.block
    ends = builder.phi(I1)
    ends.add_incoming(is_nul, inside_block)
    ends.add_incoming(I1(1), outside_block)
    return ends


def store_concatenation(
    p: ProbeCompiler, node: nodes.Call, target: StringType, place: Place, _padded: bool
) -> None:
    """Write what `str_concat(a, b)` gives: one string behind the other."""
    left, right = node.arguments
    builder, kind = p.builder, p.type(right)
    # A copy: the place that is written to may be that of the second string.
    second = p.frame.temporary(kind.size)
    p.store(right, kind, second)
    p.store(left, target, place)
    end = count_while(
        builder, target.size, lambda at: builder.icmp_unsigned("!=", _byte(builder, place, at), I8(0))
    )

    def append(at: ir.Value) -> ir.Value:
        character = _byte(builder, second, at)
        position = opaque(builder, builder.add(end, at))
        is_inside = builder.icmp_unsigned("<", position, I64(target.size))
        with builder.if_then(is_inside):
            builder.store(character, builder.gep(place.pointer, [position], source_etype=I8))
        return builder.and_(is_inside, builder.icmp_unsigned("!=", character, I8(0)))

    count_while(builder, kind.size, append)


def bswap(p: ProbeCompiler, node: nodes.Call) -> ir.Value:
    """Compile `bswap(n)`: the bytes in the opposite order."""
    value = p.value(node.arguments[0])
    bits = value.type.width
    if bits == 8:
        return value
    swapped: ir.Value = value.type(0)
    for position in range(0, bits, 8):
        byte = p.builder.and_(p.builder.lshr(value, value.type(position)), value.type(0xFF))
        swapped = p.builder.or_(swapped, p.builder.shl(byte, value.type(bits - 8 - position)))
    return swapped


def user_pointer(p: ProbeCompiler, node: nodes.Call) -> ir.Value:
    """Compile `uptr(pointer)`: every pointer is one of user space."""
    return p.value(node.arguments[0])


def container_of(p: ProbeCompiler, node: nodes.Call) -> ir.Value:
    """Compile `container_of(pointer, type, member)`."""
    offset = p.typed.constant_of(node.arguments[2])
    assert isinstance(offset, int)
    return p.builder.sub(p.value_as(node.arguments[0], UINT64), I64(offset))


def _bytes_of(p: ProbeCompiler, node: nodes.Expression) -> Place:
    """Return where the bytes of a value are, also of a scalar."""
    kind: Type = p.type(node)
    if not is_scalar(kind):
        return codegen_memory.every_byte(p, node)
    place = p.frame.temporary(kind.size)
    store_scalar(p.frame, p.value(node), place)
    return place


def _byte(builder: ir.IRBuilder, place: Place, at: ir.Value) -> ir.Value:
    return builder.load(builder.gep(place.pointer, [at], source_etype=I8), typ=I8)


def _is_below(builder: ir.IRBuilder, at: ir.Value, count: ir.Value) -> ir.Value:
    return builder.icmp_unsigned("<", at, resize(builder, count, I64, False))
