"""Constant folding: values of operations on literals, in the arithmetic of the run time (64 bits, wrapping)."""

from __future__ import annotations

import operator
from collections.abc import Callable

from utrace.frontend.types import UINT64, BoolType, IntType, Type
from utrace.frontend.unify import wrap

_SIMPLE: dict[str, Callable[[int, int], int]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "&": operator.and_,
    "|": operator.or_,
    "^": operator.xor,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "&&": lambda left, right: bool(left) and bool(right),
    "||": lambda left, right: bool(left) or bool(right),
}


def fold_unary(operator_: str, value: int | bytes | None, result: Type) -> int | None:
    """Return the value of `!`, `-` or `~` on a constant integer, None when it has none."""
    if not isinstance(value, int):
        return None
    if operator_ == "!":
        return int(not value)
    if operator_ not in {"-", "~"} or not isinstance(result, IntType):
        return None
    return wrap(-value if operator_ == "-" else ~value, result)


def fold_binary(
    operator_: str, left: int | bytes | None, right: int | bytes | None, operand: IntType
) -> int | None:
    """Return the value of an operation on constants converted to `operand`; None when it has none.

    Division by zero is left to the run time, which warns.
    """
    if not isinstance(left, int) or not isinstance(right, int):
        return None
    left, right = wrap(left, operand), wrap(right, operand)
    if operator_ in _SIMPLE:
        return wrap(int(_SIMPLE[operator_](left, right)), operand)
    if operator_ in {"<<", ">>"}:
        count = right & (operand.bits - 1)
        return wrap(left << count if operator_ == "<<" else left >> count, operand)
    if right == 0:
        return None
    quotient = abs(left) // abs(right) * (1 if (left < 0) == (right < 0) else -1)
    return wrap(quotient if operator_ == "/" else left - right * quotient, operand)


def fold_cast(value: int | bytes | None, target: Type) -> int | None:
    """Return a constant integer's value after a cast."""
    if not isinstance(value, int):
        return None
    if isinstance(target, BoolType):
        return int(value != 0)
    return wrap(value, target if isinstance(target, IntType) else UINT64)
