"""Raw map contents for tests, made from plain numbers."""

import struct

from utrace.frontend.buckets import LogBuckets
from utrace.frontend.typed import MapInfo, MapKind
from utrace.frontend.types import INT64, UINT64
from utrace.output.contents import map_contents
from utrace.output.decode import Context
from utrace.output.text import map_text
from utrace.source import Span


def a_map(kind=MapKind.VALUE, key_type=None, value_type=INT64, buckets=None, name="@"):
    if kind is MapKind.COUNT:
        value_type = UINT64
    return MapInfo(name, 0, key_type, value_type, kind, buckets, Span(0, 1))


def words(*values):
    return struct.pack(f"<{len(values)}Q", *(value % 2**64 for value in values))


def counters(layout, *values):
    """Count `values` the way a program does."""
    counts = [0] * layout.count
    for value in values:
        counts[layout.index(value)] += 1
    return words(*counts)


def shown(info, entries, top=0, div=0, trailer=".."):
    """Return what print() of a map with these (key, slots) shows."""
    return map_text(map_contents(info, entries, top, div, Context(trailer)))


def shown_hist(*values, bits=0, div=0):
    layout = LogBuckets(bits)
    return shown(a_map(MapKind.HIST, buckets=layout), [(b"", [counters(layout, *values)])], div=div)
