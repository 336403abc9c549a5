"""Values that become text only when they are shown: strftime, buf, macaddr, ntop, username; and pton.

Their bytes are described in `frontend.types`.  All of them are written, so that equal values are equal keys.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from llvmlite import ir

from utrace.backend import codegen_memory
from utrace.backend.codegen_compare import count_while
from utrace.backend.codegen_convert import is_scalar
from utrace.backend.codegen_frame import I8, I32, I64, Place
from utrace.backend.codegen_string import pieces
from utrace.frontend import nodes
from utrace.frontend.infer_calls_shown import ADDRESS_BYTES, MAC_BYTES, address_bytes
from utrace.frontend.types import CLOCKS, INT32, UINT32, UINT64, ArrayType, BufferType, OpaqueType

if TYPE_CHECKING:
    from utrace.backend.codegen_probe import ProbeCompiler

AF_INET, AF_INET6 = 2, 10
_LENGTH_BYTES = 4


def store_strftime(
    p: ProbeCompiler, node: nodes.Call, _target: OpaqueType, place: Place, _padded: bool
) -> None:
    """Write the time, the number of its format, and which clock it was read from."""
    text, time = node.arguments
    assert isinstance(text, nodes.String)
    number = p.typed.time_formats.index(text.value.decode(errors="surrogateescape"))
    clock = 0
    if isinstance(time, nodes.Call) and time.name == "nsecs" and isinstance(time.arguments[0], nodes.Builtin):
        clock = CLOCKS.index(time.arguments[0].name)
    p.frame.store(p.value_as(time, UINT64), place)
    p.frame.store(I64(number | clock << 32), p.frame.at(place, 8))


def store_username(
    p: ProbeCompiler, _node: nodes.Builtin, _target: OpaqueType, place: Place, _padded: bool
) -> None:
    """Write the number of the user that the traced thread runs as."""
    both = p.frame.call("get_current_uid_gid")
    p.frame.store(p.builder.and_(both, I64(0xFFFFFFFF)), place)


def store_macaddr(
    p: ProbeCompiler, node: nodes.Call, _target: OpaqueType, place: Place, _padded: bool
) -> None:
    """Write the six bytes of a hardware address, which may be pointed to."""
    source = node.arguments[0]
    if is_scalar(p.type(source)):
        p.frame.zero(place, MAC_BYTES)
        p.frame.call("probe_read_user", place.pointer, I64(MAC_BYTES), p.value_as(source, UINT64))
    else:
        p.frame.copy(codegen_memory.every_byte(p, source), place, MAC_BYTES)


def store_ntop(p: ProbeCompiler, node: nodes.Call, target: OpaqueType, place: Place, _padded: bool) -> None:
    """Write the family and the bytes of an internet address."""
    address = node.arguments[-1]
    kind = p.type(address)
    family: ir.Value = I32(AF_INET6 if kind.size == ADDRESS_BYTES["AF_INET6"] else AF_INET)
    if len(node.arguments) > 1:
        family = p.value_as(node.arguments[0], INT32)
    p.frame.zero(place, target.size)
    p.frame.store(family, place)
    content = p.frame.at(place, _LENGTH_BYTES)
    if is_scalar(kind):
        p.frame.store(p.value_as(address, UINT32), content)
    else:
        p.frame.copy(codegen_memory.every_byte(p, address), content, kind.size)


def store_pton(p: ProbeCompiler, node: nodes.Call, _target: ArrayType, place: Place, _padded: bool) -> None:
    """Write an internet address that is known now."""
    text = p.typed.constant_of(node.arguments[0])
    address = address_bytes(text) if isinstance(text, bytes) else None
    assert address is not None
    for offset, width, number in pieces(place, address):
        p.frame.store(ir.IntType(8 * width)(number), p.frame.at(place, offset))


def store_buf(p: ProbeCompiler, node: nodes.Call, target: BufferType, place: Place, _padded: bool) -> None:
    """Write how many bytes there are, and the bytes; what cannot be read is zeros."""
    source = node.arguments[0]
    length = _buffer_length(p, node)
    p.frame.zero(place, target.size)
    p.frame.store(p.builder.trunc(length, I32), place)
    content = p.frame.at(place, _LENGTH_BYTES)
    if is_scalar(p.type(source)):
        p.frame.call("probe_read_user", content.pointer, length, p.value_as(source, UINT64))
    elif codegen_memory.is_remote(p, source):
        p.frame.call("probe_read_user", content.pointer, length, codegen_memory.user_address(p, source))
    else:
        _copy_beginning(p, source, length, content)


def _buffer_length(p: ProbeCompiler, node: nodes.Call) -> ir.Value:
    own = p.type(node)
    assert isinstance(own, BufferType)
    length = I64(own.capacity)
    limit = node.arguments[1:]
    if not limit or p.typed.constant_of(limit[0]) is not None:
        return length
    wanted = p.value_as(limit[0], UINT64)
    return p.builder.select(p.builder.icmp_unsigned("<", wanted, length), wanted, length)


def _copy_beginning(p: ProbeCompiler, source: nodes.Expression, length: ir.Value, content: Place) -> None:
    """Copy `length` bytes of a value of the program's own, of which there may be fewer."""
    origin, size = p.address(source), p.type(source).size
    if isinstance(length, ir.Constant):
        p.frame.copy(origin, content, min(size, length.constant))
        return
    builder = p.builder

    def copy(at: ir.Value) -> ir.Value:
        byte = builder.load(builder.gep(origin.pointer, [at], source_etype=I8), typ=I8)
        is_wanted = builder.icmp_unsigned("<", at, length)
        target = builder.gep(content.pointer, [at], source_etype=I8)
        builder.store(builder.select(is_wanted, byte, I8(0)), target)
        return is_wanted

    count_while(builder, size, copy)
