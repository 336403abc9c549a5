"""Statements: blocks, assignments to variables, branches, loops."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from llvmlite import ir

from utrace.backend import codegen_function, codegen_loop, codegen_map, codegen_operator
from utrace.backend.codegen_convert import convert, is_scalar, load_scalar, memory_type, store_scalar
from utrace.backend.codegen_frame import I64
from utrace.frontend import nodes
from utrace.frontend.types import INT64

if TYPE_CHECKING:
    from utrace.backend.codegen_probe import ProbeCompiler


def block(p: ProbeCompiler, node: nodes.Block) -> None:
    """Compile `{ statements }`."""
    for statement in node.statements:
        p.run(statement)


def expression(p: ProbeCompiler, node: nodes.ExpressionStatement) -> None:
    """Compile an expression run for its effect."""
    p.discard(node.expression)


def assign(p: ProbeCompiler, node: nodes.Assign) -> None:
    """Compile `target operator value`."""
    if isinstance(node.target, nodes.MapAccess):
        codegen_map.assign(p, node, node.target)
        return
    info = p.typed.variable_of(node.target)
    place = p.variable(info)
    if node.operator == "=":
        _store_safely(p, node.value, node.target)
        return
    before = load_scalar(p.frame, info.type, place)
    value = codegen_operator.amount(p, node, info.type)
    after = codegen_operator.arithmetic(p, node.operator[:-1], before, value, info.type, node)
    store_scalar(p.frame, after, place)


def let(p: ProbeCompiler, node: nodes.Let) -> None:
    """Compile `let $x` with or without a value."""
    info = p.typed.variable_of(node.target)
    if node.value is not None:
        p.store(node.value, info.type, p.variable(info))
    elif is_scalar(info.type):
        place = p.variable(info)
        p.frame.store(memory_type(info.type)(0), place)
    else:
        p.frame.zero(p.variable(info), info.type.size)


def if_else(p: ProbeCompiler, node: nodes.If) -> None:
    """Compile `if condition { } else { }`; of an `if comptime` just the branch that is chosen."""
    if isinstance(node.condition, nodes.Comptime):
        branch = node.then if p.typed.constant_of(node.condition) else node.otherwise
        if branch is not None:
            p.run(branch)
        return
    condition = p.truth(node.condition)
    if node.otherwise is None:
        with p.builder.if_then(condition):
            p.run(node.then)
        return
    with p.builder.if_else(condition) as (yes, no):
        with yes:
            p.run(node.then)
        with no:
            p.run(node.otherwise)


def unroll(p: ProbeCompiler, node: nodes.Unroll) -> None:
    """Compile `unroll (n) { }`; `break` leaves all of it, `continue` goes to the next copy."""
    count = p.typed.constant_of(node.count)
    assert isinstance(count, int)
    done = p.builder.append_basic_block("unrolled")
    for _ in range(count):
        following = p.builder.append_basic_block("unroll")
        with p.loop(done, following):
            p.run(node.body)
        p.builder.branch(following)
        p.builder.position_at_end(following)
    p.builder.branch(done)
    p.builder.position_at_end(done)


def while_loop(p: ProbeCompiler, node: nodes.While) -> None:
    """Compile `while condition { }`; a verifier decides whether it ends."""
    _loop(p, lambda: p.truth(node.condition), node.body, lambda: None)


def for_range(p: ProbeCompiler, node: nodes.ForRange) -> None:
    """Compile `for $i : start..stop { }`; changes of `$i` in the body do not change the course."""
    if not codegen_loop.is_inline(p.typed, node):
        codegen_loop.for_range(p, node)
        return
    info = p.typed.variable_of(node.target)
    position = p.frame.variable(I64)
    p.builder.store(p.value_as(node.start, INT64), position)
    stop = p.value_as(node.stop, INT64)

    def condition() -> ir.Value:
        current = p.builder.load(position, typ=I64)
        store_scalar(p.frame, convert(p.builder, current, INT64, info.type), p.variable(info))
        return p.builder.icmp_signed("<", current, stop)

    def advance() -> None:
        p.builder.store(p.builder.add(p.builder.load(position, typ=I64), I64(1)), position)

    _loop(p, condition, node.body, advance)


def jump(p: ProbeCompiler, node: nodes.Jump) -> None:
    """Compile `break`, `continue` and `return`."""
    if node.keyword == "return":
        codegen_function.leave(p, node)
    else:
        loop = p.loops[-1]
        p.frame.jump(loop.on_break if node.keyword == "break" else loop.on_continue)


def _loop(
    p: ProbeCompiler, condition: Callable[[], ir.Value], body: nodes.Block, advance: Callable[[], None]
) -> None:
    builder = p.builder
    head, inside, following, done = (
        builder.append_basic_block(name) for name in ("loop", "inside", "next", "looped")
    )
    builder.branch(head)
    builder.position_at_end(head)
    with p.frame.temporaries():
        builder.cbranch(condition(), inside, done)
    builder.position_at_end(inside)
    with p.loop(done, following):
        p.run(body)
    builder.branch(following)
    builder.position_at_end(following)
    advance()
    builder.branch(head)
    builder.position_at_end(done)


def _store_safely(p: ProbeCompiler, value: nodes.Expression, target: nodes.Variable) -> None:
    """Assign to a variable whose old value the new one may be made of (`$t = ($t.1, $t.0)`)."""
    info = p.typed.variable_of(target)
    if is_scalar(info.type) or not isinstance(value, nodes.Tuple):
        p.store(value, info.type, p.variable(info))
        return
    copy = p.frame.temporary(info.type.size)
    p.store(value, info.type, copy)
    p.frame.copy(copy, p.variable(info), info.type.size)
