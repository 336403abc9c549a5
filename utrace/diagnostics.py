"""Messages about a script, and their text form, which is the same as bpftrace's.

stdin:1:12-17: ERROR: Undefined or undeclared variable: $nope
begin { print($nope) }
              ~~~~~
HINT: ...

What a macro was expanded to is followed by its call, as a further block of the same form:

stdin:1:31-34: ERROR: expanded from
begin { print(1); twice($nope); }
                  ~~~~~~~~~~~~
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from utrace.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from utrace.source import Source, Span

TAB_WIDTH = 4
MAX_SHOWN_COLUMNS = 500
"""A longer source line is cut: a script of one megabyte on one line must not print a megabyte."""


class Severity(Enum):
    """How bad it is; the value is the word that is printed."""

    ERROR = "ERROR"
    WARNING = "WARNING"


class Context(NamedTuple):
    """Another place that a message is about, and what is said about it."""

    span: Span
    message: str


@dataclass(frozen=True)
class Diagnostic:
    """One message about one place of the script, with hints that say what to do about it."""

    severity: Severity
    span: Span
    message: str
    hints: tuple[str, ...] = ()
    contexts: tuple[Context, ...] = ()
    """Shown behind the message as blocks of their own."""


def error(span: Span, message: str, *hints: str) -> Diagnostic:
    """Return a diagnostic of severity ERROR."""
    return Diagnostic(Severity.ERROR, span, message, hints)


def warning(span: Span, message: str, *hints: str) -> Diagnostic:
    """Return a diagnostic of severity WARNING."""
    return Diagnostic(Severity.WARNING, span, message, hints)


def render(source: Source, diagnostics: Iterable[Diagnostic]) -> str:
    """Return the diagnostics as text, every line ended by a newline."""
    return "".join(_render_one(source, diagnostic) for diagnostic in diagnostics)


def _render_one(source: Source, diagnostic: Diagnostic) -> str:
    blocks = [Context(diagnostic.span, diagnostic.message), *diagnostic.contexts, *_calls(diagnostic.span)]
    text = "".join(_block(source, diagnostic.severity, *block) for block in blocks)
    return text + "".join(f"HINT: {hint}\n" for hint in diagnostic.hints)


def render_head(source: Source, diagnostic: Diagnostic) -> str:
    """As `render` of one diagnostic, but without the line of the script that it is about."""
    head = f"{_place(source, diagnostic.span)}: {diagnostic.severity.value}: {diagnostic.message}\n"
    return head + "".join(_block(source, diagnostic.severity, *call) for call in _calls(diagnostic.span))


def _calls(span: Span) -> Iterator[Context]:
    while span.origin is not None:
        span = span.origin
        yield Context(span, "expanded from")


def _block(source: Source, severity: Severity, span: Span, message: str) -> str:
    head = f"{_place(source, span)}: {severity.value}: {message}\n"
    part = source.part_at(span.start)
    first = source.location(span.start)
    last = source.location(max(span.end - 1, span.start))
    if first.line != last.line:
        return head
    return head + _excerpt(part.line(first.line), first.column - 1, last.column)


def _place(source: Source, span: Span) -> str:
    part = source.part_at(span.start)
    first = source.location(span.start)
    last = source.location(max(span.end - 1, span.start))
    if first.line != last.line:
        return f"{part.name}:{first.line}-{last.line}"
    # An empty span (the end of the file) is still marked, by one column.
    return f"{part.name}:{first.line}:{first.column}-{last.column + 1}"


def _excerpt(line: str, start: int, end: int) -> str:
    if len(line) > MAX_SHOWN_COLUMNS:
        left = max(0, start - MAX_SHOWN_COLUMNS // 2)
        line, start, end = line[left : left + MAX_SHOWN_COLUMNS], start - left, end - left
        end = min(end, MAX_SHOWN_COLUMNS)
    before, marked = _printable(line[:start]), _printable(line[start:end])
    return f"{before}{marked}{_printable(line[end:])}\n{' ' * len(before)}{'~' * max(1, len(marked))}\n"


def _printable(text: str) -> str:
    """Widen tabs and replace characters that a terminal would act upon or that cannot be written."""
    text = text.replace("\t", " " * TAB_WIDTH)
    return text if text.isprintable() else "".join(c if c.isprintable() else "?" for c in text)
