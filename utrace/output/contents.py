"""From a map's raw entries to what is shown: decoded, in bpftrace's order, cut to the top."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

from utrace.frontend.typed import MapInfo, MapKind
from utrace.frontend.types import EnumType, IntType
from utrace.output.decode import PLAIN, Context, decode
from utrace.output.model import Histogram, MapContents, MapEntry, Primitive, Stats, Symbol, Value, to_bytes
from utrace.output.time_series import latest_interval, time_series
from utrace.output.values import map_value

RawEntry: TypeAlias = tuple[bytes, Sequence[bytes]]
"""A key's bytes and its raw values, as `map_value` takes them; the key of a scalar map is ignored."""


def map_contents(
    info: MapInfo, entries: Iterable[RawEntry], top: int = 0, div: int = 0, context: Context = PLAIN
) -> MapContents:
    """Return what print(@map, top, div) shows; `top` and `div` are 0 when not given.

    Of a tseries map these two are the bounds of the plot.  A scalar map has at most one entry, and is shown zeroed
    without any.
    """
    key_type = info.key_type
    if info.kind is MapKind.TSERIES:
        bounds = (top, div) if top or div else None
        return _series_contents(info, list(entries), bounds, context)
    if key_type is None:
        slots = next((slots for _, slots in entries), ())
        value = map_value(info, slots, div or 1, context)
        return MapContents(info.name, False, (MapEntry(None, value),), info.kind)
    decoded = [
        (MapEntry(decode(key_type, key, context=context), map_value(info, slots, 1, context)), slots)
        for key, slots in entries
    ]
    rank = _rank(info)
    # By key first: entries of equal rank then come in an order that can be relied on.
    decoded.sort(key=lambda pair: _key_order(pair[0].key))
    decoded.sort(key=lambda pair: rank(pair[0].value))
    shown = [entry for entry, _ in decoded[-top:]]
    if div > 1:
        shown = [MapEntry(entry.key, map_value(info, slots, div, context)) for entry, slots in decoded[-top:]]
    return MapContents(info.name, True, tuple(shown), info.kind)


def _series_contents(
    info: MapInfo, entries: list[RawEntry], bounds: tuple[int, int] | None, context: Context
) -> MapContents:
    """Return the series of all keys, the one that was added to last at the end; all reach to the same interval."""
    key_type = info.key_type
    if key_type is None:
        slots = entries[0][1] if entries else ()
        return MapContents(
            info.name, False, (MapEntry(None, time_series(info, slots, bounds=bounds)),), info.kind
        )
    found = [
        (latest_interval(slots), decode(key_type, key, context=context), slots) for key, slots in entries
    ]
    found.sort(key=lambda item: _key_order(item[1]))
    found.sort(key=lambda item: item[0])
    last = found[-1][0] if found else None
    shown = tuple(MapEntry(key, time_series(info, slots, last, bounds)) for _, key, slots in found)
    return MapContents(info.name, True, shown, info.kind)


def _rank(info: MapInfo) -> Callable[[Value], int]:
    """Return what a map's entries are ordered by, ahead of their keys."""
    if info.kind is MapKind.VALUE and not isinstance(info.value_type, IntType | EnumType):
        return lambda value: 0
    return _magnitude


def _magnitude(value: Value) -> int:
    match value:
        case Histogram():
            return sum(bucket.count for bucket in value.buckets)
        case Stats():
            return value.average
        case int():
            return value
        case Symbol():
            return value.number
        case _:
            raise TypeError(f"{value!r} has no order")


def _key_order(key: Primitive) -> Any:
    """Return a sort key: numbers by value, strings bytewise, tuples element by element, others as they come."""
    match key:
        case str():
            return to_bytes(key)
        case Symbol():
            return key.number
        case tuple():
            return tuple(map(_key_order, key))
        case int():
            return key
        case _:
            return 0
