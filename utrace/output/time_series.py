"""The values of tseries() maps: what `MapInfo` lays out for each thread, merged into one series."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence

from utrace.frontend.buckets import rank_mask
from utrace.frontend.typed import MapInfo
from utrace.output.model import TimeSeries

_BUCKET = struct.Struct("<QQQQQ")  # as in `frontend.buckets.SeriesBuckets`
_WORD = 1 << 64


def latest_interval(slots: Sequence[bytes]) -> int:
    """Return the number of the last interval in which anything was recorded, -1 for none."""
    return max((interval for slot in slots for interval, _, weight in _buckets(slot) if weight), default=-1)


def time_series(
    info: MapInfo,
    slots: Sequence[bytes],
    last: int | None = None,
    bounds: tuple[int, int] | None = None,
) -> TimeSeries:
    """Return the intervals up to `last`, the first of them with a value.

    `last` is the latest interval over all keys of the map; without it, that of these slots.  `bounds` is for plots.
    """
    layout = info.series
    assert layout is not None
    is_extreme = layout.aggregation in ("min", "max")
    mask = rank_mask(layout.aggregation == "min", info.is_signed) if is_extreme else 0
    end = latest_interval(slots) if last is None else last
    begin = end - layout.count + 1
    found: dict[int, list[tuple[int, int]]] = {}
    for slot in slots:
        for interval, value, weight in _buckets(slot):
            if weight and begin <= interval <= end:
                found.setdefault(interval, []).append((_as_value(info, value ^ mask), weight))
    if not found:
        return TimeSeries((), bounds)
    merged = {interval: _merge(layout.aggregation, parts) for interval, parts in found.items()}
    every = range(min(found), end + 1)
    points = tuple((interval * layout.interval_ns, merged.get(interval)) for interval in every)
    return TimeSeries(points, bounds)


def _buckets(slot: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield the intervals with their values and weights."""
    for word, *pairs in _BUCKET.iter_unpack(slot):
        value, weight = pairs[2:] if word & 1 else pairs[:2]
        yield (word >> 1) - 1, value, weight


def _merge(aggregation: str, parts: Iterable[tuple[int, int]]) -> int:
    """Put together what threads have recorded in one interval: pairs of value and weight."""
    pairs = list(parts)
    values = [value for value, _ in pairs]
    match aggregation:
        case "min":
            return min(values)
        case "max":
            return max(values)
        case "sum":
            return sum(values)
        case "avg":
            total, count = sum(values), sum(weight for _, weight in pairs)
            return -(-total // count) if total < 0 else total // count
        case _:
            return max(pairs, key=lambda pair: pair[1])[0]  # the weight is when it was recorded


def _as_value(info: MapInfo, word: int) -> int:
    return word - _WORD if info.is_signed and word >= _WORD // 2 else word
