"""The least and the largest number: kept as a rank, of which the largest stays (`frontend.buckets.rank_mask`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llvmlite import ir

from utrace.backend.codegen_frame import I64, Place

if TYPE_CHECKING:
    from utrace.backend.codegen_probe import ProbeCompiler

_ATTEMPTS = 16
"""Another one is due only when a hit in a signal handler came between two neighbouring instructions."""


def keep_largest(p: ProbeCompiler, place: Place, rank: ir.Value) -> None:
    """Store `rank` at `place` unless what is there is larger, by a hit in a signal handler perhaps."""
    builder = p.builder
    first, start = p.frame.load(place, I64), builder.block
    head, attempt, done = (builder.append_basic_block(name) for name in ("largest", "exchange", "kept"))
    builder.branch(head)
    builder.position_at_end(head)
    old, number = builder.phi(I64), builder.phi(I64)
    is_larger = builder.icmp_unsigned(">", rank, old)
    is_allowed = builder.icmp_unsigned("<", number, I64(_ATTEMPTS))
    builder.cbranch(builder.and_(is_larger, is_allowed), attempt, done)
    builder.position_at_end(attempt)
    seen = p.frame.exchange(place, old, rank)
    following = builder.add(number, I64(1))
    builder.cbranch(builder.icmp_unsigned("==", seen, old), done, head)
    for phi, initial, later in ((old, first, seen), (number, I64(0), following)):
        phi.add_incoming(initial, start)
        phi.add_incoming(later, attempt)
    builder.position_at_end(done)
