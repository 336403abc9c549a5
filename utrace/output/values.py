"""The values of maps: the encodings of `MapInfo`, read back and merged over all threads."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from utrace.frontend.buckets import rank_mask
from utrace.frontend.typed import MapInfo, MapKind
from utrace.output.decode import PLAIN, Context, decode
from utrace.output.histogram import histogram
from utrace.output.model import Array, Primitive, Record, Stats, Value
from utrace.output.time_series import time_series

_WORD = 1 << 64


def map_value(info: MapInfo, slots: Sequence[bytes], div: int = 1, context: Context = PLAIN) -> Value:
    """Return the value of one key of a map, its integers divided by `div`.

    `slots` are the raw values of that key: for an aggregation one per thread slot, in any order and
    possibly none, else the one value (none stands for a zeroed one).
    """
    match info.kind:
        case MapKind.VALUE:
            raw = slots[0] if slots else bytes(info.value_bytes)
            return divided(decode(info.value_type, raw, context=context), div)
        case MapKind.COUNT:
            return _column_sums(slots, 1)[0] // div
        case MapKind.SUM:
            return _truncated_quotient(_total(info, slots), div)
        case MapKind.MIN | MapKind.MAX:
            return _truncated_quotient(_extreme(info, slots), div)
        case MapKind.AVG:
            return _average(info, slots, div)
        case MapKind.STATS:
            return Stats(_column_sums(slots, 2)[1], _average(info, slots, div), _total(info, slots))
        case MapKind.HIST | MapKind.LHIST:
            assert info.buckets is not None
            return histogram(info.buckets, _column_sums(slots, info.buckets.count), div)
        case MapKind.TSERIES:
            return time_series(info, slots)


def has_content(info: MapInfo, slots: Sequence[bytes]) -> bool:
    """Tell whether a scalar map was ever set or counted (since it was cleared)."""
    match info.kind:
        case MapKind.COUNT | MapKind.HIST | MapKind.LHIST | MapKind.TSERIES:
            return any(any(slot) for slot in slots)
        case _:
            # The last word is is_set, or the number of calls.
            return any(any(slot[-8:]) for slot in slots)


def divided(value: Primitive, div: int) -> Primitive:
    """Return `value` with its integers divided by `div`, truncating as C does."""
    if div == 1 or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return _truncated_quotient(value, div)
    if isinstance(value, tuple):
        return tuple(divided(element, div) for element in value)
    if isinstance(value, Array):
        return Array(tuple(divided(element, div) for element in value.values))
    if isinstance(value, Record):
        return Record(tuple((name, divided(field, div)) for name, field in value.fields))
    return value


def _column_sums(slots: Sequence[bytes], columns: int) -> list[int]:
    """Return the sums, modulo 2**64, over all slots of each of their leading u64 columns."""
    layout = struct.Struct(f"<{columns}Q")
    rows = [layout.unpack_from(slot) for slot in slots]
    return [sum(column) % _WORD for column in zip(*rows, strict=True)] if rows else [0] * columns


def _total(info: MapInfo, slots: Sequence[bytes]) -> int:
    return _as_value(info, _column_sums(slots, 1)[0])


def _average(info: MapInfo, slots: Sequence[bytes], div: int) -> int:
    calls = _column_sums(slots, 2)[1]
    average = _truncated_quotient(_total(info, slots), calls) if calls else 0
    return _truncated_quotient(average, div)


def _extreme(info: MapInfo, slots: Sequence[bytes]) -> int:
    pairs = (struct.unpack_from("<QQ", slot) for slot in slots)
    ranks = [rank for rank, is_set in pairs if is_set]
    return _as_value(info, max(ranks) ^ rank_mask(info.kind is MapKind.MIN, info.is_signed)) if ranks else 0


def _as_value(info: MapInfo, word: int) -> int:
    """Return an unsigned 64-bit word as the map's integers are to be read."""
    return word - _WORD if info.is_signed and word >= _WORD // 2 else word


def _truncated_quotient(dividend: int, divisor: int) -> int:
    quotient = abs(dividend) // abs(divisor)
    return quotient if (dividend < 0) == (divisor < 0) else -quotient
