"""Values as JSON, in the shape and with the separators of bpftrace: `": "`, `", "` in objects, `","` in arrays."""

from __future__ import annotations

from collections.abc import Iterable

from utrace.output.model import (
    Array,
    Bound,
    Bucket,
    Buffer,
    Histogram,
    MapContents,
    Primitive,
    Record,
    Stats,
    Symbol,
    TimeSeries,
    Value,
)
from utrace.output.text import primitive_text, stats_record
from utrace.output.wall_clock import NS_PER_SECOND, strftime

_ESCAPES = {code: f"\\u{code:04x}" for code in range(32)}
_ESCAPES |= {ord(character): f"\\{letter}" for character, letter in zip('"\\\n\r\t', '"\\nrt', strict=True)}
# Bytes that are no UTF-8 (`model.to_text` keeps them as lone surrogates) have no place in JSON.
_ESCAPES |= {code: "\N{REPLACEMENT CHARACTER}" for code in range(0xDC80, 0xDD00)}


def string(text: str) -> str:
    """Return a string in quotes."""
    return f'"{text.translate(_ESCAPES)}"'


def integer(number: int) -> str:
    """Return a number; in quotes when the double that a reader may make of it would be another number."""
    return str(number) if int(float(number)) == number else f'"{number}"'


def array(elements: Iterable[str]) -> str:
    """Return an array of what is JSON already."""
    return f"[{','.join(elements)}]"


def object_(members: Iterable[tuple[str, str]]) -> str:
    """Return an object, given plain names and values that are JSON already."""
    return f"{{{', '.join(f'{string(name)}: {value}' for name, value in members)}}}"


def primitive(value: Primitive) -> str:
    """Return a value; what is shown by name in text is a number here."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            return integer(value)
        case str():
            return string(value)
        case Symbol():
            return integer(value.number)
        case tuple():
            return array(map(primitive, value))
        case Array():
            return array(map(primitive, value.values))
        case Record():
            return object_((name, primitive(field)) for name, field in value.fields)
        case Buffer():
            return array(map(str, value.data))


def value(value: Value) -> str:
    """Return any value."""
    match value:
        case Histogram():
            return array(map(_bucket, value.buckets))
        case TimeSeries():
            return array(_point(time, number) for time, number in value.points if number is not None)
        case Stats():
            return primitive(stats_record(value))
        case _:
            return primitive(value)


def map_value(contents: MapContents) -> str:
    """Return the object with a map's name and its value or, by their keys, its values."""
    if contents.keyed:
        inner = object_((_key(entry.key), value(entry.value)) for entry in contents.entries)
    else:
        inner = value(contents.entries[0].value)
    return object_([(contents.name, inner)])


def _key(key: Primitive) -> str:
    """Return a key as the name of a member: the parts joined by commas, without blanks."""
    if isinstance(key, tuple):
        return ",".join(_part(part) for part in key)
    return _part(key)


def _part(key: Primitive) -> str:
    if isinstance(key, tuple):
        return f"({_key(key)})"
    return key if isinstance(key, str) else primitive_text(key).replace(" ", "")


def _bucket(bucket: Bucket) -> str:
    """Return a row of a histogram; both bounds are within it."""
    members = [("min", _bound(bucket.low, 0)), ("max", _bound(bucket.high, -1)), ("count", str(bucket.count))]
    return object_((name, shown) for name, shown in members if shown)


def _bound(bound: Bound | None, change: int) -> str:
    return integer(bound.value + change) if bound else ""


def _point(time: int, number: int) -> str:
    start = f"{strftime('%Y-%m-%d %H:%M:%S', time)}.{time % NS_PER_SECOND:09}"
    return object_([("interval_start", string(start)), ("value", integer(number))])
