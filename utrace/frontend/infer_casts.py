"""Casts: which types can be made of which, and what becomes of constants."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from utrace.frontend import nodes
from utrace.frontend.fold import fold_cast
from utrace.frontend.types import (
    ArrayType,
    BoolType,
    EnumType,
    IntType,
    PointerType,
    RecordType,
    StringType,
    StructType,
    TupleType,
    Type,
)
from utrace.frontend.unify import merge

if TYPE_CHECKING:
    from utrace.frontend.infer_expressions import ExpressionTyper

SCALARS = IntType | BoolType | PointerType | EnumType
WORD_BYTES = 8


def cast(expressions: ExpressionTyper, node: nodes.Cast) -> Type | None:
    """Return the type of `(type)operand`."""
    facts = expressions.facts
    operand, target = expressions.value_type(node.operand), expressions.named(node.type_name)
    if operand is None or target is None:
        return None
    if isinstance(operand, StructType) and operand != target:
        facts.error(node.span, f'Cannot cast from struct type "{operand}"')
        return None
    try:
        target = _with_length(operand, target)
    except ValueError as failure:
        facts.error(node.span, str(failure))
        return None
    if not _can_become(operand, target):
        facts.error(node.span, f'Cannot cast from "{operand}" to "{target}"')
        return None
    constant = facts.constants.get(node.operand)
    if isinstance(target, EnumType) and not _is_enumerated(target, constant):
        facts.error(node.span, f"Enum: {target.name} doesn't contain a variant value of {constant!r}")
    value = fold_cast(constant, target) if isinstance(target, SCALARS) else None
    if value is not None:
        facts.constants[node] = value
    return target


def _with_length(operand: Type, target: Type) -> Type:
    """Give `type[]` the length that the operand has room for."""
    if not isinstance(target, ArrayType) or target.count:
        return target
    size = target.element.size
    if size == 0:
        raise ValueError("Could not determine size of the array")
    if operand.size % size:
        message = "the element size is incompatible with the cast integer size"
        raise ValueError(f"Cannot determine array size: {message}")
    return ArrayType(target.element, operand.size // size)


def _is_enumerated(target: EnumType, constant: int | bytes | None) -> bool:
    return not isinstance(constant, int) or constant in dict(target.constants).values()


def _can_become(operand: Type, target: Type) -> bool:
    if operand == target:
        return True
    rule = _RULES.get(type(target))
    return rule is not None and rule(operand, target)


def _to_integer(operand: Type, target: Type) -> bool:
    if isinstance(operand, ArrayType):
        return operand.size == target.size and isinstance(operand.element, IntType | BoolType)
    return isinstance(operand, SCALARS)


def _to_array(operand: Type, target: ArrayType) -> bool:
    if not isinstance(target.element, IntType | BoolType):
        return False
    if isinstance(operand, IntType | EnumType) and operand.size < target.size <= WORD_BYTES:
        return True
    return isinstance(operand, SCALARS | StringType) and operand.size == target.size


_RULES: dict[type[Type], Callable[[Type, Any], bool]] = {
    IntType: _to_integer,
    EnumType: lambda operand, target: isinstance(operand, IntType | EnumType | BoolType),
    BoolType: lambda operand, target: isinstance(operand, SCALARS | StringType),
    PointerType: lambda operand, target: isinstance(operand, SCALARS),
    ArrayType: _to_array,
    StringType: lambda operand, target: isinstance(operand, StringType) and operand.size <= target.size,
    TupleType: lambda operand, target: merge(target, operand) == target,
    RecordType: lambda operand, target: merge(target, operand) == target,
}
"""What tells, for the type of a cast, whether a value of another type can become one."""
