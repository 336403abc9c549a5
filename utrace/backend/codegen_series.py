"""tseries(): a value goes into the bucket of the present interval; layout in `frontend.buckets.SeriesBuckets`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llvmlite import ir

from utrace.backend import codegen_extreme, codegen_map, codegen_operator
from utrace.backend.codegen_convert import convert, load_scalar
from utrace.backend.codegen_frame import I8, I32, I64, WORD_BYTES, Place, opaque
from utrace.frontend.buckets import SERIES_BUCKET_BYTES, rank_mask
from utrace.frontend.typed import MapInfo
from utrace.frontend.types import UINT64

if TYPE_CHECKING:
    from utrace.backend.codegen_probe import ProbeCompiler

_PAIR_BYTES = 16


def add(p: ProbeCompiler, info: MapInfo, found: ir.Value, number: ir.Value) -> None:
    """Add a number to the series at `found`."""
    series = info.series
    assert series is not None
    now = _now(p)
    interval = p.builder.udiv(now, I64(series.interval_ns))
    # A verifier has to see that the bucket is in range, which LLVM knows.
    index = opaque(p.builder, p.builder.urem(interval, I64(series.count)))
    with p.builder.if_then(p.builder.icmp_unsigned("<", index, I64(series.count))):
        bucket = _after(p, Place(found), p.builder.mul(index, I64(SERIES_BUCKET_BYTES)))
        wanted = p.builder.shl(p.builder.add(interval, I64(1)), I64(1))
        word = _begin(p, bucket, wanted)
        # A later interval was begun in a signal handler, or before the clock was set back: this one is too old to show.
        with p.builder.if_then(p.builder.icmp_unsigned("==", p.builder.and_(word, I64(-2)), wanted)):
            _merge(p, info, _pair(p, bucket, word), (number, now))


def _begin(p: ProbeCompiler, bucket: Place, wanted: ir.Value) -> ir.Value:
    """Make a bucket hold the interval of which the word is `wanted`, plus the pair; return the word that it then has.

    A hit in a signal handler may do so at any point in between: then this one changes nothing, or what is zero already.
    """
    word = p.frame.load(bucket, I64)

    def begin() -> ir.Value:
        other = p.builder.xor(p.builder.and_(word, I64(1)), I64(1))
        following = p.builder.or_(wanted, other)
        seen = p.frame.exchange(bucket, word, following)
        is_begun = p.builder.icmp_unsigned("==", seen, word)
        with p.builder.if_then(is_begun):
            p.frame.zero(_pair(p, bucket, word), _PAIR_BYTES)
        return p.builder.select(is_begun, following, seen)

    return codegen_operator.pick(p, p.builder.icmp_unsigned("<", word, wanted), begin, lambda: word)


def _pair(p: ProbeCompiler, bucket: Place, word: ir.Value) -> Place:
    # Opaque: of 0 or 1 LLVM would make a choice between two addresses, which a verifier cannot follow.
    index = p.builder.and_(opaque(p.builder, word), I64(1))
    offset = p.builder.add(p.builder.mul(index, I64(_PAIR_BYTES)), I64(WORD_BYTES))
    return _after(p, bucket, offset)


def _after(p: ProbeCompiler, place: Place, offset: ir.Value) -> Place:
    return Place(p.builder.gep(place.pointer, [offset], source_etype=I8))


def _merge(p: ProbeCompiler, info: MapInfo, pair: Place, recorded: tuple[ir.Value, ir.Value]) -> None:
    assert info.series is not None
    number, now = recorded
    weight = p.frame.at(pair, WORD_BYTES)
    aggregation = info.series.aggregation
    if aggregation == "last":
        p.frame.store(number, pair)
        p.frame.store(p.builder.add(now, I64(1)), weight)
        return
    if aggregation in ("sum", "avg"):
        p.frame.atomic("add", pair.pointer, number)
    else:
        mask = rank_mask(aggregation == "min", info.is_signed)
        codegen_extreme.keep_largest(p, pair, p.builder.xor(number, I64(mask)))
    p.frame.atomic("add", weight.pointer, I64(1))


def _now(p: ProbeCompiler) -> ir.Value:
    """Return the time in nanoseconds since 1970."""
    name = p.typed.config.dummy_ts_map
    if not name:
        offset = p.builder.load(p.frame.globals.wall_offset, typ=I64)
        return p.builder.add(p.frame.call("ktime_get_boot_ns"), offset)
    clock = p.typed.map(name)
    key = p.frame.temporary(I32.width // 8)
    p.frame.store(I32(0), key)
    found = codegen_map.look_up(p, clock, key.pointer)

    def read() -> ir.Value:
        value = load_scalar(p.frame, clock.value_type, Place(found))
        return convert(p.builder, value, clock.value_type, UINT64)

    return codegen_operator.pick(p, p.frame.is_present(found), read, lambda: I64(0))
