"""Calls that make strings or look at them."""

from __future__ import annotations

from utrace.frontend import nodes
from utrace.frontend.infer_call_context import CallContext, Signature
from utrace.frontend.types import UINT64, ArrayType, IntType, PointerType, StringType, Type


def _str(c: CallContext, call: nodes.Call) -> Type | None:
    types = c.types(call.arguments)
    if types is None:
        return None
    size = c.facts.config.max_strlen
    if len(types) > 1:
        c.integer_argument(call, call.arguments[1])
        length = c.facts.constants.get(call.arguments[1])
        if isinstance(length, int) and length < 0:
            c.error(call.arguments[1], f"str() cannot take a negative length ({length} provided)")
        elif isinstance(length, int):
            size = max(1, min(length, size))
    source = types[0]
    if isinstance(source, StringType):
        _copy_constant(c, call)
        return source if len(types) == 1 else StringType(min(size, source.size))
    if isinstance(source, ArrayType) and source.element.size == 1 and source.count:
        return StringType(min(size, source.count), is_array=True)
    if not isinstance(source, IntType | PointerType):
        c.error(call.arguments[0], f"str() expects a pointer or integer ({source} provided)")
    return StringType(size)


def _copy_constant(c: CallContext, call: nodes.Call) -> None:
    value = c.facts.constants.get(call.arguments[0])
    if isinstance(value, bytes) and len(call.arguments) == 1:
        c.facts.constants[call] = value


def _strlen(c: CallContext, call: nodes.Call) -> Type:
    found = c.expressions.value_type(call.arguments[0])
    if found is not None and not _is_text(found):
        hint = "read the string first: str(arg0)"
        c.error(call.arguments[0], f"strlen() expects a string ({found} provided)", hint)
    return UINT64


def _is_text(found: Type) -> bool:
    """Tell whether a type is a string, an array of characters or a pointer to one."""
    if isinstance(found, ArrayType):
        return found.element.size == 1
    if isinstance(found, PointerType):
        return isinstance(found.pointee, IntType) and found.pointee.size == 1
    return isinstance(found, StringType)


def _strncmp(c: CallContext, call: nodes.Call) -> Type:
    c.string_arguments(call, 2)
    c.constant_integer(call, 2, "its length")
    return UINT64


FUNCTIONS: dict[str, Signature] = {
    "str": (1, 2, _str),
    "strlen": (1, 1, _strlen),
    "strncmp": (3, 3, _strncmp),
}
