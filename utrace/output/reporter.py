"""The interface that every output format implements."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from utrace.output.model import Issue, MapContents, Value
from utrace.output.trials import BenchmarkResult, Verdict


class Reporter(ABC):
    """Presents what a script prints, in the order of the calls.

    Every method may raise `utrace.output.stream.OutputClosed` when nobody reads the output any more.
    """

    joins_printf: ClassVar[bool] = True
    """Whether the text of several printf events in a row may come in one call of `printf`."""

    @abstractmethod
    def attached(self, probes: int) -> None:
        """Say that the probes are armed; begin and end probes count."""

    @abstractmethod
    def map(self, contents: MapContents) -> None:
        """Show a map."""

    @abstractmethod
    def value(self, value: Value) -> None:
        """Show the value of a print() of something that is not a map."""

    @abstractmethod
    def printf(self, text: bytes | memoryview) -> None:
        """Show formatted text: that of one printf event or of several in a row."""

    @abstractmethod
    def time(self, text: str) -> None:
        """Show the formatted time that a script asked for."""

    @abstractmethod
    def join(self, text: str) -> None:
        """Show strings that are already put together."""

    @abstractmethod
    def cat(self, data: bytes) -> None:
        """Show the content of a file."""

    @abstractmethod
    def syscall(self, data: bytes) -> None:
        """Show the output of a command that the script ran by system()."""

    @abstractmethod
    def issue(self, issue: Issue) -> None:
        """Show what the running script met, or says itself by errorf() or warnf()."""

    @abstractmethod
    def warning(self, text: str) -> None:
        """Show what the tracer has to say to people: lines that end with a newline."""

    @abstractmethod
    def lost_events(self, count: int) -> None:
        """Say that `count` events were dropped since the last call."""

    @abstractmethod
    def total_lost_events(self, count: int) -> None:
        """Say at the end how many events were dropped in all."""

    @abstractmethod
    def test_result(self, count: int, verdicts: Sequence[Verdict]) -> None:
        """Show the last of the verdicts so far, of `count` that will come."""

    @abstractmethod
    def benchmark_result(self, names: Sequence[str], result: BenchmarkResult, is_first: bool) -> None:
        """Show how one of the benchmarks came out; `names` are all of them."""

    @abstractmethod
    def probes_ended(self) -> None:
        """Mark the place between the end probes' output and the maps."""

    @abstractmethod
    def flush(self) -> None:
        """Write out what is buffered."""
