"""What a running script met, or says by errorf() and warnf(), with its place."""

from __future__ import annotations

import errno
import os

from utrace.diagnostics import error, render, render_head, warning
from utrace.frontend.typed import EventInfo
from utrace.output.model import Issue, IssueKind
from utrace.source import Source

MAP_FULL = -errno.E2BIG
_EXPLAINED = {
    (
        "map_update_elem",
        MAP_FULL,
    ): "Map full; can't update element. Try increasing max_map_keys config or manually "
    "setting the max entries in a map declaration e.g. `let @a = hash(5000)`",
    ("map_delete_elem", -errno.ENOENT): "Can't delete map element because it does not exist.",
    ("map_lookup_elem", 0): "Can't lookup map element because it does not exist.",
}
"""What bpftrace says about a helper that returned a number, where the system's own text would say less."""


def runtime_error(source: Source, event: EventInfo) -> Issue:
    """Return what a WARNING event says: a division by zero, an index out of bounds."""
    text = render(source, [warning(event.span, event.message)])
    return _issue(source, event, IssueKind.RUNTIME_ERROR, event.message, text)


def helper_error(source: Source, event: EventInfo, code: int) -> Issue:
    """Return what a HELPER_ERROR event says; the helper returned `code`, an error number below zero or 0."""
    message = _EXPLAINED.get((event.helper, code)) or event.message or os.strerror(-code)
    shown = f"{message}\nAdditional Info - helper: {event.helper}, retcode: {code}"
    text = render(source, [warning(event.span, shown)])
    return _issue(source, event, IssueKind.HELPER_ERROR, message, text, event.helper, code)


def said(source: Source, event: EventInfo, kind: IssueKind, message: str) -> Issue:
    """Return what a script says by errorf() or warnf(): the place, but not the line, which is just that call."""
    make = error if kind is IssueKind.ERRORF else warning
    text = render_head(source, make(event.span, message.removesuffix("\n")))
    return _issue(source, event, kind, message, text)


def _issue(
    source: Source,
    event: EventInfo,
    kind: IssueKind,
    message: str,
    text: str,
    *helper: str | int,
) -> Issue:
    place = source.location(event.span.start)
    name = source.part_at(event.span.start).name
    return Issue(kind, message, name, place.line, place.column, text, *helper)  # type: ignore[arg-type]
