"""Messages about a script, and their text form, which is the same as bpftrace's.

stdin:1:12-17: ERROR: Undefined or undeclared variable: $nope
begin { print($nope) }
              ~~~~~
HINT: ...
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from utrace.source import Source, Span

TAB_WIDTH = 4
MAX_SHOWN_COLUMNS = 500
"""A longer source line is cut: a script of one megabyte on one line must not print a megabyte."""


class Severity(Enum):
    """How bad it is; the value is the word that is printed."""

    ERROR = "ERROR"
    WARNING = "WARNING"


@dataclass(frozen=True)
class Diagnostic:
    """One message about one place of the script, with hints that say what to do about it."""

    severity: Severity
    span: Span
    message: str
    hints: tuple[str, ...] = ()


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
    first = source.location(diagnostic.span.start)
    last = source.location(max(diagnostic.span.end - 1, diagnostic.span.start))
    hints = "".join(f"HINT: {hint}\n" for hint in diagnostic.hints)
    text = f"{diagnostic.severity.value}: {diagnostic.message}\n"
    if first.line != last.line:
        return f"{source.name}:{first.line}-{last.line}: {text}{hints}"
    # An empty span (the end of the file) is still marked, by one column.
    end_column = last.column + 1
    head = f"{source.name}:{first.line}:{first.column}-{end_column}: {text}"
    return head + _excerpt(source.line(first.line), first.column - 1, end_column - 1) + hints


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
