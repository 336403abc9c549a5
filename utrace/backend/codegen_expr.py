"""Expressions that are not operators, maps, strings or builtins: variables, casts, addresses, increments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llvmlite import ir

from utrace.backend import codegen_map
from utrace.backend.codegen_convert import (
    convert,
    is_scalar,
    llvm_type,
    load_scalar,
    resize,
    store_scalar,
)
from utrace.backend.codegen_frame import I64
from utrace.backend.codegen_operator import pick, step
from utrace.frontend import nodes
from utrace.frontend.types import ArrayType, StringType

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
    """Compile `(type)operand` where the type is that of a scalar."""
    source, target = p.type(node.operand), p.type(node)
    if isinstance(source, StringType):
        return p.truth(node.operand)
    if isinstance(source, ArrayType):
        number = p.frame.load(p.address(node.operand), ir.IntType(8 * source.size))
        return resize(p.builder, number, llvm_type(target), False)
    return p.value_as(node.operand, target)


def address_of(p: ProbeCompiler, node: nodes.Unary) -> ir.Value:
    """Compile `&$x` and `&@m`: an address in the program's memory, 0 when there is none."""
    if isinstance(node.operand, nodes.MapAccess):
        info = p.typed.map(node.operand.name)
        pointer = codegen_map.look_up(p, info, codegen_map.key_of(p, info, node.operand))
    else:
        assert isinstance(node.operand, nodes.Variable)
        pointer = p.variable(p.typed.variable_of(node.operand)).pointer
    return p.builder.ptrtoint(pointer, I64)


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
