"""Loops whose rounds are calls of a function: `for ($kv : @map)`, and `for ($i : a..b)` of many rounds.

The body becomes a callback of the kernel's bpf_for_each_map_elem or bpf_loop, which end by themselves, as a verifier
wants it.  Variables that the body shares with the code around it are kept in shared memory (`codegen_environment`).
`break` and `continue` are the callback's result; what leaves more than the loop is noted, and acted upon behind it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeGuard

from llvmlite import ir

from utrace.backend import codegen_aggregation, codegen_stack
from utrace.backend.codegen_convert import convert, store_scalar
from utrace.backend.codegen_frame import I64, PTR, Frame, Place
from utrace.frontend import nodes
from utrace.frontend.typed import MapInfo, MapKind, TypedProgram
from utrace.frontend.types import INT64, TupleType
from utrace.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from utrace.backend.codegen_probe import ProbeCompiler

MOST_INLINE_ROUNDS = 100
"""A loop over a range of no more rounds is code in place, which is quicker; a verifier follows each round."""
MOST_ROUNDS = 1 << 23
"""What bpf_loop allows (`BPF_MAX_LOOPS`)."""


@dataclass(frozen=True)
class Loops:
    """What is known of the loops of a program before code is generated."""

    shared: frozenset[int]
    """Ids of the variables that are used both inside and outside the body of a callback."""
    levels: int
    """How many functions may be active at once."""


def survey_program(typed: TypedProgram, body: nodes.Block) -> Loops:
    """Look at all loops of a program, those of functions that it may call included."""
    own = _survey(typed, body)
    functions = [_survey(typed, function.node) for function in typed.functions.values()]
    shared = frozenset[int]().union(own.shared, *(loops.shared for loops in functions))
    return Loops(shared, own.levels + sum(loops.levels - 1 for loops in functions))


def _survey(typed: TypedProgram, root: nodes.Node) -> Loops:
    callbacks = [node for node in nodes.walk(root) if _is_callback(node, typed)]
    if not callbacks:
        return Loops(frozenset(), 1)
    everywhere = _uses(typed, root)
    shared: set[int] = set()
    for loop in callbacks:
        inside = _uses(typed, loop.body)
        inside[typed.variable_of(loop.target).id] += 1
        shared |= {variable for variable in inside if inside[variable] < everywhere[variable]}
    return Loops(frozenset(shared), 1 + max(_depth(typed, loop) for loop in callbacks))


def _is_callback(node: nodes.Node, typed: TypedProgram) -> TypeGuard[nodes.ForMap | nodes.ForRange]:
    return isinstance(node, nodes.ForMap) or (isinstance(node, nodes.ForRange) and not is_inline(typed, node))


def _depth(typed: TypedProgram, node: nodes.Node) -> int:
    below = max((_depth(typed, child) for child in nodes.children(node)), default=0)
    return below + _is_callback(node, typed)


def _uses(typed: TypedProgram, root: nodes.Node) -> Counter[int]:
    variables = (node for node in nodes.walk(root) if isinstance(node, nodes.Variable))
    return Counter(typed.variable_of(node).id for node in variables)


def is_inline(typed: TypedProgram, node: nodes.ForRange) -> bool:
    """Tell whether a loop over a range is known to have few rounds."""
    start, stop = typed.constant_of(node.start), typed.constant_of(node.stop)
    return isinstance(start, int) and isinstance(stop, int) and stop - start <= MOST_INLINE_ROUNDS


def for_map(p: ProbeCompiler, node: nodes.ForMap) -> None:
    """Compile `for $kv : @map { }`."""
    info = p.typed.map(node.map.name)

    def bind(arguments: tuple[ir.Argument, ...]) -> None:
        _, key, value, _ = arguments
        _bind_element(p, info, node.target, key, value)

    callback = _callback(p, node, node.body, 4, bind)
    _call(p, callback, "for_each_map_elem", p.frame.globals.map(info))


def for_range(p: ProbeCompiler, node: nodes.ForRange) -> None:
    """Compile `for $i : start..stop { }` of many or unknown rounds."""
    frame, variable = p.frame, p.typed.variable_of(node.target)
    start, stop = p.value_as(node.start, INT64), p.value_as(node.stop, INT64)
    first = frame.shared.word(node)
    frame.store(start, frame.place(first))
    rounds = p.builder.sub(stop, start)
    limit = p.builder.icmp_unsigned("<", rounds, I64(MOST_ROUNDS))
    rounds = p.builder.select(limit, rounds, I64(MOST_ROUNDS))
    rounds = p.builder.select(p.builder.icmp_signed("<", start, stop), rounds, I64(0))

    def bind(arguments: tuple[ir.Argument, ...]) -> None:
        current = p.builder.add(p.frame.load(p.frame.place(first), I64), arguments[0])
        store_scalar(p.frame, convert(p.builder, current, INT64, variable.type), p.variable(variable))

    callback = _callback(p, node, node.body, 2, bind)
    _call(p, callback, "loop", rounds)


def length(p: ProbeCompiler, node: nodes.Call) -> ir.Value:
    """Compile `len(@map)`, which is how many rounds a loop over it has, or `len` of a stack."""
    (access,) = node.arguments
    if not (isinstance(access, nodes.MapAccess) and p.typed.is_map_argument(access)):
        return codegen_stack.length(p, node)
    body = nodes.Block(node.span, ())
    callback = _callback(p, node, body, 4, lambda _: None)
    return _call(p, callback, "for_each_map_elem", p.frame.globals.map(p.typed.map(access.name)))


def _call(p: ProbeCompiler, callback: Frame, helper: str, subject: ir.Value) -> ir.Value:
    frame = p.frame
    environment = frame.shared.address if frame.environment is None else frame.environment
    count = frame.call(helper, subject, callback.function, environment, I64(0))
    frame.go_on_after(callback)
    return count


def _callback(
    p: ProbeCompiler,
    node: nodes.Node,
    body: nodes.Block,
    parameters: int,
    bind: Callable[[tuple[ir.Argument, ...]], None],
) -> Frame:
    """Compile a loop's body to a function; `bind` stores what a round is about."""
    types = [PTR] * parameters if parameters > 2 else [I64, PTR]
    module = p.builder.module
    name = module.get_unique_name(f"{p.probe.program_name}_loop")
    function = ir.Function(module, ir.FunctionType(I64, types), name)
    function.linkage = "internal"
    function.attributes.add("nounwind")
    scope = p.debug.describe_function(function, p.typed.source.location(node.span.start).line)
    frame = Frame(function, p.frame.globals, p.frame.root, p.frame.levels)
    with p.inside(frame, scope):
        with p.at(node), frame.temporaries():
            bind(function.args)
        with p.loop(frame.last_round, frame.next_round):
            p.run(body)
        frame.finish()
    return frame


def _bind_element(
    p: ProbeCompiler, info: MapInfo, target: nodes.Variable, key: ir.Value, value: ir.Value
) -> None:
    variable = p.typed.variable_of(target)
    kind = variable.type
    assert isinstance(kind, TupleType) and info.key_type is not None
    place, frame = p.variable(variable), p.frame
    if sum(element.size for element in kind.elements) != kind.size:
        frame.zero(place, kind.size)
    frame.copy(Place(key), place, info.key_type.size)
    second = frame.at(place, kind.offsets[1])
    if info.kind is MapKind.VALUE:
        frame.copy(Place(value), second, info.value_type.size)
    else:
        store_scalar(frame, codegen_aggregation.read(p, info, key), second)
