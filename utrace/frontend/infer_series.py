"""`@x = tseries(n, interval, count, aggregation)`: intervals, how many, and what is kept of each."""

from __future__ import annotations

from utrace.frontend import nodes
from utrace.frontend.buckets import MAX_SERIES_INTERVALS, SERIES_AGGREGATIONS, SeriesBuckets
from utrace.frontend.infer_expressions import ExpressionTyper
from utrace.frontend.typed import MapKind

_UNSTABLE = (
    "Script is using an unstable feature: tseries. "
    "To prevent this warning you must explicitly enable it in the config e.g. unstable_tseries=enable"
)
_DISABLED = (
    "tseries feature is not enabled by default. "
    "To enable this unstable feature, set the config flag to enable. unstable_tseries=enable"
)


def series_buckets(expressions: ExpressionTyper, call: nodes.Call) -> SeriesBuckets | None:
    """Return the layout of a series; None, with errors reported, when the arguments make none."""
    facts = expressions.facts
    if facts.config.unstable_tseries == "error":
        facts.error(call.span, _DISABLED)
        return None
    if facts.config.unstable_tseries == "warn" and all(text != _UNSTABLE for _, text in facts.warnings):
        facts.warn(call.span, _UNSTABLE)
    interval = expressions.calls.constant_integer(call, 1, "its interval")
    count = expressions.calls.constant_integer(call, 2, "its number of intervals")
    aggregation = _aggregation(expressions, call)
    if interval is None or count is None or aggregation is None or not _has_clock(expressions, call):
        return None
    problem = None
    if interval < 1:
        problem = f"tseries() interval must be >= 1 ({interval} provided)"
    elif count < 1:
        problem = f"tseries() num_intervals must be >= 1 ({count} provided)"
    elif count > MAX_SERIES_INTERVALS:
        problem = f"tseries() num_intervals must be <= {MAX_SERIES_INTERVALS} ({count} provided)"
    if problem:
        facts.error(call.span, problem)
        return None
    return SeriesBuckets(interval, count, aggregation)


def _aggregation(expressions: ExpressionTyper, call: nodes.Call) -> str | None:
    if len(call.arguments) < 4:
        return "last"
    name = expressions.calls.literal_text(call, 3, "its aggregation function")
    expressions.value_type(call.arguments[3])
    if name is None or name in SERIES_AGGREGATIONS:
        return name
    message = (
        f"tseries() expects one of the following aggregation functions: {', '.join(SERIES_AGGREGATIONS)}"
        f' ("{name[:40]}" provided)'
    )
    expressions.facts.error(call.arguments[3].span, message)
    return None


def _has_clock(expressions: ExpressionTyper, call: nodes.Call) -> bool:
    """Check that the map exists that BPFTRACE_DUMMY_TS_MAP puts in the place of the clock."""
    facts = expressions.facts
    name = facts.config.dummy_ts_map
    slot = facts.maps.get(name)
    if not name or (slot is not None and slot.kind in {None, MapKind.VALUE} and not slot.is_keyed):
        return True
    facts.error(call.span, f"BPFTRACE_DUMMY_TS_MAP: there is no map {name} that holds one number")
    return False
