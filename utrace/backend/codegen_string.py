"""Strings and tuples: writing them where they are wanted, and comparing them.

A string in a variable, key or map value is followed by NULs up to its size, so that equal strings are equal
bytes.  In an event the bytes after the first NUL are arbitrary.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from llvmlite import ir

from utrace.backend import codegen_builtin, codegen_map
from utrace.backend.codegen_convert import is_signed, load_scalar, resize, store_converted
from utrace.backend.codegen_frame import I1, I8, I64, WORD_BYTES, Frame, Place
from utrace.frontend import nodes
from utrace.frontend.types import UINT64, StringType, TupleType, Type

if TYPE_CHECKING:
    from utrace.backend.codegen_probe import ProbeCompiler

COMM_BYTES = 16


def store(p: ProbeCompiler, node: nodes.Expression, size: int, place: Place, padded: bool) -> None:
    """Write a string expression to a buffer of `size` bytes; see `ProbeCompiler.store`."""
    constant = literal_of(p, node)
    if constant is not None:
        _write_literal(p.frame, constant, size, place, padded)
    elif isinstance(node, nodes.Ternary):
        with p.builder.if_else(p.truth(node.condition)) as (yes, no):
            with yes:
                store(p, node.then, size, place, padded)
            with no:
                store(p, node.otherwise, size, place, padded)
    elif isinstance(node, nodes.MapAccess):
        codegen_map.copy_value(p, node, StringType(size), place)
    elif isinstance(node, nodes.Call) and node.name == "str":
        _read_user_string(p, node, size, place, padded)
    elif isinstance(node, nodes.Builtin) and node.name == "comm":
        p.frame.call("get_current_comm", place.pointer, I64(COMM_BYTES))
        if padded:
            p.frame.zero(p.frame.at(place, COMM_BYTES), size - COMM_BYTES)
    elif isinstance(node, nodes.Variable | nodes.Field):
        copy(p.frame, p.address(node), p.type(node), StringType(size), place)
    else:
        raise p.unsupported(node, "this kind of string")


def literal_of(p: ProbeCompiler, node: nodes.Expression) -> bytes | None:
    """Return the string that an expression is known to be, without a NUL at the end."""
    if isinstance(node, nodes.Builtin):
        return codegen_builtin.string_constant(p, node.name)
    constant = p.typed.constant_of(node)
    return constant if isinstance(constant, bytes) else None


def copy(frame: Frame, origin: Place, source: Type, target: Type, place: Place) -> None:
    """Copy a string or tuple to a place of type `target`, which may hold larger strings and integers."""
    if isinstance(source, TupleType) and isinstance(target, TupleType) and source != target:
        frame.zero(place, target.size)
        for index, (from_type, to_type) in enumerate(zip(source.elements, target.elements, strict=True)):
            item = frame.at(origin, source.offsets[index])
            copy(frame, item, from_type, to_type, frame.at(place, target.offsets[index]))
    elif isinstance(source, StringType | TupleType):
        length = min(source.size, target.size)
        frame.copy(origin, place, length)
        frame.zero(frame.at(place, length), target.size - length)
    else:
        store_converted(frame, load_scalar(frame, source, origin), source, target, place)


def is_not_empty(p: ProbeCompiler, node: nodes.Expression) -> ir.Value:
    """Return whether a string has a first character."""
    return p.builder.icmp_unsigned("!=", p.frame.load(p.address(node), I8), I8(0))


def compare(p: ProbeCompiler, node: nodes.Binary) -> ir.Value:
    """Compile `==` or `!=` of two strings or two tuples."""
    equal = _equal(p, node.left, node.right)
    return equal if node.operator == "==" else p.builder.not_(equal)


def _equal(p: ProbeCompiler, left: nodes.Expression, right: nodes.Expression) -> ir.Value:
    first, second = literal_of(p, left), literal_of(p, right)
    if first is not None and second is not None:
        return I1(first == second)
    if first is not None:
        left, right, second = right, left, first
    if second is not None:
        return _equals_literal(p.frame, p.address(left), p.type(left).size, second)
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


def _equals_literal(frame: Frame, place: Place, size: int, literal: bytes) -> ir.Value:
    if len(literal) > size:
        return I1(0)
    result: ir.Value = I1(1)
    for offset, width, number in _pieces(place, (literal + b"\0")[:size]):
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


def _write_literal(frame: Frame, literal: bytes, size: int, place: Place, padded: bool) -> None:
    data = (literal + b"\0")[:size]
    if padded:
        data = data.ljust(min(size, -(-len(data) // WORD_BYTES) * WORD_BYTES), b"\0")
    for offset, width, number in _pieces(place, data):
        frame.store(ir.IntType(8 * width)(number), frame.at(place, offset))
    if padded:
        frame.zero(frame.at(place, len(data)), size - len(data))


def _pieces(place: Place, data: bytes) -> list[tuple[int, int, int]]:
    """Cut `data` for `place` into offset, width in bytes and number of the widest aligned integers."""
    pieces = []
    offset = 0
    while offset < len(data):
        width = min(place.alignment, WORD_BYTES)
        while offset % width or offset + width > len(data):
            width //= 2
        pieces.append((offset, width, int.from_bytes(data[offset : offset + width], "little")))
        offset += width
    return pieces


def _read_user_string(p: ProbeCompiler, node: nodes.Call, size: int, place: Place, padded: bool) -> None:
    address = p.value_as(node.arguments[0], UINT64)
    capacity = min(size, p.type(node).size)
    length: ir.Value = I64(capacity)
    if len(node.arguments) > 1 and p.typed.constant_of(node.arguments[1]) is None:
        wanted = p.value_as(node.arguments[1], UINT64)
        length = p.builder.select(p.builder.icmp_unsigned("<", wanted, length), wanted, length)
    # A failed read must leave an empty string.
    if padded:
        p.frame.zero(place, size)
    else:
        p.frame.store(I8(0), place)
    p.frame.call("probe_read_user_str", place.pointer, length, address)
