"""`args`: the parameters of the probed function, as the members of a struct."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from typing import TYPE_CHECKING

from utrace.frontend import nodes
from utrace.frontend.types import StructType, Type

if TYPE_CHECKING:
    from utrace.frontend.infer_expressions import ExpressionTyper
    from utrace.frontend.type_source import TypeSource

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


def separate_by_parameters(program: nodes.Program, source: TypeSource | None) -> nodes.Program:
    """Give probes of one block that use `args` copies of it where their functions have different parameters."""
    copies: dict[tuple[nodes.Block, str], tuple[nodes.Expression | None, nodes.Block]] = {}
    kept: set[nodes.Block] = set()
    users: dict[nodes.Block, bool] = {}
    probes = []
    for probe in program.probes:
        site = probe.attach_points[0].site
        if probe.body not in users:
            users[probe.body] = _uses_arguments(probe)
        if source is not None and site is not None and users[probe.body]:
            parameters = source.parameters(site)
            key = (probe.body, str(_shape(parameters) if parameters else None))
            if key not in copies:
                is_first = probe.body not in kept
                copies[key] = (
                    (probe.predicate, probe.body) if is_first else deepcopy((probe.predicate, probe.body))
                )
                kept.add(probe.body)
            predicate, body = copies[key]
            probe = nodes.Probe(probe.span, probe.attach_points, predicate, body)
        probes.append(probe)
    return replace(program, probes=tuple(probes))


def _uses_arguments(probe: nodes.Probe) -> bool:
    return any(isinstance(node, nodes.Builtin) and node.name == "args" for node in nodes.walk(probe))
