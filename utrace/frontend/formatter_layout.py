"""Text that knows where its lines may be broken.

A document is text, a tuple of documents, or one of the classes below.  A `Group` stays on one line if that fits;
otherwise the breaks directly in it become new lines.  (After P. Wadler, "A prettier printer", 2003.)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from utrace.lazy_dataclass import dataclass

INDENT = 2
"""Columns of one level, as bpftrace's formatter has it."""


@dataclass(frozen=True)
class Break:
    """A place where a line may end; `flat` stands there when it doesn't."""

    flat: str


@dataclass(frozen=True)
class NewLine:
    """A line ends here in any case, and so do those of all groups that this is in."""


@dataclass(frozen=True)
class Aside:
    """A comment at the end of a line, which may be too long for it: the line ends there."""

    text: str


@dataclass(frozen=True)
class Group:
    """Keep this on one line if it fits."""

    content: Doc


@dataclass(frozen=True)
class Indent:
    """New lines in here begin one level deeper."""

    content: Doc


@dataclass(frozen=True)
class Align:
    """New lines in here begin at the column where this begins."""

    content: Doc


Doc: TypeAlias = "str | Break | NewLine | Aside | Group | Indent | Align | tuple[Doc, ...]"

BLANK = Break(" ")
NOTHING = Break("")
NEW_LINE = NewLine()


def fill(documents: Iterable[Doc], separator: str, gap: Break = BLANK) -> Doc:
    """As many on each line as fit, lines being broken behind the separator."""
    first, *rest = documents
    return Align((first, *((separator, Group((gap, document))) for document in rest)))


def render(document: Doc, width: int) -> str:
    """Return the text, with lines of at most `width` columns as far as that can be."""
    return "".join(_Renderer(width).run(document))


_Entry: TypeAlias = "tuple[int, bool, Doc]"
"""Columns that new lines begin with, whether breaks are blanks, and what is to be written."""


class _Renderer:
    def __init__(self, width: int) -> None:
        self._width = width
        self._column = 0
        self._is_line_empty = True
        self._pending: list[_Entry] = []

    def run(self, document: Doc) -> Iterator[str]:
        self._pending = [(0, False, document)]
        while self._pending:
            indent, flat, item = self._pending.pop()
            match item:
                case str() | Aside():
                    yield from self._text(item if isinstance(item, str) else item.text, indent)
                case tuple():
                    self._pending.extend((indent, flat, part) for part in reversed(item))
                case Group(content):
                    stays = flat or _fits(self._width - self._column, content, self._pending)
                    self._pending.append((indent, stays, content))
                case Indent(content):
                    self._pending.append((indent + INDENT, flat, content))
                case Align(content):
                    start = indent if self._is_line_empty else self._column
                    self._pending.append((start, flat, content))
                case Break(text) if flat:
                    yield from self._text(text, indent)
                case Break() | NewLine():
                    yield "\n"
                    self._column = indent
                    self._is_line_empty = True

    def _text(self, text: str, indent: int) -> Iterator[str]:
        """Indent late, so that empty lines stay empty."""
        if not text:
            return
        if self._is_line_empty:
            yield " " * indent
            self._column = indent
            self._is_line_empty = False
        yield text
        end = text.rfind("\n")
        self._column = self._column + len(text) if end < 0 else len(text) - end - 1


def _fits(columns: int, content: Doc, following: Sequence[_Entry]) -> bool:
    """Tell whether `content` on one line, and what follows up to the next possible break, takes so many columns."""
    items: list[tuple[bool, Doc]] = [(True, content)]
    behind = len(following)
    while columns >= 0:
        if not items:
            if not behind:
                return True
            behind -= 1
            items.append(following[behind][1:])
            continue
        flat, item = items.pop()
        match item:
            case str():
                columns -= len(item)
            case Break(text) if flat:
                columns -= len(text)
            case tuple():
                items.extend((flat, part) for part in reversed(item))
            case Group(inner) | Indent(inner) | Align(inner):
                items.append((flat, inner))
            case _:  # the line ends here, which it may not do in the content
                return not flat
    return False
