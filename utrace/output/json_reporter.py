"""JSON Lines: one object for each thing that is shown.  `docs/output.schema.json` describes them."""

from __future__ import annotations

from collections.abc import Sequence

from utrace.frontend.typed import MapKind
from utrace.output import json_text
from utrace.output.model import Issue, IssueKind, MapContents, Value, to_text
from utrace.output.reporter import Reporter
from utrace.output.stream import OutputStream
from utrace.output.trials import BenchmarkResult, Verdict

_MAP_TYPES = {
    MapKind.HIST: "hist",
    MapKind.LHIST: "hist",
    MapKind.STATS: "stats",
    MapKind.AVG: "stats",
    MapKind.TSERIES: "tseries",
}
"""The `type` of a map's object; `map` for all others."""


class JsonReporter(Reporter):
    """Writes objects to `output`; what the tracer says to people goes to `messages` as text."""

    joins_printf = False

    def __init__(self, output: OutputStream, messages: OutputStream) -> None:
        self._output = output
        self._messages = messages

    def attached(self, probes: int) -> None:
        """Write an attached_probes object."""
        self._counted("attached_probes", probes, "probes")

    def map(self, contents: MapContents) -> None:
        """Write a map, hist, stats or tseries object; nothing for a map with keys that has none."""
        if contents.entries:
            self._data(_MAP_TYPES.get(contents.kind, "map"), json_text.map_value(contents))

    def value(self, value: Value) -> None:
        """Write a value object."""
        self._data("value", json_text.value(value))

    def printf(self, text: bytes | memoryview) -> None:
        """Write a printf object."""
        self._text("printf", bytes(text))

    def time(self, text: str) -> None:
        """Write a time object."""
        self._data("time", json_text.string(text))

    def join(self, text: str) -> None:
        """Write a join object."""
        self._data("join", json_text.string(text))

    def cat(self, data: bytes) -> None:
        """Write a cat object."""
        self._text("cat", data)

    def syscall(self, data: bytes) -> None:
        """Write a syscall object."""
        self._text("syscall", data)

    def issue(self, issue: Issue) -> None:
        """Write a runtime_error, helper_error, errorf or warnf object."""
        members = [("msg", json_text.string(issue.message))]
        if issue.kind is IssueKind.HELPER_ERROR:
            members += [("helper", json_text.string(issue.helper)), ("retcode", str(issue.code))]
        members += [
            ("filename", json_text.string(issue.filename)),
            ("line", str(issue.line)),
            ("col", str(issue.column)),
        ]
        self._object(issue.kind.value, members)

    def warning(self, text: str) -> None:
        """Write what the tracer has to say to the messages, as text."""
        self._output.flush()
        self._messages.write(text.encode("utf-8", "surrogateescape"))

    def lost_events(self, count: int) -> None:
        """Write a lost_events object."""
        self._counted("lost_events", count, "events")

    def total_lost_events(self, count: int) -> None:
        """Write the final warning to the messages, as text."""
        self.warning(f"WARNING: Total lost event count: {count}\n")

    def test_result(self, count: int, verdicts: Sequence[Verdict]) -> None:
        """Write a test_result object."""
        last = verdicts[-1]
        members = [
            ("duration", str(last.duration_ns)),
            ("passed", "true" if last.has_passed else "false"),
            ("output", json_text.string(last.output)),
        ]
        self._data("test_result", json_text.object_([(last.name, json_text.object_(members))]))

    def benchmark_result(self, names: Sequence[str], result: BenchmarkResult, is_first: bool) -> None:
        """Write a benchmark_result object."""
        members = [("average", str(result.average_ns)), ("iters", str(result.iterations))]
        self._data("benchmark_result", json_text.object_([(result.name, json_text.object_(members))]))

    def probes_ended(self) -> None:
        """Write nothing."""

    def flush(self) -> None:
        """Write out what is buffered."""
        self._output.flush()
        self._messages.flush()

    def _text(self, type_: str, data: bytes) -> None:
        self._data(type_, json_text.string(to_text(data)))

    def _data(self, type_: str, data: str) -> None:
        self._object(type_, [("data", data)])

    def _counted(self, type_: str, count: int, what: str) -> None:
        self._object(type_, [("count", str(count)), ("data", json_text.object_([(what, str(count))]))])

    def _object(self, type_: str, members: list[tuple[str, str]]) -> None:
        line = json_text.object_([("type", json_text.string(type_)), *members])
        self._output.write(line.encode("utf-8", "replace") + b"\n")
