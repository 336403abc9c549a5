"""Scalars: their LLVM types in registers and in memory, and conversions between them."""

from __future__ import annotations

from llvmlite import ir

from utrace.backend.codegen_frame import I1, I8, I64, Frame, Place
from utrace.frontend.types import BoolType, EnumType, IntType, PointerType, Type


def is_scalar(kind: Type) -> bool:
    """Tell whether values of this type are LLVM values rather than bytes in memory."""
    return isinstance(kind, BoolType | IntType | PointerType | EnumType)


def is_signed(kind: Type) -> bool:
    """Tell whether a scalar of this type is extended by its sign."""
    if isinstance(kind, EnumType):
        return kind.integer.is_signed
    return isinstance(kind, IntType) and kind.is_signed


def llvm_type(kind: Type) -> ir.IntType:
    """Return the type of a scalar in a register: a bool is an i1, a user-space pointer an i64."""
    if isinstance(kind, BoolType):
        return I1
    return ir.IntType(8 * kind.size) if isinstance(kind, IntType | EnumType) else I64


def memory_type(kind: Type) -> ir.IntType:
    """Return the type of a scalar in memory, where a bool has 8 bits."""
    return I8 if isinstance(kind, BoolType) else llvm_type(kind)


def convert(builder: ir.IRBuilder, value: ir.Value, source: Type, target: Type) -> ir.Value:
    """Convert a scalar: extended by the sign of its source, cut, or tested for being other than zero."""
    return resize(builder, value, llvm_type(target), is_signed(source))


def resize(builder: ir.IRBuilder, value: ir.Value, target: ir.IntType, signed: bool) -> ir.Value:
    """Convert a value to another LLVM integer type; i1 means "other than zero"."""
    if value.type.width == target.width:
        return value
    if isinstance(value, ir.Constant):
        return _resize_constant(value, target, signed)
    if target == I1:
        return builder.icmp_unsigned("!=", value, value.type(0))
    if value.type.width > target.width:
        return builder.trunc(value, target)
    return builder.sext(value, target) if signed and value.type != I1 else builder.zext(value, target)


def load_scalar(frame: Frame, kind: Type, place: Place) -> ir.Value:
    """Load a scalar from memory."""
    return resize(frame.builder, frame.load(place, memory_type(kind)), llvm_type(kind), False)


def store_scalar(frame: Frame, value: ir.Value, place: Place) -> None:
    """Store a scalar to memory."""
    frame.store(resize(frame.builder, value, I8, False) if value.type == I1 else value, place)


def _resize_constant(value: ir.Constant, target: ir.IntType, signed: bool) -> ir.Constant:
    number = value.constant & ((1 << value.type.width) - 1)
    if target == I1:
        return I1(number != 0)
    if signed and value.type != I1 and number >> (value.type.width - 1):
        number -= 1 << value.type.width
    return target(number & ((1 << target.width) - 1))


def store_converted(frame: Frame, value: ir.Value, source: Type, target: Type, place: Place) -> None:
    """Convert a scalar and store it."""
    store_scalar(frame, convert(frame.builder, value, source, target), place)
