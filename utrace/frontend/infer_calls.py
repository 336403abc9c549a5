"""Calls: the table of all functions.  Each subject has a file (`infer_calls_*.py`) with a table of its own."""

from __future__ import annotations

from utrace.frontend import (
    infer_calls_events,
    infer_calls_maps,
    infer_calls_memory,
    infer_calls_names,
    infer_calls_process,
    infer_calls_shown,
    infer_calls_stacks,
    infer_calls_strings,
    nodes,
)
from utrace.frontend.infer_call_context import CallContext, Signature
from utrace.frontend.infer_functions import type_of_call
from utrace.frontend.names import explain_unknown
from utrace.frontend.types import AGGREGATIONS, Type

FUNCTIONS: dict[str, Signature] = {
    **infer_calls_events.FUNCTIONS,
    **infer_calls_maps.FUNCTIONS,
    **infer_calls_memory.FUNCTIONS,
    **infer_calls_names.FUNCTIONS,
    **infer_calls_process.FUNCTIONS,
    **infer_calls_shown.FUNCTIONS,
    **infer_calls_stacks.FUNCTIONS,
    **infer_calls_strings.FUNCTIONS,
}


class CallTyper(CallContext):
    """Types of the calls in one block."""

    def type_of(self, call: nodes.Call) -> Type | None:
        """Return the type of a call that stands in an expression."""
        if call.name in AGGREGATIONS:
            hint = f"@x = {call.name}({', '.join('...' for _ in call.arguments)})"
            self.error(call, f"{call.name}() must be assigned directly to a map", hint)
            return None
        if call.name in self.facts.functions:
            return type_of_call(self, call)
        function = FUNCTIONS.get(call.name)
        if function is None:
            known = frozenset({*FUNCTIONS, *AGGREGATIONS, *self.facts.functions})
            unknown = explain_unknown(call.name, "function", known)
            self.facts.error(call.name_span, unknown.message, *unknown.hints)
            return None
        low, high, method = function
        return method(self, call) if self.has_arguments(call, low, high) else None
