"""Parts of values: `a.b`, `a[i]`, `*p`; in the program's own memory and in the target's.

A part of something in the target is read by one guarded read of just its bytes, however long the way to it
is, but for the pointers on this way.  An address that cannot be read gives zeros.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from llvmlite import ir

from utrace.backend import codegen_arguments, codegen_event, codegen_operator
from utrace.backend.codegen_bits import bitfield_of, extract, read_bits
from utrace.backend.codegen_convert import llvm_type, load_scalar, memory_type
from utrace.backend.codegen_frame import I8, I64, Place, opaque
from utrace.frontend import nodes
from utrace.frontend.types import (
    UINT64,
    ArrayType,
    PointerType,
    RecordType,
    StringType,
    StructType,
    TupleType,
    Type,
)

if TYPE_CHECKING:
    from utrace.backend.codegen_probe import ProbeCompiler

POINTER_BYTES = 8
NOWHERE = 1 << 63
"""No address of x86-64, nor are those behind it: what is read there is 0."""


def is_remote(p: ProbeCompiler, node: nodes.Expression) -> bool:
    """Tell whether an expression names something in the target's memory."""
    match node:
        case nodes.Unary():
            return node.operator == "*"
        case nodes.Field() | nodes.Index():
            return isinstance(p.type(node.operand), PointerType) or is_remote(p, node.operand)
        case _:
            return False


def is_part(node: nodes.Expression) -> bool:
    """Tell whether an expression names a part of another value."""
    return isinstance(node, nodes.Field | nodes.Index)


# -------------------------------------------------------------------- scalars


def value(p: ProbeCompiler, node: nodes.Unary | nodes.Field | nodes.Index) -> ir.Value:
    """Compile a scalar part of a value, or a scalar that is pointed to."""
    kind = p.type(node)
    if codegen_arguments.is_argument(node):
        assert isinstance(node, nodes.Field)
        return codegen_arguments.value(p, node)
    member = bitfield_of(p.type, node)
    if is_remote(p, node):
        address = user_address(p, node)
        return read_bits(p.frame, address, member, kind) if member else read(p, address, kind)
    if isinstance(node, nodes.Index) and _constant_offset(p, node) is None:
        return _element(p, node, kind)
    place = place_of(p, node)
    return extract(p.frame, place, member, kind) if member else load_scalar(p.frame, kind, place)


def read(p: ProbeCompiler, address: ir.Value, kind: Type) -> ir.Value:
    """Read a scalar of the target."""
    buffer = p.frame.temporary(POINTER_BYTES)
    p.frame.store(I64(0), buffer)
    p.frame.call("probe_read_user", buffer.pointer, I64(memory_type(kind).width // 8), address)
    return load_scalar(p.frame, kind, buffer)


def _element(p: ProbeCompiler, node: nodes.Index, kind: Type) -> ir.Value:
    """Compile `array[i]` for an array of the program's own and an `i` that varies."""
    position, in_range = _position(p, node)
    whole = p.address(node.operand)
    return codegen_operator.pick(
        p,
        in_range,
        lambda: load_scalar(p.frame, kind, _at_position(p, whole, position, kind)),
        lambda: _out_of_bounds(p, node, kind),
    )


def _out_of_bounds(p: ProbeCompiler, node: nodes.Index, kind: Type) -> ir.Value:
    _warn(p, node)
    return llvm_type(kind)(0)


# -------------------------------------------------------------------- anything else


def store(p: ProbeCompiler, node: nodes.Expression, place: Place) -> None:
    """Write a part that is no scalar, or what is pointed to, to a place of its own type."""
    kind = p.type(node)
    if is_remote(p, node):
        read_bytes(p, user_address(p, node), kind.size, place)
    elif isinstance(node, nodes.Field) and codegen_arguments.is_argument(node):
        codegen_arguments.store(p, node, place)
    elif isinstance(node, nodes.Builtin) and codegen_arguments.is_arguments(node):
        codegen_arguments.store_all(p, node, place)
    elif isinstance(node, nodes.Index) and _constant_offset(p, node) is None:
        position, in_range = _position(p, node)
        whole = p.address(node.operand)
        with p.builder.if_else(in_range) as (yes, no):
            with yes:
                p.frame.copy(_at_position(p, whole, position, kind), place, kind.size)
            with no:
                _warn(p, node)
                p.frame.zero(place, kind.size)
    elif is_part(node):
        p.frame.copy(place_of(p, node), place, kind.size)
    else:
        raise p.unsupported(node, f"{kind} in this place")


def read_bytes(p: ProbeCompiler, address: ir.Value, size: int, place: Place) -> None:
    """Read bytes of the target; the helper leaves zeros where it cannot."""
    if size:
        p.frame.call("probe_read_user", place.pointer, I64(size), address)


def every_byte(p: ProbeCompiler, node: nodes.Expression) -> Place:
    """Return where the bytes of a value are; those of a `char` array in the target also behind a NUL."""
    kind = p.type(node)
    if not isinstance(kind, StringType) or not is_remote(p, node):
        return p.address(node)
    place = p.frame.temporary(kind.size)
    read_bytes(p, user_address(p, node), kind.size, place)
    return place


def has_place(p: ProbeCompiler, node: nodes.Expression) -> bool:
    """Tell whether a part of a value lies at a place in the program's memory that is known now."""
    if not isinstance(node, nodes.Field | nodes.Index) or is_remote(p, node):
        return False
    return not codegen_arguments.is_argument(node) and _constant_offset(p, node) is not None


def place_of(p: ProbeCompiler, node: nodes.Expression) -> Place:
    """Return where a part of a value in the program's memory is; of a bitfield, its unit."""
    assert isinstance(node, nodes.Field | nodes.Index)
    offset = _constant_offset(p, node)
    assert offset is not None
    return p.frame.at(p.address(node.operand), offset)


# -------------------------------------------------------------------- the target's memory


def user_address(p: ProbeCompiler, node: nodes.Expression) -> ir.Value:
    """Return the address in the target of what an expression names; of a bitfield, that of its unit."""
    if isinstance(node, nodes.Unary):
        return p.value_as(node.operand, UINT64)
    assert isinstance(node, nodes.Field | nodes.Index)
    if isinstance(node, nodes.Index):
        return _element_address(p, node)
    address, whole = _base(p, node.operand)
    return p.builder.add(address, I64(_offset_in(whole, node.name)))


def _base(p: ProbeCompiler, node: nodes.Expression) -> tuple[ir.Value, Type]:
    """Follow all pointers of an expression; return where they end, and what is there."""
    kind = p.type(node)
    if not isinstance(kind, PointerType):
        return user_address(p, node), kind
    address, kind = p.value_as(node, UINT64), kind.pointee
    while isinstance(kind, PointerType):
        address, kind = read(p, address, kind), kind.pointee
    return address, kind


def _element_address(p: ProbeCompiler, node: nodes.Index) -> ir.Value:
    whole = p.type(node.operand)
    size = max(p.type(node).size, 1)
    if isinstance(whole, PointerType):
        base = p.value_as(node.operand, UINT64)
        position: ir.Value = p.value_as(node.index, UINT64)
    else:
        base = user_address(p, node.operand)
        constant = _constant_offset(p, node)
        if constant is not None:
            return p.builder.add(base, I64(constant))
        position, in_range = _position(p, node)
        with p.builder.if_then(p.builder.not_(in_range), likely=False):
            _warn(p, node)
        base = p.builder.select(in_range, base, I64(NOWHERE))
        position = p.builder.select(in_range, position, I64(0))
    return p.builder.add(base, p.builder.mul(position, I64(size)))


# -------------------------------------------------------------------- offsets


def _constant_offset(p: ProbeCompiler, node: nodes.Field | nodes.Index) -> int | None:
    whole = p.type(node.operand)
    if isinstance(node, nodes.Field):
        return _offset_in(whole, node.name)
    position = p.typed.constant_of(node.index)
    if not isinstance(position, int):
        # A flexible array doesn't say where it ends.
        return None
    return whole.offsets[position] if isinstance(whole, TupleType) else position * p.type(node).size


def _offset_in(whole: Type, name: str) -> int:
    if isinstance(whole, StructType):
        member = whole.member(name)
        assert member is not None
        return member.offset
    if isinstance(whole, RecordType):
        return whole.layout.offsets[whole.names.index(name)]
    assert isinstance(whole, TupleType)
    return whole.offsets[int(name)]


def _position(p: ProbeCompiler, node: nodes.Index) -> tuple[ir.Value, ir.Value]:
    """Return an index that varies, and whether it is within the array (or string)."""
    whole = p.type(node.operand)
    count = whole.count if isinstance(whole, ArrayType) else whole.size
    position = p.value_as(node.index, UINT64)
    # LLVM may know that it is in range; a verifier has to see the comparison.
    position = opaque(p.builder, position)
    is_flexible = isinstance(whole, ArrayType) and count == 0
    limit = NOWHERE if is_flexible else count
    return position, p.builder.icmp_unsigned("<", position, I64(limit))


def _at_position(p: ProbeCompiler, whole: Place, position: ir.Value, kind: Type) -> Place:
    size = max(kind.size, 1)
    offset = position if size == 1 else p.builder.mul(position, I64(size))
    pointer = p.builder.gep(whole.pointer, [offset], source_etype=I8)
    return Place(pointer, min(whole.alignment, size & -size))


def _warn(p: ProbeCompiler, node: nodes.Index) -> None:
    event = p.typed.event_of(node)
    if event is not None:
        codegen_event.send(p, event)
