"""Expressions that are not operators, maps, strings or builtins: variables, tuples, casts, memory reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llvmlite import ir

from utrace.backend import codegen_map, codegen_string
from utrace.backend.codegen_convert import (
    convert,
    is_scalar,
    llvm_type,
    load_scalar,
    memory_type,
    store_scalar,
)
from utrace.backend.codegen_frame import I8, I64, Place, opaque
from utrace.backend.codegen_operator import pick, step
from utrace.frontend import nodes
from utrace.frontend.types import INT64, UINT64, PointerType, StringType, TupleType, Type

if TYPE_CHECKING:
    from utrace.backend.codegen_probe import ProbeCompiler


def variable(p: ProbeCompiler, node: nodes.Variable) -> ir.Value:
    """Compile the reading of a scalar `$x`."""
    info = p.typed.variable_of(node)
    return load_scalar(p.frame, info.type, p.variable(info))


def ternary(p: ProbeCompiler, node: nodes.Ternary) -> ir.Value:
    """Compile `condition ? then : otherwise` of scalar type, or of no type."""
    kind = p.type(node)
    if not is_scalar(kind):
        with p.builder.if_else(p.truth(node.condition)) as (yes, no):
            with yes:
                p.value(node.then)
            with no:
                p.value(node.otherwise)
        return I64(0)
    if node.condition is node.then:  # a ?: b evaluates a once
        value = p.value(node.condition)
        is_true = p.builder.icmp_unsigned("!=", value, value.type(0))
        then = convert(p.builder, value, p.type(node.condition), kind)
        return pick(p, is_true, lambda: then, lambda: p.value_as(node.otherwise, kind))
    return pick(
        p,
        p.truth(node.condition),
        lambda: p.value_as(node.then, kind),
        lambda: p.value_as(node.otherwise, kind),
    )


def cast(p: ProbeCompiler, node: nodes.Cast) -> ir.Value:
    """Compile `(type)operand` between scalars."""
    if not is_scalar(p.type(node)) or not is_scalar(p.type(node.operand)):
        raise p.unsupported(node, f"a cast from {p.type(node.operand)} to {p.type(node)}")
    return p.value_as(node.operand, p.type(node))


def dereference(p: ProbeCompiler, node: nodes.Unary) -> ir.Value:
    """Compile `*pointer`; an unreadable address reads as 0."""
    return _read_user(p, node, p.value_as(node.operand, UINT64))


def index(p: ProbeCompiler, node: nodes.Index) -> ir.Value:
    """Compile `pointer[i]` and `string[i]`."""
    operand = p.type(node.operand)
    position = p.value_as(node.index, INT64)
    if isinstance(operand, PointerType):
        offset = p.builder.mul(position, I64(max(operand.pointee.size, 1)))
        return _read_user(p, node, p.builder.add(p.value_as(node.operand, UINT64), offset))
    if not isinstance(operand, StringType):
        raise p.unsupported(node, f"an index into {operand}")
    place = p.address(node.operand)
    position = opaque(p.builder, position)
    in_range = p.builder.icmp_unsigned("<", position, I64(operand.size))

    def load() -> ir.Value:
        pointer = p.builder.gep(place.pointer, [position], source_etype=I8)
        return convert(p.builder, p.frame.load(Place(pointer, 1), I8), p.type(node), p.type(node))

    return pick(p, in_range, load, lambda: llvm_type(p.type(node))(0))


def field(p: ProbeCompiler, node: nodes.Field) -> ir.Value:
    """Compile the scalar element `tuple.N`."""
    if not isinstance(p.type(node.operand), TupleType):
        raise p.unsupported(node, f"a field of {p.type(node.operand)}")
    place, kind = element(p, node)
    return load_scalar(p.frame, kind, place)


def element(p: ProbeCompiler, node: nodes.Field) -> tuple[Place, Type]:
    """Return where an element of a tuple is, and its type."""
    whole = p.type(node.operand)
    assert isinstance(whole, TupleType)
    position = int(node.name)
    place = p.frame.at(p.address(node.operand), whole.offsets[position])
    return place, whole.elements[position]


def store_tuple(p: ProbeCompiler, node: nodes.Expression, target: Type, place: Place) -> None:
    """Write an expression whose value is in memory, but no string, to a place, its padding zeroed."""
    if isinstance(node, nodes.Tuple) and isinstance(target, TupleType):
        if sum(element.size for element in target.elements) != target.size:
            p.frame.zero(place, target.size)
        for item, kind, offset in zip(node.elements, target.elements, target.offsets, strict=True):
            p.store(item, kind, p.frame.at(place, offset))
    elif isinstance(node, nodes.Ternary):
        with p.builder.if_else(p.truth(node.condition)) as (yes, no):
            with yes:
                store_tuple(p, node.then, target, place)
            with no:
                store_tuple(p, node.otherwise, target, place)
    elif isinstance(node, nodes.MapAccess):
        codegen_map.copy_value(p, node, target, place)
    elif isinstance(node, nodes.Variable | nodes.Field):
        codegen_string.copy(p.frame, p.address(node), p.type(node), target, place)
    else:
        raise p.unsupported(node, f"{target} in this place")


def increment(p: ProbeCompiler, node: nodes.Increment) -> ir.Value:
    """Compile `++` and `--` on variables and maps."""
    if isinstance(node.target, nodes.MapAccess):
        return codegen_map.increment(p, node, node.target)
    info = p.typed.variable_of(node.target)
    place = p.variable(info)
    before = load_scalar(p.frame, info.type, place)
    after = p.builder.add(before, step(node.operator, info.type))
    store_scalar(p.frame, after, place)
    return convert(p.builder, after if node.is_prefix else before, info.type, p.type(node))


def _read_user(p: ProbeCompiler, node: nodes.Expression, address: ir.Value) -> ir.Value:
    kind = p.type(node)
    if not is_scalar(kind):
        raise p.unsupported(node, f"reading {kind} from memory")
    buffer = p.frame.temporary(8)
    p.frame.store(I64(0), buffer)
    p.frame.call("probe_read_user", buffer.pointer, I64(memory_type(kind).width // 8), address)
    return load_scalar(p.frame, kind, buffer)
