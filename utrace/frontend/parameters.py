"""Positional parameters: `$1` becomes an Integer or a String, whichever its use and its text ask for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any, TypeVar

from utrace.frontend import nodes
from utrace.frontend.literals import integer_value

AnyNode = TypeVar("AnyNode", bound=nodes.Node)

_STRING_ARGUMENTS = {"str": 1, "strlen": 1, "strncmp": 2}
"""How many of a function's arguments, the first ones, are strings."""


def substitute(node: AnyNode, parameters: Sequence[str]) -> AnyNode:
    """Return the tree with every Positional replaced; subtrees without one stay the same objects.

    A missing parameter is 0, or `""` where a string is wanted: in `str($1)` and beside a string.
    """
    changes: dict[str, Any] = {}
    for field in fields(node):
        value = getattr(node, field.name)
        if field.name == "arguments" and isinstance(node, nodes.Call):
            new = _call_arguments(node, parameters)
        else:
            new = _substitute_value(value, parameters, wants_string=_wants_string(node))
        if new is not value:
            changes[field.name] = new
    return replace(node, **changes) if changes else node


def _wants_string(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Binary) and any(
        isinstance(side, nodes.String) for side in (node.left, node.right)
    )


def _call_arguments(call: nodes.Call, parameters: Sequence[str]) -> tuple[nodes.Expression, ...]:
    strings = _STRING_ARGUMENTS.get(call.name, 0)
    new = tuple(
        _tail(argument, parameters) or _substitute_value(argument, parameters, wants_string=True)
        if index < strings
        else _substitute_value(argument, parameters, wants_string=False)
        for index, argument in enumerate(call.arguments)
    )
    return new if any(a is not b for a, b in zip(new, call.arguments, strict=True)) else call.arguments


def _tail(argument: nodes.Expression, parameters: Sequence[str]) -> nodes.String | None:
    """Return what `$1 + 3` is as a string: what begins at the fourth character."""
    offset = 0
    inner = argument
    while isinstance(inner, nodes.Binary) and inner.operator == "+":
        first, second = inner.left, inner.right
        inner, added = (first, second) if isinstance(second, nodes.Integer) else (second, first)
        if not isinstance(added, nodes.Integer):
            return None
        offset += added.value
    if not isinstance(inner, nodes.Positional):
        return None
    text = _literal(inner, parameters, wants_string=True)
    assert isinstance(text, nodes.String)
    return nodes.String(argument.span, text.value[offset:])


def _substitute_value(value: Any, parameters: Sequence[str], *, wants_string: bool) -> Any:
    if isinstance(value, nodes.Positional):
        return _literal(value, parameters, wants_string=wants_string)
    if isinstance(value, nodes.Node):
        return substitute(value, parameters)
    if isinstance(value, tuple) and any(isinstance(item, nodes.Node) for item in value):
        new = tuple(_substitute_value(item, parameters, wants_string=wants_string) for item in value)
        return new if any(a is not b for a, b in zip(new, value, strict=True)) else value
    return value


def _literal(node: nodes.Positional, parameters: Sequence[str], *, wants_string: bool) -> nodes.Expression:
    if node.index == 0:
        count = len(parameters)
        return (
            nodes.String(node.span, str(count).encode()) if wants_string else nodes.Integer(node.span, count)
        )
    if node.index > len(parameters):
        return nodes.String(node.span, b"") if wants_string else nodes.Integer(node.span, 0)
    text = parameters[node.index - 1]
    number = _number(text)
    if wants_string or number is None:
        return nodes.String(node.span, text.encode(errors="surrogateescape"))
    if number < 0:
        return nodes.Unary(node.span, "-", nodes.Integer(node.span, -number))
    return nodes.Integer(node.span, number)


def _number(text: str) -> int | None:
    digits = text.removeprefix("-")
    if not digits[:1].isdigit() or not digits.isascii():
        return None
    try:
        value = integer_value(digits)
    except ValueError:
        return None
    return -value if digits != text else value
