"""`@x = count()` and its like: what is aggregated, and into which buckets."""

from __future__ import annotations

from utrace.frontend import nodes
from utrace.frontend.buckets import MAX_HIST_BITS, LinearBuckets, LogBuckets
from utrace.frontend.infer_expressions import ExpressionTyper
from utrace.frontend.infer_series import series_buckets
from utrace.frontend.typed import MapKind
from utrace.frontend.types import INT64, UINT64, IntType
from utrace.frontend.unify import as_integer

MAX_LINEAR_BUCKETS = 1000
_ARGUMENTS = {"count": (0, 0), "hist": (1, 2), "lhist": (4, 4), "tseries": (3, 4)}


def infer_aggregation(expressions: ExpressionTyper, target: nodes.MapAccess, call: nodes.Call) -> None:
    """Give the map its kind, and check the call."""
    facts = expressions.facts
    kind = MapKind(call.name)
    slot = facts.map_slot(target)
    expressions.key(target)
    if not expressions.calls.has_arguments(call, *_ARGUMENTS.get(call.name, (1, 1))):
        return
    value = _aggregated_type(expressions, call)
    buckets = _buckets(expressions, call)
    series = series_buckets(expressions, call) if kind is MapKind.TSERIES else None
    if not facts.set_kind(slot, kind, f"{kind.value}_t", target.span):
        return
    if (slot.buckets or buckets) != (buckets or slot.buckets) or (slot.series or series) != (
        series or slot.series
    ):
        facts.error(call.span, f"Different {kind.value} parameters in a single map {target.name}")
    slot.buckets = slot.buckets or buckets
    slot.series = slot.series or series
    if value is None:
        return
    known = slot.value
    if isinstance(known, IntType) and known != value:
        # uint64 and int64 in one aggregation: signed, as in arithmetic.
        value = INT64
    facts.has_changed = facts.has_changed or known != value
    slot.value = value


def _aggregated_type(expressions: ExpressionTyper, call: nodes.Call) -> IntType | None:
    if call.name == "count":
        return UINT64
    argument = call.arguments[0]
    found = expressions.value_type(argument)
    if found is None:
        return None
    integer = as_integer(found)
    if integer is None:
        expressions.facts.error(
            argument.span, f"{call.name}() only supports integer arguments ({found} provided)"
        )
        return None
    if call.name in {"hist", "lhist"}:
        return INT64
    return IntType(64, integer.is_signed)


def _buckets(expressions: ExpressionTyper, call: nodes.Call) -> LogBuckets | LinearBuckets | None:
    if call.name == "hist":
        return _log_buckets(expressions, call)
    return _linear_buckets(expressions, call) if call.name == "lhist" else None


def _log_buckets(expressions: ExpressionTyper, call: nodes.Call) -> LogBuckets | None:
    if len(call.arguments) == 1:
        return LogBuckets(0)
    bits = expressions.calls.constant_integer(call, 1, "its number of bits")
    if bits is None:
        return None
    if bits > MAX_HIST_BITS:
        expressions.facts.error(call.arguments[1].span, f"hist: bits {bits} must be 0..{MAX_HIST_BITS}")
        return None
    return LogBuckets(bits)


def _linear_buckets(expressions: ExpressionTyper, call: nodes.Call) -> LinearBuckets | None:
    facts = expressions.facts
    numbers = []
    for argument in call.arguments[1:]:
        expressions.value_type(argument)
        value = facts.constants.get(argument)
        if not isinstance(value, int) or value > INT64.maximum:
            facts.error(argument.span, "lhist() expects literals as minimum, maximum and step")
            return None
        numbers.append(value)
    minimum, maximum, step = numbers
    problem = None
    if step < 1:
        problem = f"lhist() step must be >= 1 ({step} provided)"
    elif minimum >= maximum:
        problem = f"lhist() min must be less than max (provided min {minimum} and max {maximum})"
    elif step > maximum - minimum:
        span = maximum - minimum
        problem = f"lhist() step is too large for the given range (provided step {step} for range {span})"
    elif (count := (maximum - minimum) // step) > MAX_LINEAR_BUCKETS:
        problem = f"lhist() too many buckets, must be <= {MAX_LINEAR_BUCKETS} (would need {count})"
    if problem:
        facts.error(call.span, problem)
        return None
    return LinearBuckets(minimum, maximum, step)
