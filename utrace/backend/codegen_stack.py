"""Stacks and symbols: what the tracer looks up later, kept as ids and addresses.

The frames of a stack go into the map `stack_traces` once, under an id that is a hash of them; the value in the
script is the id with the process and the number of frames.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from llvmlite import ir

from utrace.backend.codegen_compare import count_while
from utrace.backend.codegen_frame import I8, I32, I64, WORD_BYTES, Place
from utrace.backend.helpers import BPF_F_USER_STACK, BPF_NOEXIST
from utrace.frontend import nodes
from utrace.frontend.types import UINT64, OpaqueType, StackType

if TYPE_CHECKING:
    from utrace.backend.codegen_probe import ProbeCompiler

_PID, _COUNT = 8, 12
"""Offsets in a value of type StackType; see `utrace.frontend.types`."""
_SEED, _FACTOR, _SHIFT = 0x9E3779B97F4A7C15, 0xFF51AFD7ED558CCD, 32


def store_ustack(
    p: ProbeCompiler, node: nodes.Call | nodes.Builtin, target: StackType, place: Place, _padded: bool
) -> None:
    """Write the stack of the probed thread; id and count are 0 when there is none."""
    frame, builder = p.frame, p.builder
    whole = frame.globals.stack_bytes
    frames = frame.temporary(whole)
    if target.limit * WORD_BYTES < whole:
        frame.zero(frame.at(frames, target.limit * WORD_BYTES), whole - target.limit * WORD_BYTES)
    count = _get_stack(p, target.limit, frames)
    key = frame.temporary(WORD_BYTES)
    frame.store(I64(0), key)
    with builder.if_then(builder.icmp_unsigned("!=", count, I64(0)), likely=True):
        frame.store(_hash(p, frames, count, target.limit), key)
        table = frame.globals.stack_traces
        frame.call("map_update_elem", table, key.pointer, frames.pointer, I64(BPF_NOEXIST))
    frame.store(frame.load(key, I64), place)
    frame.store(_process_id(p), frame.at(place, _PID))
    frame.store(builder.trunc(count, I32), frame.at(place, _COUNT))


def length(p: ProbeCompiler, node: nodes.Call) -> ir.Value:
    """Compile `len(stack)`: how many frames it has."""
    stack = p.address(node.arguments[0])
    return p.builder.zext(p.frame.load(p.frame.at(stack, _COUNT), I32), I64)


def store_usym(p: ProbeCompiler, node: nodes.Call, _target: OpaqueType, place: Place, _padded: bool) -> None:
    """Write `usym(address)`."""
    p.frame.store(p.value_as(node.arguments[0], UINT64), place)
    p.frame.store(_process_id(p), p.frame.at(place, _PID))
    p.frame.store(I32(0), p.frame.at(place, _COUNT))


def address_of_symbol(p: ProbeCompiler, node: nodes.Call) -> ir.Value:
    """Compile `uaddr("symbol")`: as far from the probe as in the file, wherever the file is loaded."""
    site = p.probe.attach_point.site
    distance = p.typed.distances[(node, site)] if site else 0
    return p.builder.add(p.frame.call("get_func_ip", p.frame.context), I64(distance))


def _process_id(p: ProbeCompiler) -> ir.Value:
    return p.builder.trunc(p.builder.lshr(p.frame.call("get_current_pid_tgid"), I64(32)), I32)


def _get_stack(p: ProbeCompiler, limit: int, frames: Place) -> ir.Value:
    """Fill `frames`; return how many there are."""
    builder = p.builder
    flags, size = I64(BPF_F_USER_STACK), I64(limit * WORD_BYTES)
    status = p.frame.call("get_stack", p.frame.context, frames.pointer, size, flags)
    has_failed = builder.icmp_signed("<", status, I64(0))
    return builder.select(has_failed, I64(0), builder.lshr(status, I64(3)))


def _hash(p: ProbeCompiler, frames: Place, count: ir.Value, limit: int) -> ir.Value:
    """Mix `count` (not 0) addresses to a number that is practically never the same for two stacks."""
    builder = p.builder
    mixed = p.frame.variable(I64)
    builder.store(builder.mul(count, I64(_SEED)), mixed)

    def mix(at: ir.Value) -> ir.Value:
        offset = builder.shl(at, I64(3))
        address = builder.load(builder.gep(frames.pointer, [offset], source_etype=I8), typ=I64)
        value = builder.mul(builder.xor(builder.load(mixed, typ=I64), address), I64(_FACTOR))
        builder.store(builder.xor(value, builder.lshr(value, I64(_SHIFT))), mixed)
        return builder.icmp_unsigned("<", builder.add(at, I64(1)), count)

    count_while(builder, limit, mix)
    return builder.load(mixed, typ=I64)
