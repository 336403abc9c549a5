"""One type for two: how variables, maps and operands grow to hold all that meets in them."""

from __future__ import annotations

from typing import TypeAlias

from utrace.frontend.types import (
    INT64,
    BoolType,
    BufferType,
    EnumType,
    IntType,
    NoneType,
    PointerType,
    RecordType,
    StringType,
    StructType,
    TupleType,
    Type,
)

Flexibility: TypeAlias = "bool | tuple[Flexibility, ...]"
"""Whether a value is a literal (or sum of literals) that is not negative, which may take either sign; of a
tuple, element by element; of a record, field by field in order of their names."""


def merge(
    first: Type, second: Type, *, flexible: tuple[Flexibility, Flexibility] = (False, False)
) -> Type | None:
    """Return the smallest type that holds both, None when there is none.

    A flexible integer takes the sign of the other side.  Strings and buffers grow to the larger, tuples and
    records element by element; enums of two kinds, and an enum and an integer, meet as integers.
    """
    if first == second:
        return first
    one, other = _without_enum(first), _without_enum(second)
    if isinstance(one, IntType) and isinstance(other, IntType):
        return merge_integers(one, other, (flexible[0] is True, flexible[1] is True))
    if isinstance(first, TupleType) and isinstance(second, TupleType):
        return _merge_tuples(first, second, flexible)
    if isinstance(first, RecordType) and isinstance(second, RecordType):
        return _merge_records(first, second, flexible)
    return _merge_others(first, second)


def _merge_others(first: Type, second: Type) -> Type | None:
    match first, second:
        case StringType(), StringType():
            return StringType(max(first.size, second.size), first.is_array and second.is_array)
        case BufferType(), BufferType():
            return max(first, second, key=lambda buffer: buffer.capacity)
        case PointerType(), PointerType():
            if isinstance(first.pointee, NoneType):
                return second
            return first if isinstance(second.pointee, NoneType) or _is_same(first, second) else None
        case StructType(), StructType():
            return first if _is_same(first, second) else None
        case _:
            return None


def _is_same(first: Type, second: Type) -> bool:
    """Tell whether two structs (or pointers to them) from different places are one, as far as can be seen."""
    while isinstance(first, PointerType) and isinstance(second, PointerType):
        first, second = first.pointee, second.pointee
    if isinstance(first, StructType) and isinstance(second, StructType):
        # Every binary has a definition of its own.
        return bool(first.name) and str(first) == str(second) and first.size == second.size
    return first == second


def _without_enum(type_: Type) -> Type:
    return type_.integer if isinstance(type_, EnumType) else type_


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
    merged = _merge_elements(first.elements, second.elements, flexible)
    return None if merged is None else TupleType(merged)


def _merge_records(
    first: RecordType, second: RecordType, flexible: tuple[Flexibility, Flexibility]
) -> RecordType | None:
    """Fields are told apart by name; their order is that of the first."""
    names = sorted(first.names)
    if names != sorted(second.names):
        return None
    merged = _merge_elements(
        tuple(first.field(name) for name in names), tuple(second.field(name) for name in names), flexible
    )
    if merged is None:
        return None
    by_name = dict(zip(names, merged, strict=True))
    return RecordType(first.names, tuple(by_name[name] for name in first.names))


def _merge_elements(
    first: tuple[Type, ...], second: tuple[Type, ...], flexible: tuple[Flexibility, Flexibility]
) -> tuple[Type, ...] | None:
    if len(first) != len(second):
        return None
    merged = [
        merge(a, b, flexible=(_element(flexible[0], index), _element(flexible[1], index)))
        for index, (a, b) in enumerate(zip(first, second, strict=True))
    ]
    known = tuple(element for element in merged if element is not None)
    return known if len(known) == len(merged) else None


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
    if isinstance(type_, EnumType):
        return type_.integer
    return type_ if isinstance(type_, IntType) else None


def wrap(value: int, type_: IntType) -> int:
    """Return the value that remains when only the type's bits are kept."""
    value &= (1 << type_.bits) - 1
    return value - (1 << type_.bits) if type_.is_signed and value > type_.maximum else value
