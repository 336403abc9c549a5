"""Type inference: the expanded program to a TypedProgram.

Types depend on each other across blocks (`@x` may be assigned in the last probe and read in the first), so
all blocks are walked again and again while the types of maps and variables grow, which they can do only a
few times.  Then comes one final pass, the only one that reports errors and enters events.
"""

from __future__ import annotations

from utrace.errors import ScriptError
from utrace.frontend import nodes
from utrace.frontend.c_declarations import NO_DECLARATIONS, Declarations
from utrace.frontend.config import Config
from utrace.frontend.facts import Facts, FunctionSlot, Group, SymbolFinder
from utrace.frontend.helper_errors import enter_helper_errors
from utrace.frontend.infer_arguments import separate_by_parameters
from utrace.frontend.infer_statements import StatementTyper
from utrace.frontend.map_declarations import as_declared, check_declarations
from utrace.frontend.scopes import Scopes, VariableSlot
from utrace.frontend.type_source import TypeSource
from utrace.frontend.typed import MapKind, TypedFunction, TypedProbe, TypedProgram, VariableInfo
from utrace.frontend.types import INT64, NONE
from utrace.source import Source

MAX_PASSES = 64
"""Far more than any chain of maps that feed each other in a real script."""
SPECIAL = frozenset({"begin", "end"})


def infer(  # noqa: PLR0913 - keywords with defaults, most for tests
    program: nodes.Program,
    config: Config | None = None,
    source: Source | None = None,
    declarations: Declarations = NO_DECLARATIONS,
    *,
    unsafe: bool = False,
    runtime_warnings: bool = False,
    symbols: SymbolFinder = lambda _site, _name: None,
    type_source: TypeSource | None = None,
) -> TypedProgram:
    """Return the program with all types; raise ScriptError with everything that is wrong about them.

    `program` comes from `expand`: every probe has exactly one attach point.  `unsafe` allows functions that change
    something outside the tracer, `runtime_warnings` (-k) asks for one wherever a helper fails.  `symbols` looks up
    what `uaddr()` names, `type_source` knows the types of the probed binaries.
    """
    config = config or Config()
    source = source or Source("stdin", "")
    scopes = Scopes()
    program = separate_by_parameters(program, type_source)
    blocks = _distinct_blocks(program)
    for probes in blocks:
        scopes.resolve_probe(probes[0].predicate, probes[0].body)
    facts = Facts(
        config,
        scopes.slots,
        declarations,
        unsafe=unsafe,
        symbols=symbols,
        type_source=type_source,
    )
    typers = _function_typers(facts, scopes, program)
    typers += [(StatementTyper(facts, _group(probes)), probes[0]) for probes in blocks]
    _reach_fixed_point(facts, typers, scopes.all)
    facts.is_final = True
    for typer, probe in typers:
        typer.run(probe.predicate, probe.body)
    check_declarations(program, facts)
    if runtime_warnings:
        enter_helper_errors(facts, [*program.probes, *program.functions])
    errors = sorted(
        [*scopes.errors, *facts.diagnostics.values()], key=lambda diagnostic: diagnostic.span.order
    )
    if errors:
        raise ScriptError(errors, source)
    return _typed_program(program, facts, source)


def _distinct_blocks(program: nodes.Program) -> list[list[nodes.Probe]]:
    blocks: dict[nodes.Block, list[nodes.Probe]] = {}
    for probe in program.probes:
        blocks.setdefault(probe.body, []).append(probe)
    return list(blocks.values())


def _function_typers(
    facts: Facts, scopes: Scopes, program: nodes.Program
) -> list[tuple[StatementTyper, nodes.Probe]]:
    """Enter the script's functions; what can be used in one is what all probes have, which may call it."""
    typers = []
    for function in program.functions:
        scopes.resolve_function(function)
        slot = FunctionSlot(function, (None,) * len(function.parameters))
        facts.functions.setdefault(function.name, slot)
        typer = StatementTyper(facts, _group(list(program.probes)), slot)
        typers.append((typer, nodes.Probe(function.span, (), None, function.body)))
    return typers


def _group(probes: list[nodes.Probe]) -> Group:
    points = [point for probe in probes for point in probe.attach_points]
    values = {
        "probe": [point.name for point in points],
        "probetype": [probe_type(point) for point in points],
        "func": [_function_name(point) for point in points],
    }
    longest = {
        name: max(len(text.encode(errors="replace")) for text in texts) for name, texts in values.items()
    }
    sites = tuple(dict.fromkeys(point.site for point in points if point.site))
    return Group(frozenset(point.provider for point in points), longest, sites)


def probe_type(point: nodes.AttachPoint) -> str:
    """Return the value of the builtin `probetype`."""
    return "special" if point.provider in SPECIAL else point.provider


def _function_name(point: nodes.AttachPoint) -> str:
    return point.site.function_shown if point.site else ""


def _reach_fixed_point(
    facts: Facts, typers: list[tuple[StatementTyper, nodes.Probe]], variables: list[VariableSlot]
) -> None:
    for _ in range(MAX_PASSES):
        facts.has_changed = False
        for typer, probe in typers:
            typer.run(probe.predicate, probe.body)
        if not facts.has_changed and not _settle_untyped(variables) and not _settle_map(facts):
            return


def _settle_untyped(variables: list[VariableSlot]) -> bool:
    """Make integers of variables that nothing gives a type; tell whether there were any.

    First those that are only declared, as others may get theirs from them.
    """
    untyped = [slot for slot in variables if slot.type is None]
    unassigned = [slot for slot in untyped if not slot.is_assigned]
    for slot in unassigned or untyped:
        slot.type = INT64
    return bool(untyped)


def _settle_map(facts: Facts) -> bool:
    """Make integers of the first map that gets its type from nothing but itself; tell whether there was any."""
    for slot in facts.maps.values():
        if slot.value is None and (slot.kind is not None or slot.is_assigned):
            slot.kind, slot.value = slot.kind or MapKind.VALUE, INT64
            return True
    return False


def _typed_program(program: nodes.Program, facts: Facts, source: Source) -> TypedProgram:
    infos = {
        id(slot): VariableInfo(slot.name, slot.id, slot.type or INT64) for slot in facts.variables.values()
    }
    variables = {node: infos[id(slot)] for node, slot in facts.variables.items()}
    return TypedProgram(
        source=source,
        config=facts.config,
        probes=tuple(_typed_probe(index, probe, facts) for index, probe in enumerate(program.probes)),
        maps=tuple(as_declared(slot.info(), program) for slot in facts.maps.values()),
        events=tuple(facts.events),
        types=facts.types,
        operand_types=facts.operand_types,
        constants=facts.constants,
        variables=variables,
        functions={name: _typed_function(slot, variables) for name, slot in facts.functions.items()},
        call_events=facts.call_events,
        helper_errors=facts.helper_errors,
        warnings=tuple(
            sorted((*program.warnings, *facts.warnings.values()), key=lambda found: found.span.order)
        ),
        time_formats=tuple(facts.time_formats),
        distances=facts.distances,
    )


def _typed_function(slot: FunctionSlot, variables: dict[nodes.Variable, VariableInfo]) -> TypedFunction:
    node = slot.node
    parameters = tuple(variables[parameter.target] for parameter in node.parameters)
    return TypedFunction(node.name, parameters, slot.result or NONE, node.body, node)


def _typed_probe(index: int, probe: nodes.Probe, facts: Facts) -> TypedProbe:
    roots: list[nodes.Node] = [probe]
    if any(isinstance(node, nodes.Call) and node.name in facts.functions for node in nodes.walk(probe)):
        roots += [slot.node for slot in facts.functions.values()]
    names = {node.name for root in roots for node in nodes.walk(root) if isinstance(node, nodes.Builtin)}
    names_itself = bool(names & {"probe", "probetype", "func"})
    return TypedProbe(index, probe.attach_points[0], probe.predicate, probe.body, names_itself)
