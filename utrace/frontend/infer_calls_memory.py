"""Calls about values in memory: comparing, searching, turning round, and what contains them."""

from __future__ import annotations

from utrace.frontend import nodes
from utrace.frontend.infer_call_context import CallContext, Signature
from utrace.frontend.infer_types import missing_field, place_of_field
from utrace.frontend.types import (
    BOOL,
    INT32,
    INT64,
    ArrayType,
    IntType,
    PointerType,
    StringType,
    StructType,
    Type,
)
from utrace.frontend.unify import as_integer, wrap

CONCATENATION_BYTES = 256
"""Room in what str_concat() gives, unless an argument has more; it does not grow by being put into an argument."""


def _uptr(c: CallContext, call: nodes.Call) -> Type | None:
    found = c.expressions.value_type(call.arguments[0])
    if found is None or isinstance(found, IntType | PointerType):
        return found
    c.error(call.arguments[0], f"uptr() only supports integer or pointer arguments ({found} provided)")
    return None


def _container_of(c: CallContext, call: nodes.Call) -> Type | None:
    member, subject, path = call.arguments[0], call.arguments[1], _path(call.arguments[2])
    pointer = c.expressions.value_type(member)
    container = c.expressions.names.of_operand(subject)
    if pointer is None or container is None:
        return None
    if not isinstance(pointer, IntType | PointerType):
        c.error(member, f"container_of() expects a pointer ({pointer} provided)")
    if path is None:
        c.error(call.arguments[2], "container_of() expects the name of a member")
        return None
    offset = _offset(c, call.arguments[2], container, path)
    if offset is None:
        return None
    c.facts.constants[call.arguments[2]] = offset
    return PointerType(container)


def _path(node: nodes.Expression) -> tuple[str, ...] | None:
    """Return the names of `a.b.c`, which stands where an expression could."""
    if isinstance(node, nodes.Builtin):
        return (node.name,)
    before = _path(node.operand) if isinstance(node, nodes.Field) else None
    return (*before, node.name) if isinstance(node, nodes.Field) and before else None


def _offset(c: CallContext, node: nodes.Expression, whole: Type, path: tuple[str, ...]) -> int | None:
    offset, found = 0, whole
    for name in path:
        if not isinstance(found, StructType):
            c.error(node, f"container_of() expects a struct or union, not '{found}'")
            return None
        place = place_of_field(found, name)
        if place is None:
            c.error(node, missing_field(found, name))
            return None
        offset, found = offset + place[0], place[1]
    return offset


def _is_literal(c: CallContext, call: nodes.Call) -> Type:
    c.expressions.value_type(call.arguments[0])
    c.expressions.enter_constant(call, int(c.facts.constants.get(call.arguments[0]) is not None))
    return BOOL


def _memcmp(c: CallContext, call: nodes.Call) -> Type | None:
    types = c.types(call.arguments)
    if types is None:
        return None
    if as_integer(types[2]) is None:
        c.error(call.arguments[2], f"memcmp() expects an integer as its length ({types[2]} provided)")
    count = c.facts.constants.get(call.arguments[2])
    room = min(types[0].size, types[1].size)
    if isinstance(count, int) and count > room:
        message = f"memcmp() can not compare {count} bytes of {types[0]} and {types[1]}"
        c.error(call.arguments[2], message)
    return INT32


def _strstr(c: CallContext, call: nodes.Call) -> Type | None:
    types = c.types(call.arguments)
    for argument, found in zip(call.arguments, types or (), strict=False):
        if not _is_text(found):
            c.error(argument, f"strstr() expects strings ({found} provided)", "read it first: str(arg0)")
    return None if types is None else INT64


def _is_text(found: Type) -> bool:
    is_bytes = isinstance(found, ArrayType) and found.element.size == 1
    return isinstance(found, StringType) or is_bytes


def _str_concat(c: CallContext, call: nodes.Call) -> Type | None:
    c.string_arguments(call, 2)
    types = c.types(call.arguments)
    if types is None:
        return None
    left, right = (c.facts.constants.get(argument) for argument in call.arguments)
    if isinstance(left, bytes) and isinstance(right, bytes):
        c.facts.constants[call] = left + right
        return StringType(len(left + right) + 1)
    return StringType(max(types[0].size, types[1].size, CONCATENATION_BYTES))


def _bswap(c: CallContext, call: nodes.Call) -> Type | None:
    found = c.expressions.value_type(call.arguments[0])
    if found is None:
        return None
    if not isinstance(found, IntType):
        c.error(call.arguments[0], f"bswap() only supports integer arguments ({found} provided)")
        return None
    result = IntType(found.bits, False)
    value = c.facts.constants.get(call.arguments[0])
    if isinstance(value, int):
        data = wrap(value, result).to_bytes(result.size, "little")
        c.expressions.enter_constant(call, int.from_bytes(data, "big"))
    return result


FUNCTIONS: dict[str, Signature] = {
    "bswap": (1, 1, _bswap),
    "container_of": (3, 3, _container_of),
    "is_literal": (1, 1, _is_literal),
    "memcmp": (3, 3, _memcmp),
    "str_concat": (2, 2, _str_concat),
    "strstr": (2, 2, _strstr),
    "uptr": (1, 1, _uptr),
}
