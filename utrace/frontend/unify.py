"""One type for two: how variables, maps and operands grow to hold all that meets in them."""

from __future__ import annotations

from typing import TypeAlias

from utrace.frontend.types import INT64, BoolType, IntType, StringType, TupleType, Type

Flexibility: TypeAlias = "bool | tuple[Flexibility, ...]"
"""Whether a value is a literal (or sum of literals) that is not negative, which may take either sign; of a
tuple, element by element."""


def merge(
    first: Type, second: Type, *, flexible: tuple[Flexibility, Flexibility] = (False, False)
) -> Type | None:
    """Return the smallest type that holds both, None when there is none.

    A flexible integer takes the sign of the other side.  Strings grow to the larger, tuples element by
    element.
    """
    if first == second:
        return first
    if isinstance(first, IntType) and isinstance(second, IntType):
        return merge_integers(first, second, (flexible[0] is True, flexible[1] is True))
    if isinstance(first, StringType) and isinstance(second, StringType):
        return max(first, second, key=lambda string: string.size)
    if isinstance(first, TupleType) and isinstance(second, TupleType):
        return _merge_tuples(first, second, flexible)
    return None


def merge_integers(first: IntType, second: IntType, flexible: tuple[bool, bool]) -> IntType | None:
    """Return the smallest integer type that holds both; None for uint64 and a signed one."""
    if first.is_signed == second.is_signed:
        return max(first, second, key=lambda integer: integer.bits)
    signed, unsigned = (first, second) if first.is_signed else (second, first)
    if flexible[0] if first.is_signed else flexible[1]:
        return IntType(max(signed.bits, unsigned.bits), False)
    if unsigned.bits < 64:
        return IntType(max(2 * unsigned.bits, signed.bits), True)
    return None


def _merge_tuples(
    first: TupleType, second: TupleType, flexible: tuple[Flexibility, Flexibility]
) -> TupleType | None:
    if len(first.elements) != len(second.elements):
        return None
    merged = []
    for index, (a, b) in enumerate(zip(first.elements, second.elements, strict=True)):
        element = merge(a, b, flexible=(_element(flexible[0], index), _element(flexible[1], index)))
        if element is None:
            return None
        merged.append(element)
    return TupleType(tuple(merged))


def _element(flexible: Flexibility, index: int) -> Flexibility:
    return flexible[index] if isinstance(flexible, tuple) else flexible


def both_flexible(first: Flexibility, second: Flexibility) -> Flexibility:
    """Return what remains flexible when two values of one shape have met."""
    if isinstance(first, tuple) and isinstance(second, tuple) and len(first) == len(second):
        return tuple(both_flexible(a, b) for a, b in zip(first, second, strict=True))
    if isinstance(first, tuple) and second is True:
        return first
    if isinstance(second, tuple) and first is True:
        return second
    return first is True and second is True


def as_integer(type_: Type | None) -> IntType | None:
    """Return the integer type that a value takes part in arithmetic with, None when it cannot."""
    if isinstance(type_, BoolType):
        return INT64
    return type_ if isinstance(type_, IntType) else None


def wrap(value: int, type_: IntType) -> int:
    """Return the value that remains when only the type's bits are kept."""
    value &= (1 << type_.bits) - 1
    return value - (1 << type_.bits) if type_.is_signed and value > type_.maximum else value
