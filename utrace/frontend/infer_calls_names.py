"""Calls that turn a number into a string: strerror, signal_name, syscall_name."""

from __future__ import annotations

from utrace.frontend import nodes
from utrace.frontend.infer_call_context import CallContext, Signature
from utrace.frontend.number_names import number_names
from utrace.frontend.types import StringType, Type


def _name(c: CallContext, call: nodes.Call) -> Type:
    c.integer_argument(call, call.arguments[0])
    number = c.facts.constants.get(call.arguments[0])
    if isinstance(number, int):
        text = number_names(call.name).of(number)
        c.facts.constants[call] = text
        return StringType(len(text) + 1)
    return StringType(number_names(call.name).width)


FUNCTIONS: dict[str, Signature] = {
    "strerror": (1, 1, _name),
    "signal_name": (1, 1, _name),
    "syscall_name": (1, 1, _name),
}
