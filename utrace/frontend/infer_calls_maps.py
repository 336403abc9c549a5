"""Calls that take a map as such: delete, find, has_key, is_scalar, len."""

from __future__ import annotations

from utrace.frontend import nodes
from utrace.frontend.infer_call_context import CallContext, Signature
from utrace.frontend.typed import READABLE_AS_INTEGER, MapKind
from utrace.frontend.types import BOOL, INT64, StackType, Type


def _delete(c: CallContext, call: nodes.Call) -> Type:
    subject = c.map_argument(call, keyed=len(call.arguments) > 1)
    if subject is None:
        return BOOL
    if len(call.arguments) > 1:
        _apart_key(c, call, subject)
    elif subject.key is None and c.facts.map_slot(subject).is_keyed:
        c.error(call, "delete() needs a key for a map that has keys", f"clear({subject.name}) empties it")
    else:
        c.expressions.key(subject)
    return BOOL


def _has_key(c: CallContext, call: nodes.Call) -> Type:
    subject = c.map_argument(call, keyed=True)
    if subject is not None:
        _apart_key(c, call, subject)
    return BOOL


def _find(c: CallContext, call: nodes.Call) -> Type:
    """`find(@m, key, $v)`: whether there is an entry; its value goes to `$v`."""
    subject = c.map_argument(call, keyed=True)
    target = call.arguments[2]
    if not isinstance(target, nodes.Variable):
        c.error(target, "find() expects a variable as its third argument")
    elif subject is not None:
        _apart_key(c, call, subject)
        slot = c.facts.map_slot(subject)
        if slot.kind not in {MapKind.VALUE, *READABLE_AS_INTEGER}:
            c.error(subject, f"The {slot.kind_name} in {subject.name} has no single value that could be used")
        elif slot.value is not None:
            flexible = slot.value_is_flexible if slot.kind is MapKind.VALUE else False
            c.facts.grow_variable(target, slot.value, flexible, call.span)
            c.expressions.type_of(target)
    return BOOL


def _len(c: CallContext, call: nodes.Call) -> Type:
    if not isinstance(call.arguments[0], nodes.MapAccess):
        found = c.expressions.value_type(call.arguments[0])
        if found is not None and not isinstance(found, StackType):
            c.error(call.arguments[0], f"len() expects a map or stack to be provided ({found} provided)")
        return INT64
    subject = c.map_argument(call, keyed=True)
    if subject is not None and subject.key is not None:
        c.error(subject, "len() expects a map without a key")
    return INT64


def _is_scalar(c: CallContext, call: nodes.Call) -> Type:
    subject = c.map_argument(call)
    if subject is not None:
        c.expressions.enter_constant(call, int(not c.facts.map_slot(subject).is_keyed))
    return BOOL


def _apart_key(c: CallContext, call: nodes.Call, subject: nodes.MapAccess) -> None:
    if subject.key is not None:
        c.error(subject, f"{call.name}() expects a map without a key, and the key as the second argument")
    else:
        c.expressions.key_expression(subject, call.arguments[1])


FUNCTIONS: dict[str, Signature] = {
    "delete": (1, 2, _delete),
    "find": (3, 3, _find),
    "has_key": (2, 2, _has_key),
    "is_scalar": (1, 1, _is_scalar),
    "len": (1, 1, _len),
}
