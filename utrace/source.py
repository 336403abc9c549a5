"""A script's text and places in it: the vocabulary of spans that all diagnostics share."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import field
from functools import cached_property
from typing import NamedTuple

from utrace.lazy_dataclass import dataclass


class Span(NamedTuple):
    """A half-open range of character offsets, in the numbering of `Source`."""

    start: int
    end: int
    origin: Span | None = None
    """In what a macro was expanded to: the call of the macro, which may be in an expansion itself."""

    def to(self, other: Span) -> Span:
        """Return the range from where this span starts to where `other` ends."""
        return Span(self.start, max(self.end, other.end), self.origin)

    def within(self, origin: Span) -> Span:
        """Return the same range as part of an expansion whose call is at `origin`."""
        return Span(self.start, self.end, origin)

    @property
    def outermost(self) -> Span:
        """The place outside all macros that this one comes from; itself when it is in none."""
        span = self
        while span.origin is not None:
            span = span.origin
        return span

    @property
    def order(self) -> tuple[int, ...]:
        """A key that sorts places as a reader meets them: expansions at their calls."""
        outer = self.origin.order if self.origin is not None else ()
        return (*outer, self.start, self.end)


class Location(NamedTuple):
    """A place as people count: line and column both begin at 1."""

    line: int
    column: int


@dataclass(frozen=True)
class Source:
    """The text of a script and of every file that it brings along; a span is a place in one of them.

    `name` is the path that messages show, or `stdin` for `-e`.  The first character of the text has the number
    `base`: 0 in the script, and in each file that is added, one more than the end of the one before.
    """

    name: str
    text: str
    base: int = 0
    added: list[Source] = field(default_factory=list, compare=False, repr=False)

    def add(self, name: str, text: str) -> Source:
        """Append a further file and return it."""
        last = self.added[-1] if self.added else self
        self.added.append(Source(name, text, last.base + len(last.text) + 1))
        return self.added[-1]

    def part_at(self, offset: int) -> Source:
        """Return the file that an offset is in."""
        index = bisect_right(self.added, offset, key=lambda part: part.base)
        return self.added[index - 1] if index else self

    def mentions(self, word: str) -> bool:
        """Tell whether the text of any file contains a word."""
        return any(word in part.text for part in (self, *self.added))

    @cached_property
    def line_starts(self) -> tuple[int, ...]:
        """Places in this file's text at which lines begin; only a newline ends a line."""
        starts = [0]
        position = self.text.find("\n")
        while position >= 0:
            starts.append(position + 1)
            position = self.text.find("\n", position + 1)
        return tuple(starts)

    def location(self, offset: int) -> Location:
        """Return line and column of a character (the end of a file is a valid offset) in its file."""
        part = self.part_at(offset)
        position = offset - part.base
        line = bisect_right(part.line_starts, position)
        return Location(line, position - part.line_starts[line - 1] + 1)

    def line(self, number: int) -> str:
        """Return the text of this file's line with this 1-based number, without its newline."""
        start = self.line_starts[number - 1]
        end = self.text.find("\n", start)
        return self.text[start:] if end < 0 else self.text[start:end]

    def text_of(self, span: Span) -> str:
        """Return the characters that a span covers."""
        part = self.part_at(span.start)
        return part.text[span.start - part.base : span.end - part.base]
