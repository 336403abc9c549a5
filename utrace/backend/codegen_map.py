"""Plain maps: reading, assigning, counting up, deleting; and reading aggregations as integers.

`@x++` and `@x += n` are exact whatever else happens to the map: the entry is made with 0 unless it exists,
then added to by one atomic instruction.  `@x *= n` and its like are not, in any tracer of this language.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from llvmlite import ir

from utrace.backend import codegen_aggregate, codegen_aggregation, codegen_operator
from utrace.backend.codegen_convert import (
    convert,
    is_scalar,
    llvm_type,
    load_scalar,
    memory_type,
    store_converted,
    store_scalar,
)
from utrace.backend.codegen_frame import I1, I32, I64, Place
from utrace.backend.helpers import BPF_ANY, BPF_NOEXIST
from utrace.frontend import nodes
from utrace.frontend.typed import MapInfo, MapKind
from utrace.frontend.types import Type

if TYPE_CHECKING:
    from utrace.backend.codegen_probe import ProbeCompiler

_ATOMIC = {"+=": "add", "-=": "sub", "&=": "and", "|=": "or", "^=": "xor"}


def key_of(p: ProbeCompiler, info: MapInfo, node: nodes.MapAccess) -> ir.Value:
    """Compile the key of an access; return its address.  A map without keys is an array: key 0."""
    return key_from(p, info, node.key)


def key_from(p: ProbeCompiler, info: MapInfo, key: nodes.Expression | None) -> ir.Value:
    """Compile a key expression for a map; return its address."""
    if info.key_type is None or key is None:
        place = p.frame.temporary(I32.width // 8)
        p.frame.store(I32(0), place)
    else:
        place = p.frame.temporary(info.key_type.size)
        p.store(key, info.key_type, place)
    return place.pointer


def look_up(p: ProbeCompiler, info: MapInfo, key: ir.Value) -> ir.Value:
    """Return the address of the value for a key, null when there is none."""
    return p.frame.call("map_lookup_elem", p.frame.globals.map(info), key)


def look_up_or_create(p: ProbeCompiler, info: MapInfo, key: ir.Value) -> ir.Value:
    """Return the address of the value for a key, made of zeros when missing; null when the map is full."""
    found = look_up(p, info, key)
    if info.key_type is None:
        return found

    def create() -> ir.Value:
        p.frame.call(
            "map_update_elem",
            p.frame.globals.map(info),
            key,
            p.frame.globals.zeros(info.value_bytes),
            I64(BPF_NOEXIST),
        )
        return look_up(p, info, key)

    return codegen_operator.pick(p, p.frame.is_present(found), lambda: found, create)


def read(p: ProbeCompiler, node: nodes.MapAccess) -> ir.Value:
    """Compile the reading of a scalar from a map; a missing entry reads as 0."""
    info = p.typed.map(node.name)
    key = key_of(p, info, node)
    if info.kind is not MapKind.VALUE:
        return codegen_aggregation.read(p, info, key)
    found = look_up(p, info, key)
    kind = llvm_type(info.value_type)
    return codegen_operator.pick(
        p,
        p.frame.is_present(found),
        lambda: load_scalar(p.frame, info.value_type, Place(found)),
        lambda: kind(0),
    )


def copy_value(p: ProbeCompiler, node: nodes.MapAccess, target: Type, place: Place) -> None:
    """Copy a string or tuple out of a map; a missing entry reads as zeros."""
    info = p.typed.map(node.name)
    found = look_up(p, info, key_of(p, info, node))
    with p.builder.if_else(p.frame.is_present(found)) as (yes, no):
        with yes:
            codegen_aggregate.copy(p.frame, Place(found), info.value_type, target, place)
        with no:
            p.frame.zero(place, target.size)


def has_key(p: ProbeCompiler, node: nodes.Call) -> ir.Value:
    """Compile `has_key(@m, key)`."""
    info, key = _map_and_key(p, node)
    return p.frame.is_present(look_up(p, info, key))


def find(p: ProbeCompiler, node: nodes.Call) -> ir.Value:
    """Compile `find(@m, key, $v)`: whether there is an entry, whose value `$v` gets then."""
    access, key_node, target = node.arguments
    assert isinstance(access, nodes.MapAccess) and isinstance(target, nodes.Variable)
    info, variable = p.typed.map(access.name), p.typed.variable_of(target)
    key = key_from(p, info, key_node)
    found = look_up(p, info, key)
    is_present = p.frame.is_present(found)
    with p.builder.if_then(is_present):
        if info.kind is MapKind.VALUE:
            codegen_aggregate.copy(
                p.frame, Place(found), info.value_type, variable.type, p.variable(variable)
            )
        else:
            value = codegen_aggregation.read(p, info, key)
            store_converted(p.frame, value, info.value_type, variable.type, p.variable(variable))
    return is_present


def delete(p: ProbeCompiler, node: nodes.Call) -> ir.Value:
    """Compile `delete(@m, key)`, `delete(@m[key])` and `delete(@m)`: whether there was something."""
    info, key = _map_and_key(p, node)
    if info.key_type is not None:
        status = p.frame.call("map_delete_elem", p.frame.globals.map(info), key)
        return p.builder.icmp_unsigned("==", status, I64(0))
    if info.is_per_cpu:
        codegen_aggregation.each_cpu(p, info, key, lambda found: p.frame.zero(Place(found), info.value_bytes))
        return I1(1)
    found = look_up(p, info, key)
    with p.frame.when_present(found):
        p.frame.zero(Place(found), info.value_bytes)
    return I1(1)


def assign(p: ProbeCompiler, node: nodes.Assign, target: nodes.MapAccess) -> None:
    """Compile `@x = value`, `@x[k] += value` and their like, aggregations included."""
    info = p.typed.map(target.name)
    if info.kind is not MapKind.VALUE:
        codegen_aggregation.update(p, node, target)
    elif node.operator == "=":
        _assign_plain(p, info, node.value, target)
    else:
        value = codegen_operator.amount(p, node, info.value_type)
        _modify(p, info, target, lambda found: _apply(p, node, info, found, value))


def increment(p: ProbeCompiler, node: nodes.Increment, target: nodes.MapAccess) -> ir.Value:
    """Compile `@x++` and its like; the result is the value before or, for a prefix, after."""
    info = p.typed.map(target.name)
    result = p.frame.variable(memory_type(info.value_type))
    change = codegen_operator.step(node.operator, info.value_type)

    def add(found: ir.Value) -> None:
        before = p.frame.fetch_and_add(found, change)
        p.builder.store(p.builder.add(before, change) if node.is_prefix else before, result)

    _modify(p, info, target, add)
    value = load_scalar(p.frame, info.value_type, Place(result))
    return convert(p.builder, value, info.value_type, p.type(node))


def increment_only(p: ProbeCompiler, node: nodes.Increment, target: nodes.MapAccess) -> None:
    """Compile `@x++` and its like where the result is not used."""
    info = p.typed.map(target.name)
    change = codegen_operator.step(node.operator, info.value_type)
    _modify(p, info, target, lambda found: p.frame.atomic("add", found, change))


def _map_and_key(p: ProbeCompiler, node: nodes.Call) -> tuple[MapInfo, ir.Value]:
    access, *rest = node.arguments
    assert isinstance(access, nodes.MapAccess)
    info = p.typed.map(access.name)
    return info, key_from(p, info, rest[0] if rest else access.key)


def _assign_plain(p: ProbeCompiler, info: MapInfo, value: nodes.Expression, target: nodes.MapAccess) -> None:
    if info.key_type is None and is_scalar(info.value_type):
        number = p.value_as(value, info.value_type)
        found = look_up(p, info, key_of(p, info, target))
        with p.frame.when_present(found):
            store_scalar(p.frame, number, Place(found))
            _mark_set(p, info, found)
        return
    size = info.value_type.size
    place = p.frame.temporary(info.value_bytes)
    if info.value_bytes != size:
        p.frame.zero(p.frame.at(place, size // 8 * 8), info.value_bytes - size // 8 * 8)
    p.store(value, info.value_type, place)
    if info.key_type is None:
        p.frame.store(I64(1), p.frame.at(place, info.value_bytes - 8))
    key = key_of(p, info, target)
    p.frame.call("map_update_elem", p.frame.globals.map(info), key, place.pointer, I64(BPF_ANY))


def _modify(
    p: ProbeCompiler, info: MapInfo, target: nodes.MapAccess, change: Callable[[ir.Value], None]
) -> None:
    found = look_up_or_create(p, info, key_of(p, info, target))
    with p.frame.when_present(found):
        change(found)
        _mark_set(p, info, found)


def _mark_set(p: ProbeCompiler, info: MapInfo, found: ir.Value) -> None:
    if info.key_type is None:
        p.frame.store(I64(1), p.frame.at(Place(found), info.value_bytes - 8))


def _apply(p: ProbeCompiler, node: nodes.Assign, info: MapInfo, found: ir.Value, value: ir.Value) -> None:
    if node.operator in _ATOMIC:
        p.frame.atomic(_ATOMIC[node.operator], found, value)
        return
    before = load_scalar(p.frame, info.value_type, Place(found))
    after = codegen_operator.arithmetic(p, node.operator[:-1], before, value, info.value_type, node)
    store_scalar(p.frame, after, Place(found))
