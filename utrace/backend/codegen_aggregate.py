"""Tuples, records, arrays, structs and other values that are bytes in memory: writing them where they are wanted."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from utrace.backend import codegen_map, codegen_memory, codegen_string
from utrace.backend.codegen_convert import is_scalar, load_scalar, resize, store_converted
from utrace.backend.codegen_frame import I64, WORD_BYTES, Frame, Place
from utrace.frontend import nodes
from utrace.frontend.types import ArrayType, IntType, RecordType, StringType, TupleType, Type

if TYPE_CHECKING:
    from utrace.backend.codegen_probe import ProbeCompiler


def store(p: ProbeCompiler, node: nodes.Expression, target: Type, place: Place) -> None:
    """Write a value that is neither scalar nor string to a place of type `target`, its padding zeroed."""
    write = _STORES.get(type(node), _store_part)
    write(p, node, target, place)


def copy(frame: Frame, origin: Place, source: Type, target: Type, place: Place) -> None:
    """Copy a value to a place of type `target`, which may hold larger strings and integers."""
    elements = None if source == target else parts(source, target)
    if elements is not None:
        frame.zero(place, target.size)
        for offset, kind, target_offset, target_kind in elements:
            copy(frame, frame.at(origin, offset), kind, target_kind, frame.at(place, target_offset))
    elif is_scalar(source):
        store_converted(frame, load_scalar(frame, source, origin), source, target, place)
    else:
        length = min(source.size, target.size)
        frame.copy(origin, place, length)
        frame.zero(frame.at(place, length), target.size - length)


def parts(source: Type, target: Type) -> list[tuple[int, Type, int, Type]] | None:
    """Return offset and type of each element of a tuple or record and of the one that it becomes, None for others."""
    if isinstance(source, RecordType) and isinstance(target, RecordType):
        order = [target.names.index(name) for name in source.names]
        pairs = zip(source.layout.offsets, source.elements, order, strict=True)
        return [(at, kind, target.layout.offsets[to], target.elements[to]) for at, kind, to in pairs]
    if isinstance(source, TupleType) and isinstance(target, TupleType):
        return list(zip(source.offsets, source.elements, target.offsets, target.elements, strict=True))
    return None


def _store_tuple(p: ProbeCompiler, node: nodes.Tuple, target: Type, place: Place) -> None:
    assert isinstance(target, TupleType)
    _zero_padding(p, target, place)
    for item, kind, offset in zip(node.elements, target.elements, target.offsets, strict=True):
        p.store(item, kind, p.frame.at(place, offset))


def _store_record(p: ProbeCompiler, node: nodes.Record, target: Type, place: Place) -> None:
    """The fields are evaluated in the order in which they are written."""
    assert isinstance(target, RecordType)
    _zero_padding(p, target.layout, place)
    for field in node.fields:
        index = target.names.index(field.name)
        p.store(field.value, target.elements[index], p.frame.at(place, target.layout.offsets[index]))


def _zero_padding(p: ProbeCompiler, target: TupleType, place: Place) -> None:
    if sum(element.size for element in target.elements) != target.size:
        p.frame.zero(place, target.size)


def _store_ternary(p: ProbeCompiler, node: nodes.Ternary, target: Type, place: Place) -> None:
    with p.builder.if_else(p.truth(node.condition)) as (yes, no):
        with yes:
            p.store(node.then, target, place)
        with no:
            p.store(node.otherwise, target, place)


def _store_variable(p: ProbeCompiler, node: nodes.Variable, target: Type, place: Place) -> None:
    copy(p.frame, p.address(node), p.type(node), target, place)


def _store_part(p: ProbeCompiler, node: nodes.Expression, target: Type, place: Place) -> None:
    source = p.type(node)
    if codegen_memory.has_place(p, node):
        copy(p.frame, codegen_memory.place_of(p, node), source, target, place)
    elif source == target:
        codegen_memory.store(p, node, place)
    else:
        between = p.frame.temporary(source.size)
        codegen_memory.store(p, node, between)
        copy(p.frame, between, source, target, place)


def _store_type_info(p: ProbeCompiler, node: nodes.TypeInfo, target: Type, place: Place) -> None:
    assert isinstance(target, RecordType)
    _zero_padding(p, target.layout, place)
    texts = p.typed.constant_of(node)
    assert isinstance(texts, bytes)
    for text, kind, offset in zip(texts.split(b"\0"), target.elements, target.layout.offsets, strict=True):
        codegen_string.write_literal(p.frame, text, kind.size, p.frame.at(place, offset), True)


# -------------------------------------------------------------------- casts


def _store_cast(p: ProbeCompiler, node: nodes.Cast, target: Type, place: Place) -> None:
    source, made = p.type(node.operand), p.type(node)
    if isinstance(made, ArrayType) and is_scalar(source):
        _store_number(p, node.operand, made, place)
    elif isinstance(made, ArrayType) and isinstance(source, StringType):
        p.store(node.operand, source, place)
    else:
        p.store(node.operand, target, place)


def _store_number(p: ProbeCompiler, operand: nodes.Expression, array: ArrayType, place: Place) -> None:
    """Write an integer as an array of bytes, shorts ... of no more than eight bytes."""
    source = p.type(operand)
    signed = isinstance(source, IntType) and source.is_signed
    number = resize(p.builder, p.value_as(operand, source), I64, signed)
    between = p.frame.temporary(WORD_BYTES)
    p.frame.store(number, between)
    p.frame.copy(between, place, array.size)


def _store_map_value(p: ProbeCompiler, node: nodes.MapAccess, target: Type, place: Place) -> None:
    codegen_map.copy_value(p, node, target, place)


_STORES: dict[type[nodes.Expression], Callable[[ProbeCompiler, Any, Type, Place], None]] = {
    nodes.Tuple: _store_tuple,
    nodes.Record: _store_record,
    nodes.Ternary: _store_ternary,
    nodes.Variable: _store_variable,
    nodes.MapAccess: _store_map_value,
    nodes.Cast: _store_cast,
    nodes.TypeInfo: _store_type_info,
}
