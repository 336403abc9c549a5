"""`args`: the parameters of the probed function, as the members of a struct."""

from __future__ import annotations

from typing import TYPE_CHECKING

from utrace.frontend import nodes
from utrace.frontend.types import StructType, Type

if TYPE_CHECKING:
    from utrace.frontend.infer_expressions import ExpressionTyper

HINT = "use arg0, arg1 ..., with casts"


def arguments_type(expressions: ExpressionTyper, node: nodes.Builtin) -> Type | None:
    """Return the struct of parameters; probes that share a block must have functions with the same ones."""
    group, facts = expressions.group, expressions.facts
    for provider in sorted(group.providers - {"uprobe"}):
        facts.error(node.span, f"The args builtin can not be used with '{provider}' probes")
        return None
    first: StructType | None = None
    for site in group.sites:
        found = facts.arguments(site)
        if found is None:
            name = site.label or site.function or hex(site.offset)
            facts.error(node.span, f"The parameters of {name} in {site.path} are not known", HINT)
            return None
        if first is not None and _shape(found) != _shape(first):
            message = f"{group.sites[0].function} and {site.function} have different parameters"
            facts.error(node.span, message, "make a probe of its own for each")
            return None
        first = first or found
    return first


def _shape(found: StructType) -> list[tuple[str, str, int, tuple[int, ...]]]:
    return [(member.name, str(member.type), member.type.size, member.words) for member in found.members]
