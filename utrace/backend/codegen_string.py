"""Strings: writing them where they are wanted.

A string in a variable, key or map value is followed by NULs up to its size, so that equal strings are equal
bytes.  In an event the bytes after the first NUL are arbitrary.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from llvmlite import ir

from utrace.backend import codegen_aggregate, codegen_builtin, codegen_compare, codegen_map, codegen_memory
from utrace.backend.codegen_frame import I1, I8, I64, WORD_BYTES, Frame, Place, opaque
from utrace.frontend import nodes
from utrace.frontend.names import PROBE_STRINGS
from utrace.frontend.types import UINT64, ArrayType, StringType, Type

if TYPE_CHECKING:
    from utrace.backend.codegen_probe import ProbeCompiler

COMM_BYTES = 16
_MOST_BYTES_OF_CODE = 1024
"""A longer literal is copied from `.rodata`: LLVM would join its stores to a call of memset, which eBPF has not."""


def store(p: ProbeCompiler, node: nodes.Expression, size: int, place: Place, padded: bool) -> None:
    """Write a string expression to a buffer of `size` bytes; see `ProbeCompiler.store`."""
    constant = literal_of(p, node)
    if constant is not None:
        write_literal(p.frame, constant, size, place, padded)
    else:
        _STORES.get(type(node), _store_part)(p, node, size, place, padded)


def _store_ternary(p: ProbeCompiler, node: nodes.Ternary, size: int, place: Place, padded: bool) -> None:
    with p.builder.if_else(p.truth(node.condition)) as (yes, no):
        with yes:
            p.store(node.then, StringType(size), place, padded)
        with no:
            p.store(node.otherwise, StringType(size), place, padded)


def _store_map_value(p: ProbeCompiler, node: nodes.MapAccess, size: int, place: Place, _padded: bool) -> None:
    codegen_map.copy_value(p, node, StringType(size), place)


def _store_builtin(p: ProbeCompiler, node: nodes.Builtin, size: int, place: Place, padded: bool) -> None:
    if node.name in PROBE_STRINGS:
        kind = p.type(node)
        origin = codegen_builtin.probe_string(p, node.name, kind.size)
        codegen_aggregate.copy(p.frame, origin, kind, StringType(size), place)
    else:
        raise p.unsupported(node, f"the builtin {node.name}")


def _store_cast(p: ProbeCompiler, node: nodes.Cast, size: int, place: Place, padded: bool) -> None:
    p.store(node.operand, StringType(size), place, padded)


def _store_part(p: ProbeCompiler, node: nodes.Expression, size: int, place: Place, padded: bool) -> None:
    """Write a variable, or a part of another value."""
    kind = p.type(node)
    if codegen_memory.is_remote(p, node):
        _read_array(p, node, size, place, padded)
        return
    if isinstance(node, nodes.Variable) or codegen_memory.has_place(p, node):
        origin = p.address(node)
    elif codegen_memory.is_part(node):
        origin = p.frame.temporary(kind.size)
        codegen_memory.store(p, node, origin)
    else:
        raise p.unsupported(node, "this kind of string")
    codegen_aggregate.copy(p.frame, origin, kind, StringType(size), place)
    _clear_behind(p, kind, place)


_Store: TypeAlias = Callable[["ProbeCompiler", Any, int, Place, bool], None]

_STORES: dict[type[nodes.Expression], _Store] = {
    nodes.Ternary: _store_ternary,
    nodes.MapAccess: _store_map_value,
    nodes.Builtin: _store_builtin,
    nodes.Cast: _store_cast,
}


def literal_of(p: ProbeCompiler, node: nodes.Expression) -> bytes | None:
    """Return the string that an expression is known to be, without a NUL at the end."""
    constant = p.typed.constant_of(node)
    if isinstance(constant, bytes):
        return constant
    return codegen_builtin.string_constant(p, node.name) if isinstance(node, nodes.Builtin) else None


def write_literal(frame: Frame, literal: bytes, size: int, place: Place, padded: bool) -> None:
    """Write a string that is known now to a buffer of `size` bytes."""
    data = (literal + b"\0")[:size]
    if padded:
        data = data.ljust(min(size, -(-len(data) // WORD_BYTES) * WORD_BYTES), b"\0")
    if len(data) > _MOST_BYTES_OF_CODE:
        frame.copy(Place(frame.globals.constant_bytes(data)), place, len(data))
    else:
        for offset, width, number in pieces(place, data):
            frame.store(ir.IntType(8 * width)(number), frame.at(place, offset))
    if padded:
        frame.zero(frame.at(place, len(data)), size - len(data))


def pieces(place: Place, data: bytes) -> list[tuple[int, int, int]]:
    """Cut `data`, which goes to `place`, into offset, width in bytes and number of the widest aligned integers."""
    pieces = []
    offset = 0
    while offset < len(data):
        width = min(place.alignment, WORD_BYTES)
        while offset % width or offset + width > len(data):
            width //= 2
        pieces.append((offset, width, int.from_bytes(data[offset : offset + width], "little")))
        offset += width
    return pieces


def store_str(p: ProbeCompiler, node: nodes.Call, target: StringType, place: Place, padded: bool) -> None:
    """Write what `str(pointer, length)` reads."""
    source, *limit = node.arguments
    size = target.size
    if isinstance(p.type(source), ArrayType):
        _store_bytes(p, node, size, place)
        return
    if not isinstance(p.type(source), StringType):
        _read_user_string(p, node, size, place, padded)
        return
    # str() of a string is that string, or the beginning of it.
    p.store(source, target, place, padded)
    for wanted in limit:
        _cut(p, wanted, size, place)


def _store_bytes(p: ProbeCompiler, node: nodes.Call, size: int, place: Place) -> None:
    """Write an array of bytes as the string that it holds."""
    source, *limit = node.arguments
    used = min(size, p.type(source).size)
    p.frame.copy(p.address(source), place, used)
    p.frame.zero(p.frame.at(place, used), size - used)
    _clear_behind(p, StringType(used, is_array=True), place)
    for wanted in limit:
        _cut(p, wanted, size, place)


def _cut(p: ProbeCompiler, wanted: nodes.Expression, size: int, place: Place) -> None:
    """Leave as much of a string as fits `wanted` bytes with its NUL."""
    length = p.typed.constant_of(wanted)
    if isinstance(length, int):
        last = min(max(length - 1, 0), size)
        if length <= size:
            p.frame.zero(p.frame.at(place, last), size - last)
        return
    builder, limit = p.builder, p.value_as(wanted, UINT64)
    is_empty = builder.icmp_unsigned("==", limit, I64(0))
    last = opaque(builder, builder.select(is_empty, I64(0), builder.sub(limit, I64(1))))

    def clear(at: ir.Value) -> ir.Value:
        pointer = builder.gep(place.pointer, [at], source_etype=I8)
        is_kept = builder.icmp_unsigned("<", at, last)
        builder.store(builder.select(is_kept, builder.load(pointer, typ=I8), I8(0)), pointer)
        return I1(1)

    with builder.if_then(builder.icmp_unsigned("<=", limit, I64(size))):
        codegen_compare.count_while(builder, size, clear)


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
    status = p.frame.call("probe_read_user_str", place.pointer, length, address)
    if len(node.arguments) == 1:
        _mark_when_cut(p.frame, status, capacity, address, place)


def _mark_when_cut(frame: Frame, status: ir.Value, capacity: int, address: ir.Value, place: Place) -> None:
    """Put the character that had to give way to the NUL back: a buffer without NUL is a string that was cut."""
    with frame.builder.if_then(frame.builder.icmp_unsigned("==", status, I64(capacity)), likely=False):
        last = frame.at(place, capacity - 1)
        frame.call("probe_read_user", last.pointer, I64(1), frame.builder.add(address, I64(capacity - 1)))


def _read_array(p: ProbeCompiler, node: nodes.Expression, size: int, place: Place, padded: bool) -> None:
    """Read a `char[N]` of the target up to its NUL, if it has one."""
    capacity = min(p.type(node).size, size)
    address = codegen_memory.user_address(p, node)
    if padded:
        p.frame.zero(place, size)
    else:
        p.frame.store(I8(0), place)
    status = p.frame.call("probe_read_user_str", place.pointer, I64(capacity), address)
    _mark_when_cut(p.frame, status, capacity, address, place)


def _clear_behind(p: ProbeCompiler, source: Type, place: Place) -> None:
    """Write zeros behind the NUL of what was a `char[N]` in a struct: there anything may stand."""
    if not isinstance(source, StringType) or not source.is_array:
        return
    builder = p.builder
    goes_on = p.frame.variable(I1)
    builder.store(I1(1), goes_on)

    def clear(at: ir.Value) -> ir.Value:
        pointer = builder.gep(place.pointer, [at], source_etype=I8)
        character = builder.load(pointer, typ=I8)
        kept = builder.and_(builder.load(goes_on, typ=I1), builder.icmp_unsigned("!=", character, I8(0)))
        builder.store(kept, goes_on)
        builder.store(builder.select(kept, character, I8(0)), pointer)
        return I1(1)

    codegen_compare.count_while(builder, source.size, clear)
