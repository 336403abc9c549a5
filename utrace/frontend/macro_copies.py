"""Copies of trees for the expansion of macros, and how many there may be."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any, TypeVar

from utrace.diagnostics import error
from utrace.errors import ScriptError
from utrace.frontend import nodes
from utrace.frontend.parse import MAX_NESTING
from utrace.source import Span

MAX_NODES = 20_000
"""Nodes that expansions may have in all.  Macros that call each other twice double with every level."""

AnyNode = TypeVar("AnyNode", bound=nodes.Node)


class Copier:
    """Counts the nodes of all expansions, and copies arguments: each use of a parameter is an expression of its own."""

    def __init__(self) -> None:
        self._nodes = 0

    def count(self, call: Span) -> None:
        """Count a node of an expansion; ScriptError when there are too many."""
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise ScriptError([error(call.outermost, f"Macros expand to more than {MAX_NODES} nodes")])

    def copy(self, node: AnyNode, call: Span, depth: int) -> AnyNode:
        """Return a copy of a tree, whose root is `depth` levels deep, for the macro called at `call`."""
        self.count(call)
        if depth >= MAX_NESTING:
            raise too_deep(call)
        changes: dict[str, Any] = {}
        for name in members_of(type(node)):
            value = getattr(node, name)
            if isinstance(value, nodes.Node):
                changes[name] = self.copy(value, call, depth + 1)
            elif isinstance(value, tuple) and value and isinstance(value[0], nodes.Node):
                changes[name] = tuple([self.copy(item, call, depth + 1) for item in value])
        return replace(node, **changes)


def too_deep(place: Span) -> ScriptError:
    """Return the error for a tree of too many levels."""
    return ScriptError([error(place.outermost, f"Nested too deeply: the limit is {MAX_NESTING} levels")])


_members: dict[type[nodes.Node], tuple[str, ...]] = {}


def members_of(kind: type[nodes.Node]) -> tuple[str, ...]:
    """Return the names of the members of a kind of node, but for its places."""
    if kind not in _members:
        names = (field.name for field in fields(kind))
        _members[kind] = tuple(name for name in names if name not in {"span", "name_span"})
    return _members[kind]
