"""tseries(): a value goes into the bucket of the present interval; layout in `frontend.buckets.SeriesBuckets`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llvmlite import ir

from utrace.backend import codegen_map, codegen_operator
from utrace.backend.codegen_convert import convert, load_scalar
from utrace.backend.codegen_frame import I8, I32, I64, Place, opaque
from utrace.frontend.typed import MapInfo
from utrace.frontend.types import UINT64

if TYPE_CHECKING:
    from utrace.backend.codegen_probe import ProbeCompiler

_BUCKET_BYTES = 24
_VALUE, _WEIGHT = 8, 16


def add(p: ProbeCompiler, info: MapInfo, found: ir.Value, number: ir.Value) -> None:
    """Add a number to the series at `found`."""
    series = info.series
    assert series is not None
    now = _now(p)
    interval = p.builder.udiv(now, I64(series.interval_ns))
    # A verifier has to see that the bucket is in range, which LLVM knows.
    index = opaque(p.builder, p.builder.urem(interval, I64(series.count)))
    with p.builder.if_then(p.builder.icmp_unsigned("<", index, I64(series.count))):
        offset = p.builder.mul(index, I64(_BUCKET_BYTES))
        bucket = Place(p.builder.gep(found, [offset], source_etype=I8))
        _add_to_bucket(p, info, bucket, interval, (number, now))


def _add_to_bucket(
    p: ProbeCompiler, info: MapInfo, bucket: Place, interval: ir.Value, recorded: tuple[ir.Value, ir.Value]
) -> None:
    assert info.series is not None
    number, now = recorded
    is_last = info.series.aggregation == "last"
    weight = p.builder.add(now, I64(1)) if is_last else I64(1)
    value_place, weight_place = p.frame.at(bucket, _VALUE), p.frame.at(bucket, _WEIGHT)
    is_used = p.builder.icmp_unsigned("!=", p.frame.load(weight_place, I64), I64(0))
    is_same = p.builder.icmp_unsigned("==", p.frame.load(bucket, I64), interval)
    with p.builder.if_else(p.builder.and_(is_used, is_same)) as (present, absent):
        with present:
            _merge(p, info, value_place, number)
            if is_last:
                p.frame.store(weight, weight_place)
            else:
                p.frame.atomic("add", weight_place.pointer, weight)
        with absent:
            # Unused as long as it is neither the old interval's nor the new one's.
            p.frame.store(I64(0), weight_place)
            p.frame.store(interval, bucket)
            p.frame.store(number, value_place)
            p.frame.store(weight, weight_place)


def _merge(p: ProbeCompiler, info: MapInfo, place: Place, number: ir.Value) -> None:
    assert info.series is not None
    match info.series.aggregation:
        case "sum" | "avg":
            p.frame.atomic("add", place.pointer, number)
        case "min" | "max" as aggregation:
            compare = p.builder.icmp_signed if info.is_signed else p.builder.icmp_unsigned
            is_better = compare("<" if aggregation == "min" else ">", number, p.frame.load(place, I64))
            with p.builder.if_then(is_better):
                p.frame.store(number, place)
        case _:
            p.frame.store(number, place)


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
