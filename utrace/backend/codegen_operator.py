"""Arithmetic, comparisons and logic on scalars.

eBPF before version 4 has no signed division, and no version divides by zero as the language wants it (the
result is 1, with a warning), so both are spelled out here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from llvmlite import ir

from utrace.backend import codegen_compare, codegen_event
from utrace.backend.codegen_convert import (
    convert,
    is_scalar,
    is_signed,
    llvm_type,
    load_scalar,
    resize,
    store_scalar,
)
from utrace.backend.codegen_frame import I1, I64
from utrace.frontend import nodes
from utrace.frontend.types import INT64, PointerType, Type
from utrace.frontend.unify import wrap

if TYPE_CHECKING:
    from utrace.backend.codegen_probe import ProbeCompiler

MAX_PENDING_OPERANDS = 8
"""So many left operands may wait for their right ones on the stack, which LLVM must not overrun."""

_COMPARISONS = {"==", "!=", "<", "<=", ">", ">="}


def binary(p: ProbeCompiler, node: nodes.Binary) -> ir.Value:
    """Compile `left operator right`."""
    if node.operator in ("&&", "||"):
        return _logic(p, node)
    kind = p.typed.operand_type(node)
    if not is_scalar(kind):
        return codegen_compare.compare(p, node)
    left, right = _operands(p, node, kind)
    if node.operator in _COMPARISONS:
        compare = p.builder.icmp_signed if is_signed(kind) else p.builder.icmp_unsigned
        return compare(node.operator, left, right)
    result = p.type(node)
    if isinstance(result, PointerType):
        left, right = _scaled(p, node, result, left, right)
    value = arithmetic(p, node.operator, left, right, kind, node)
    return convert(p.builder, value, kind, result)


def arithmetic(
    p: ProbeCompiler,
    operator: str,
    left: ir.Value,
    right: ir.Value,
    kind: Type,
    node: nodes.Node,
) -> ir.Value:
    """Compute `left operator right`, both of scalar type `kind`; `node` is what warns of a division by zero."""
    if operator in _SIMPLE:
        return _SIMPLE[operator](p.builder, left, right)
    if operator in ("<<", ">>"):
        return _shift(p.builder, operator, left, right, is_signed(kind))
    return _divide(p, operator, left, right, kind, node)


def unary(p: ProbeCompiler, node: nodes.Unary) -> ir.Value:
    """Compile `!x`, `~x` and `-x`."""
    if node.operator == "!":
        return p.builder.not_(p.truth(node.operand))
    operand = p.value_as(node.operand, p.type(node))
    return p.builder.neg(operand) if node.operator == "-" else p.builder.not_(operand)


def pick(
    p: ProbeCompiler, condition: ir.Value, then: Callable[[], ir.Value], other: Callable[[], ir.Value]
) -> ir.Value:
    """Evaluate one of two scalars and return it."""
    with p.builder.if_else(condition) as (yes, no):
        with yes:
            first = then()
            first_block = p.builder.block
        with no:
            second = other()
            second_block = p.builder.block
    joined = p.builder.phi(first.type)
    joined.add_incoming(first, first_block)
    joined.add_incoming(second, second_block)
    return joined


def quotient(builder: ir.IRBuilder, operator: str, left: ir.Value, right: ir.Value, signed: bool) -> ir.Value:
    """Compute `/` or `%` of two i64; the divisor must not be zero."""
    return (_signed_division if signed else _unsigned_division)(builder, operator, left, right)


def step(operator: str, kind: Type) -> ir.Constant:
    """Return what `++` or `--` adds to a value of type `kind`: pointers move by what they point to."""
    size = max(kind.pointee.size, 1) if isinstance(kind, PointerType) else 1
    return llvm_type(kind)(size if operator == "++" else -size)


def amount(p: ProbeCompiler, node: nodes.Assign, kind: Type) -> ir.Value:
    """Compile the right side of `+=` and its like; pointers move by what they point to."""
    value = p.value_as(node.value, kind)
    if isinstance(kind, PointerType):
        return p.builder.mul(value, I64(max(kind.pointee.size, 1)))
    return value


def _operands(p: ProbeCompiler, node: nodes.Binary, kind: Type) -> tuple[ir.Value, ir.Value]:
    left = p.value_as(node.left, kind)
    p.pending_operands += 1
    place = None
    if p.pending_operands > MAX_PENDING_OPERANDS and not isinstance(left, ir.Constant):
        place = p.frame.spill_slot()
        store_scalar(p.frame, left, place)
    right = p.value_as(node.right, kind)
    p.pending_operands -= 1
    return load_scalar(p.frame, kind, place) if place else left, right


def _logic(p: ProbeCompiler, node: nodes.Binary) -> ir.Value:
    left = p.truth(node.left)
    if node.operator == "&&":
        return pick(p, left, lambda: p.truth(node.right), lambda: I1(0))
    return pick(p, left, lambda: I1(1), lambda: p.truth(node.right))


def _scaled(
    p: ProbeCompiler, node: nodes.Binary, result: PointerType, left: ir.Value, right: ir.Value
) -> tuple[ir.Value, ir.Value]:
    size = I64(max(result.pointee.size, 1))
    if isinstance(p.type(node.left), PointerType):
        return left, p.builder.mul(right, size)
    return p.builder.mul(left, size), right


_SIMPLE: dict[str, Callable[[ir.IRBuilder, ir.Value, ir.Value], ir.Value]] = {
    "+": ir.IRBuilder.add,
    "-": ir.IRBuilder.sub,
    "*": ir.IRBuilder.mul,
    "&": ir.IRBuilder.and_,
    "|": ir.IRBuilder.or_,
    "^": ir.IRBuilder.xor,
}


def _shift(builder: ir.IRBuilder, operator: str, left: ir.Value, right: ir.Value, signed: bool) -> ir.Value:
    # eBPF and x86 use the low bits of the count; to LLVM a count beyond the width is undefined.
    count = builder.and_(right, right.type(right.type.width - 1))
    if operator == "<<":
        return builder.shl(left, count)
    return builder.ashr(left, count) if signed else builder.lshr(left, count)


def _divide(
    p: ProbeCompiler,
    operator: str,
    left: ir.Value,
    right: ir.Value,
    kind: Type,
    node: nodes.Node,
) -> ir.Value:
    width = llvm_type(kind)
    signed = is_signed(kind)
    left, right = resize(p.builder, left, I64, signed), resize(p.builder, right, I64, signed)

    def divide() -> ir.Value:
        return quotient(p.builder, operator, left, right, signed)

    def by_zero() -> ir.Value:
        event = p.typed.event_of(node)
        if event is not None:
            codegen_event.send(p, event)
        return I64(1)

    if isinstance(right, ir.Constant):
        result = divide() if right.constant else by_zero()
    else:
        result = pick(p, p.builder.icmp_unsigned("==", right, I64(0)), by_zero, divide)
    return resize(p.builder, result, width, signed)


def _unsigned_division(builder: ir.IRBuilder, operator: str, left: ir.Value, right: ir.Value) -> ir.Value:
    return builder.udiv(left, right) if operator == "/" else builder.urem(left, right)


def _signed_division(builder: ir.IRBuilder, operator: str, left: ir.Value, right: ir.Value) -> ir.Value:
    result = _unsigned_division(builder, operator, _magnitude(builder, left), _magnitude(builder, right))
    sign = builder.xor(left, right) if operator == "/" else left  # a remainder has the sign of the dividend
    negative = builder.icmp_signed("<", sign, I64(0))
    return builder.select(negative, builder.neg(result), result)


def _magnitude(builder: ir.IRBuilder, value: ir.Value) -> ir.Value:
    if isinstance(value, ir.Constant):
        return I64(abs(wrap(value.constant, INT64)))
    return builder.select(builder.icmp_signed("<", value, I64(0)), builder.neg(value), value)
