"""Functions of the script (`fn`): their types, calls of them, what they return.

A function has the types that it declares, so each is looked at once, however often it is called.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from utrace.frontend import nodes
from utrace.frontend.facts import Facts, FunctionSlot
from utrace.frontend.types import NONE, IntType, Type
from utrace.frontend.unify import merge

if TYPE_CHECKING:
    from utrace.frontend.infer_call_context import CallContext
    from utrace.frontend.infer_expressions import ExpressionTyper


def declare(expressions: ExpressionTyper, slot: FunctionSlot) -> None:
    """Give a function and its parameters the types that it declares; check that it can exist."""
    facts, node = expressions.facts, slot.node
    if facts.functions[node.name] is not slot:
        facts.error(node.span, f"Redefinition of function: {node.name}")
    slot.parameters = tuple(expressions.named(parameter.type_name) for parameter in node.parameters)
    for parameter, type_ in zip(node.parameters, slot.parameters, strict=True):
        variable = facts.variables[parameter.target]
        variable.type, variable.is_fixed, variable.is_flexible = type_, True, False
    slot.result = _result(expressions, node.result)
    _check_recursion(facts, node)


def _result(expressions: ExpressionTyper, result: nodes.TypeName | None) -> Type | None:
    if result is None or (result.name == "void" and not result.modifiers):
        return NONE
    return expressions.named(result)


def _check_recursion(facts: Facts, function: nodes.Function) -> None:
    pending, seen = [function], {function.name}
    while pending:
        for call in _calls(facts, pending.pop()):
            if call.name == function.name:
                facts.error(
                    call.name_span, f"Function {function.name} calls itself: recursion is not possible"
                )
                return
            if call.name not in seen:
                seen.add(call.name)
                pending.append(facts.functions[call.name].node)


def _calls(facts: Facts, function: nodes.Function) -> Iterator[nodes.Call]:
    for node in nodes.walk(function.body):
        if isinstance(node, nodes.Call) and node.name in facts.functions:
            yield node


def type_of_call(c: CallContext, call: nodes.Call) -> Type | None:
    """Check the arguments of a call of a script's function; return its type."""
    slot = c.facts.functions[call.name]
    count = len(slot.node.parameters)
    if not c.has_arguments(call, count, count):
        return slot.result
    for argument, wanted, parameter in zip(
        call.arguments, slot.parameters, slot.node.parameters, strict=True
    ):
        given = c.expressions.value_type(argument)
        if given is not None and wanted is not None and not _fits(c.expressions, argument, given, wanted):
            message = f"{call.name}() expects {wanted} as ${parameter.target.name} ({given} provided)"
            c.error(argument, message)
    return slot.result


def check_return(expressions: ExpressionTyper, slot: FunctionSlot, node: nodes.Jump) -> None:
    """Check what a function returns."""
    given = NONE if node.value is None else expressions.type_of(node.value)
    wanted = slot.result
    if given is None or wanted is None:
        return
    if given == wanted or (node.value is not None and _fits(expressions, node.value, given, wanted)):
        return
    shown, returned = ("void" if kind is NONE else kind for kind in (wanted, given))
    message = f"Function {slot.node.name} is of type {shown}, cannot return {returned}"
    expressions.facts.error(node.span, message)


def _fits(expressions: ExpressionTyper, node: nodes.Expression, given: Type, wanted: Type) -> bool:
    """Tell whether a value can stand where a type is declared without losing anything."""
    constant = expressions.facts.constants.get(node)
    if isinstance(wanted, IntType) and isinstance(given, IntType) and isinstance(constant, int):
        return wanted.minimum <= constant <= wanted.maximum
    return merge(wanted, given, flexible=(False, expressions.flexibility(node))) == wanted
