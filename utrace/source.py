"""A script's text and places in it: the vocabulary of spans that all diagnostics share."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple


class Span(NamedTuple):
    """A half-open range of character offsets into `Source.text`."""

    start: int
    end: int

    def to(self, other: Span) -> Span:
        """Return the range from where this span starts to where `other` ends."""
        return Span(self.start, max(self.end, other.end))


class Location(NamedTuple):
    """A place as people count: line and column both begin at 1."""

    line: int
    column: int


@dataclass(frozen=True)
class Source:
    """The text of one script; `name` is the path that messages show, or `stdin` for `-e`."""

    name: str
    text: str

    @cached_property
    def line_starts(self) -> tuple[int, ...]:
        """Offsets at which lines begin; only a newline ends a line."""
        starts = [0]
        position = self.text.find("\n")
        while position >= 0:
            starts.append(position + 1)
            position = self.text.find("\n", position + 1)
        return tuple(starts)

    def location(self, offset: int) -> Location:
        """Return line and column of a character offset (the end of the text is a valid offset)."""
        line = bisect_right(self.line_starts, offset)
        return Location(line, offset - self.line_starts[line - 1] + 1)

    def line(self, number: int) -> str:
        """Return the text of the line with this 1-based number, without its newline."""
        start = self.line_starts[number - 1]
        end = self.text.find("\n", start)
        return self.text[start:] if end < 0 else self.text[start:end]

    def text_of(self, span: Span) -> str:
        """Return the characters that a span covers."""
        return self.text[span.start : span.end]
