"""Which helpers may fail where, for the warnings of -k: an event for each pair of a node and a helper."""

from __future__ import annotations

from collections.abc import Iterator

from utrace.frontend import nodes
from utrace.frontend.facts import Facts
from utrace.frontend.typed import MapKind

LOOKUP, UPDATE, DELETE = "map_lookup_elem", "map_update_elem", "map_delete_elem"
READ, READ_STRING = "probe_read_user", "probe_read_user_str"
HELPERS = frozenset({LOOKUP, UPDATE, DELETE, READ, READ_STRING})


def enter_helper_errors(facts: Facts, roots: list[nodes.Node]) -> None:
    """Enter the events for everything below some nodes, once their types are known."""
    for root in roots:
        for node in nodes.walk(root):
            for helper in _helpers(facts, node):
                place = node.target if isinstance(node, nodes.Assign | nodes.Increment) else node
                facts.add_helper_error(node, helper, place.span)


def _helpers(facts: Facts, node: nodes.Node) -> Iterator[str]:
    match node:
        case nodes.MapAccess(key=nodes.Expression()) if _is_plain(facts, node) and node in facts.types:
            yield LOOKUP
        case nodes.Assign(target=nodes.MapAccess()) | nodes.Increment(target=nodes.MapAccess()):
            yield UPDATE
        case nodes.Call(name="delete"):
            yield DELETE
        case nodes.Call() | nodes.Builtin():
            yield READ
            yield READ_STRING
        case nodes.Unary(operator="*") | nodes.Field() | nodes.Index() | nodes.Cast():
            yield READ


def _is_plain(facts: Facts, node: nodes.MapAccess) -> bool:
    return facts.map_slot(node).kind is MapKind.VALUE
