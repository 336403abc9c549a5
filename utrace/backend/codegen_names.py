"""Strings for numbers (strerror, signal_name, syscall_name): a lookup in a table among the program's constants."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llvmlite import ir

from utrace.backend.codegen_frame import I8, I64, Place, opaque
from utrace.frontend import nodes
from utrace.frontend.number_names import NumberNames, number_names
from utrace.frontend.types import INT64, StringType

if TYPE_CHECKING:
    from utrace.backend.codegen_probe import ProbeCompiler


def store_name(p: ProbeCompiler, node: nodes.Call, target: StringType, place: Place, padded: bool) -> None:
    """Write the string for a number that is not known now."""
    names = number_names(node.name)
    table = b"".join(row.ljust(names.width, b"\0") for row in (*names.rows, names.unknown))
    index = _index(p, names, p.value_as(node.arguments[0], INT64))
    offset = p.builder.mul(index, I64(names.width))
    row = p.builder.gep(p.frame.globals.constant_bytes(table), [offset], source_etype=I8)
    length = min(names.width, target.size)
    p.frame.copy(Place(row), place, length)
    if padded:
        p.frame.zero(p.frame.at(place, length), target.size - length)


def _index(p: ProbeCompiler, names: NumberNames, number: ir.Value) -> ir.Value:
    """Return the row of a number: the one behind all others for a number without name."""
    builder = p.builder
    if names.ignores_sign:
        is_negative = builder.icmp_signed("<", number, I64(0))
        number = builder.select(is_negative, builder.neg(number), number)
    number = opaque(builder, number)
    is_known = builder.icmp_unsigned("<", number, I64(len(names.rows)))
    # Opaque once more, or LLVM multiplies before it compares, which no verifier can follow.
    return opaque(builder, builder.select(is_known, number, I64(len(names.rows))))
