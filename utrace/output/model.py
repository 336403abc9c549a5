"""The output model: what there is to show, with no word on how it looks.

A reporter (`utrace.output.reporter`) turns these into text or into another format.
"""

from __future__ import annotations

from enum import Enum
from typing import TypeAlias

from utrace.frontend.typed import MapKind
from utrace.lazy_dataclass import dataclass


@dataclass(frozen=True)
class Symbol:
    """A number that is shown by a name: a pointer (`0x33`), an enum constant, an address in a symbol."""

    text: str
    number: int


@dataclass(frozen=True)
class Array:
    """A C array's elements."""

    values: tuple[Primitive, ...]


@dataclass(frozen=True)
class Record:
    """A struct or record: field names and values, in declaration order."""

    fields: tuple[tuple[str, Primitive], ...]


@dataclass(frozen=True)
class Buffer:
    """Raw bytes, of the language's `buffer` type."""

    data: bytes


# A str is decoded as UTF-8 with `surrogateescape`, so that any bytes survive the way through it (see
# `to_bytes`).  A tuple is the language's tuple, None a value that cannot be shown.
Primitive: TypeAlias = "bool | int | str | Symbol | Array | Record | Buffer | tuple[Primitive, ...] | None"


@dataclass(frozen=True)
class Bound:
    """One end of a histogram bucket: its value, and the label it is shown with (`4`, `1K`)."""

    value: int
    label: str


@dataclass(frozen=True)
class Bucket:
    """One histogram row: values from `low` up to, but not including, `high`; None is an open end."""

    low: Bound | None
    high: Bound | None
    count: int


@dataclass(frozen=True)
class Histogram:
    """The rows from the first to the last bucket that was ever hit; none at all for an empty histogram."""

    buckets: tuple[Bucket, ...]


@dataclass(frozen=True)
class Stats:
    """The value of a stats() map."""

    count: int
    average: int
    total: int


@dataclass(frozen=True)
class TimeSeries:
    """The intervals of a tseries() map, oldest first: when each began, in nanoseconds since 1970, and its value.

    The value is None where nothing was recorded.
    """

    points: tuple[tuple[int, int | None], ...]
    bounds: tuple[int, int] | None = None
    """The range that a plot of the series shows; None for that of the values."""


Value: TypeAlias = "Primitive | Histogram | Stats | TimeSeries"


@dataclass(frozen=True)
class MapEntry:
    """One key of a map with its value; the key of a scalar map is None."""

    key: Primitive
    value: Value


@dataclass(frozen=True)
class MapContents:
    """A map to be shown: its name (`@x`), whether it has keys, and its entries in the order to show them.

    A scalar map has exactly one entry.
    """

    name: str
    keyed: bool
    entries: tuple[MapEntry, ...]
    kind: MapKind = MapKind.VALUE


class IssueKind(Enum):
    """What went wrong in a running script; the value is its name in JSON."""

    RUNTIME_ERROR = "runtime_error"
    HELPER_ERROR = "helper_error"
    ERRORF = "errorf"
    WARNF = "warnf"


@dataclass(frozen=True)
class Issue:
    """Something that a running script met, or says itself by errorf() or warnf(), at a place of the script."""

    kind: IssueKind
    message: str
    filename: str
    line: int
    """From 1."""
    column: int
    """From 1."""
    text: str
    """The whole as it is shown to people: place, message, excerpt; ends with a newline."""
    helper: str = ""
    """Of a HELPER_ERROR: the kernel helper that failed, and its return code."""
    code: int = 0


def to_bytes(text: str) -> bytes:
    """Return the bytes that a string value was decoded from."""
    return text.encode("utf-8", "surrogateescape")


def to_text(data: bytes) -> str:
    """Return `data` as a str that `to_bytes` turns back into the same bytes."""
    return data.decode("utf-8", "surrogateescape")
