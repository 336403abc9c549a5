"""The tables on the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from bench.hits import Hit
from bench.startup import Duration, Footprint
from bench.throughput import Flow


def hits(found: Sequence[Hit]) -> None:
    """One row for a case and a function, one column for a tool; nanoseconds per hit over the bare call."""
    rows = [("nanoseconds per hit, over the call", "function", "utrace", "median", "limit", "", "bpftrace")]
    kernel = {(hit.case, hit.kind): hit for hit in found if hit.tool == "bpftrace"}
    for hit in found:
        if hit.tool == "bpftrace":
            continue
        other = kernel.get((hit.case, hit.kind))
        rows.append(
            (
                hit.case,
                "push %rbp" if hit.kind == "push" else "other",
                f"{hit.added_min_ns:.1f}",
                f"{hit.added_median_ns:.1f}",
                f"{hit.limit_ns:g}",
                _verdict(hit.added_min_ns, hit.limit_ns),
                f"{other.added_min_ns:,.0f}" if other else "-",
            )
        )
    _print(rows)


def durations(found: Sequence[Duration]) -> None:
    """One row for a step and a tool; milliseconds."""
    rows = [("milliseconds", "tool", "best", "median", "processor", "limit", "")]
    for step in found:
        limit = step.limit_ms if step.tool == "utrace" else None
        rows.append(
            (
                step.what,
                step.tool,
                f"{step.min_ms:.0f}",
                f"{step.median_ms:.0f}",
                f"{step.cpu_min_ms:.0f}",
                f"{limit:g}" if limit else "",
                _verdict(step.min_ms, limit) if limit else "",
            )
        )
    _print(rows)


def footprint(found: Footprint) -> None:
    """One row for what was looked at in the target."""
    rows = [("the target", "before", "during", "after")]
    for name in found.before:
        rows.append((name, *(str(state[name]) for state in (found.before, found.during, found.after))))
    _print(rows)


def flows(found: Sequence[Flow]) -> None:
    """One row for a rate of sending."""
    rows = [("printf events to a file", "sent", "written", "lost", "written/s", "tracer ns/event")]
    for flow in found:
        rows.append(
            (
                f"offered {flow.offered_rate:,}/s" if flow.offered_rate else "as fast as it can",
                f"{flow.sent:,}",
                f"{flow.written:,}",
                f"{flow.lost:,}",
                f"{flow.written_rate:,.0f}",
                f"{flow.cpu_ns:.0f}",
            )
        )
    _print(rows)


def _verdict(value: float, limit: float) -> str:
    return "ok" if value <= limit else "MISSED"


def _print(rows: Sequence[Sequence[str]]) -> None:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    print()
    for row in rows:
        first, *rest = (
            cell.ljust(width) if not i else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        print("  ".join((first, *rest)), flush=True)
