"""Functions of the script (`fn`): their code is put where they are called, so any verifier takes them.

`return` goes to the end of that code, also out of loops whose bodies are callbacks; `exit()` leaves the program.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from llvmlite import ir

from utrace.backend import codegen_aggregate
from utrace.backend.codegen_convert import is_scalar, load_scalar, memory_type, store_scalar
from utrace.backend.codegen_environment import Exit
from utrace.backend.codegen_frame import I64, Place
from utrace.diagnostics import error
from utrace.errors import ScriptError
from utrace.frontend import nodes
from utrace.frontend.typed import TypedFunction
from utrace.frontend.types import NONE, UINT64, Type

if TYPE_CHECKING:
    from utrace.backend.codegen_probe import ProbeCompiler

MOST_CALLS = 1000
"""So many calls, those in called functions included, are put into one program."""
VALUED = frozenset({"test", "bench"})
"""Providers of probes whose programs return a value."""


def call(p: ProbeCompiler, node: nodes.Call) -> ir.Value:
    """Compile a call of a script's function that yields a scalar or nothing."""
    function = p.typed.functions[node.name]
    _put_in(p, node, function)
    if function.result is NONE:
        return I64(0)
    return load_scalar(p.frame, function.result, _result(p, function))


def store_call(p: ProbeCompiler, node: nodes.Call, target: Type, place: Place) -> None:
    """Compile a call of a script's function and write its value, converted to `target`, to a place."""
    function = p.typed.functions[node.name]
    _put_in(p, node, function)
    codegen_aggregate.copy(p.frame, _result(p, function), function.result, target, place)


def leave(p: ProbeCompiler, node: nodes.Jump) -> None:
    """Compile `return`: of a function of the script, or of the program."""
    if p.calls:
        function, end = p.calls[-1]
        if node.value is not None and function.result is not NONE:
            p.store(node.value, function.result, _result(p, function))
        p.frame.go_to(end)
        return
    if node.value is not None and p.probe.attach_point.provider in VALUED and is_scalar(p.type(node.value)):
        p.frame.set_result(p.value_as(node.value, UINT64))
    elif node.value is not None:
        p.discard(node.value)
    p.frame.leave()


def _put_in(p: ProbeCompiler, node: nodes.Call, function: TypedFunction) -> None:
    p.call_count += 1
    if p.call_count > MOST_CALLS:
        message = f"The functions called here make more than {MOST_CALLS} calls"
        raise ScriptError([error(node.span, message)], p.typed.source)
    _pass_arguments(p, node, function)
    _clear_result(p, function)
    end = p.builder.append_basic_block("returned")
    p.calls.append((function, Exit(p.frame, end)))
    loops, p.loops = p.loops, []
    p.run(function.body)
    p.loops = loops
    p.calls.pop()
    p.builder.branch(end)
    p.builder.position_at_end(end)


def _pass_arguments(p: ProbeCompiler, node: nodes.Call, function: TypedFunction) -> None:
    """Evaluate all arguments before any parameter changes: they may be calls of the same function."""
    values: list[ir.Value | Place] = []
    for argument, parameter in zip(node.arguments, function.parameters, strict=True):
        if is_scalar(parameter.type):
            values.append(p.value_as(argument, parameter.type))
        else:
            copy = p.frame.temporary(parameter.type.size)
            p.store(argument, parameter.type, copy)
            values.append(copy)
    for value, parameter in zip(values, function.parameters, strict=True):
        place = p.variable(parameter)
        if isinstance(value, Place):
            p.frame.copy(value, place, parameter.type.size)
        else:
            store_scalar(p.frame, value, place)


def _result(p: ProbeCompiler, function: TypedFunction) -> Place:
    shared, key = p.frame.shared, ("result", function.name)
    if is_scalar(function.result):
        return p.frame.place(shared.word(key))
    return p.frame.place(shared.buffer(key, function.result.size))


def _clear_result(p: ProbeCompiler, function: TypedFunction) -> None:
    """A function that ends without `return` yields 0."""
    if function.result is NONE:
        return
    if is_scalar(function.result):
        p.frame.store(memory_type(function.result)(0), _result(p, function))
    else:
        p.frame.zero(_result(p, function), function.result.size)
