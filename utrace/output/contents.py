"""From a map's raw entries to what is shown: decoded, in bpftrace's order, cut to the top."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

from utrace.frontend.typed import MapInfo, MapKind
from utrace.frontend.types import IntType
from utrace.output.model import Histogram, MapContents, MapEntry, Primitive, Stats, Symbol, Value, to_bytes
from utrace.output.values import decode, map_value

RawEntry: TypeAlias = tuple[bytes, Sequence[bytes]]
"""A key's bytes and its raw values, as `map_value` takes them; the key of a scalar map is ignored."""


def map_contents(
    info: MapInfo, entries: Iterable[RawEntry], top: int = 0, div: int = 0, trailer: str = ""
) -> MapContents:
    """Return what print(@map, top, div) shows; `top` and `div` are 0 when not given.

    A scalar map has at most one entry; without any it is shown zeroed.
    """
    key_type = info.key_type
    if key_type is None:
        slots = next((slots for _, slots in entries), ())
        return MapContents(info.name, False, (MapEntry(None, map_value(info, slots, div or 1, trailer)),))
    decoded = [
        (MapEntry(decode(key_type, key, trailer=trailer), map_value(info, slots, 1, trailer)), slots)
        for key, slots in entries
    ]
    rank = _rank(info)
    # By key first: entries of equal rank then come in an order that can be relied on.
    decoded.sort(key=lambda pair: _key_order(pair[0].key))
    decoded.sort(key=lambda pair: rank(pair[0].value))
    shown = decoded[-top:] if top else decoded
    if div > 1:
        return MapContents(
            info.name,
            True,
            tuple(MapEntry(entry.key, map_value(info, slots, div, trailer)) for entry, slots in shown),
        )
    return MapContents(info.name, True, tuple(entry for entry, _ in shown))


def _rank(info: MapInfo) -> Callable[[Value], int]:
    """Return what a map's entries are ordered by, ahead of their keys."""
    if info.kind is MapKind.VALUE and not isinstance(info.value_type, IntType):
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
        case _:
            raise TypeError(f"{value!r} has no order")


def _key_order(key: Primitive) -> Any:
    """Return a sort key: numbers by value, strings bytewise, tuples element by element."""
    match key:
        case str():
            return to_bytes(key)
        case Symbol():
            return key.number
        case tuple():
            return tuple(map(_key_order, key))
        case _:
            return key
