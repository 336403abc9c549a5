"""bpftrace's text format."""

from __future__ import annotations

from collections.abc import Sequence
from ctypes import c_float

from utrace.color import paint, wants_color
from utrace.output.model import (
    Array,
    Bucket,
    Buffer,
    Histogram,
    Issue,
    MapContents,
    Primitive,
    Record,
    Stats,
    Symbol,
    TimeSeries,
    Value,
    to_bytes,
)
from utrace.output.reporter import Reporter
from utrace.output.stream import OutputStream
from utrace.output.time_series_text import time_series_text
from utrace.output.trials import BenchmarkResult, Verdict, benchmark_text, verdict_text

_BAR_WIDTH = 52


def primitive_text(value: Primitive) -> str:
    """Return a value as print() and `%s` show it."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case str():
            return value
        case Symbol():
            return value.text
        case tuple():
            return f"({_joined(value, ', ')})"
        case Array():
            return f"[{_joined(value.values, ',')}]"
        case Record():
            fields = ", ".join(f".{name} = {primitive_text(field)}" for name, field in value.fields)
            return f"{{ {fields} }}" if fields else "{}"
        case Buffer():
            return buffer_text(value.data)


def buffer_text(data: bytes) -> str:
    r"""Return the bytes of a buffer: ASCII as it is, anything else as `\xhh`."""
    return "".join(chr(byte) if 32 <= byte <= 126 else f"\\x{byte:02x}" for byte in data)


def value_text(value: Value) -> str:
    """Return any value as print() shows it, without the newline that ends it."""
    match value:
        case Histogram():
            return _histogram_text(value)
        case TimeSeries():
            return time_series_text(value)
        case Stats():
            return primitive_text(stats_record(value))
        case _:
            return primitive_text(value)


def stats_record(stats: Stats) -> Record:
    """Return the value of a stats() map as the record that it is shown as."""
    return Record((("count", stats.count), ("average", stats.average), ("total", stats.total)))


def map_text(contents: MapContents) -> str:
    """Return the lines that show a map; nothing at all for a map with keys that has none."""
    return "".join(
        _entry_text(
            f"{contents.name}[{_key_text(entry.key)}]" if contents.keyed else contents.name, entry.value
        )
        for entry in contents.entries
    )


def _entry_text(label: str, value: Value) -> str:
    separator = ":\n" if isinstance(value, Histogram | TimeSeries) else ": "
    return f"{label}{separator}{value_text(value)}\n"


def _key_text(key: Primitive) -> str:
    """Return a key; a tuple has no outer parentheses here."""
    return _joined(key, ", ") if isinstance(key, tuple) else primitive_text(key)


def _joined(values: tuple[Primitive, ...], separator: str) -> str:
    return separator.join(map(primitive_text, values))


def _histogram_text(histogram: Histogram) -> str:
    highest = max((bucket.count for bucket in histogram.buckets), default=0)
    return "".join(
        f"{_range_text(bucket):<16}{bucket.count:>8} |{_bar(bucket.count, highest):<{_BAR_WIDTH}}|\n"
        for bucket in histogram.buckets
    )


def _range_text(bucket: Bucket) -> str:
    low, high = bucket.low, bucket.high
    if low is None:
        return f"(..., {high.label})" if high else "(..., ...)"
    if high is None:
        return f"[{low.label}, ...)"
    return f"[{low.label}]" if high.value - low.value == 1 else f"[{low.label}, {high.label})"


def _bar(count: int, highest: int) -> str:
    """Return the bar of a row; bpftrace works this out in single precision, which shows at the edges."""
    share = c_float(c_float(count).value / c_float(highest).value).value if highest else 0.0
    return "@" * int(c_float(share * _BAR_WIDTH).value)


class TextReporter(Reporter):
    """Writes text: what the script prints to `output`, what the tracer says to `messages`."""

    def __init__(self, output: OutputStream, messages: OutputStream) -> None:
        self._output = output
        self._messages = messages

    def attached(self, probes: int) -> None:
        """Write `Attached N probes` to the messages."""
        self._message(f"Attached {probes} probe{'s' if probes != 1 else ''}\n")

    def map(self, contents: MapContents) -> None:
        """Write a map, one line or one histogram per key."""
        self._write(map_text(contents))

    def value(self, value: Value) -> None:
        """Write a value and a newline."""
        self._write(value_text(value) + "\n")

    def printf(self, text: bytes | memoryview) -> None:
        """Write formatted text as it is."""
        self._output.write(text)

    def time(self, text: str) -> None:
        """Write formatted time as it is."""
        self._write(text)

    def join(self, text: str) -> None:
        """Write the joined strings and a newline."""
        self._write(text + "\n")

    def cat(self, data: bytes) -> None:
        """Write the content of a file as it is."""
        self._output.write(data)

    def syscall(self, data: bytes) -> None:
        """Write the output of a command as it is."""
        self._output.write(data)

    def issue(self, issue: Issue) -> None:
        """Write where the script met what to the messages."""
        self._message(paint(issue.text))

    def warning(self, text: str) -> None:
        """Write what the tracer has to say to the messages."""
        self._message(paint(text))

    def lost_events(self, count: int) -> None:
        """Write `Lost N events` to the messages."""
        self._message(f"Lost {count} events\n")

    def total_lost_events(self, count: int) -> None:
        """Write the final warning to the messages."""
        self._message(f"WARNING: Total lost event count: {count}\n")

    def test_result(self, count: int, verdicts: Sequence[Verdict]) -> None:
        """Write the lines for a test, and the summary after the last one."""
        self._write(verdict_text(count, verdicts, wants_color()))

    def benchmark_result(self, names: Sequence[str], result: BenchmarkResult, is_first: bool) -> None:
        """Write a row of the table."""
        self._write(benchmark_text(names, result, is_first))

    def probes_ended(self) -> None:
        """Write the two empty lines that stand before the maps."""
        self._write("\n\n")

    def flush(self) -> None:
        """Write out what is buffered."""
        self._output.flush()
        self._messages.flush()

    def _write(self, text: str) -> None:
        if text:
            self._output.write(to_bytes(text))

    def _message(self, text: str) -> None:
        self._output.flush()
        self._messages.write(to_bytes(text))
