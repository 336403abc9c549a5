"""Types of what statements assign, and rules about where a statement may stand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from utrace.frontend import nodes
from utrace.frontend.facts import Facts, FunctionSlot, Group
from utrace.frontend.infer_aggregations import infer_aggregation
from utrace.frontend.infer_expressions import ExpressionTyper
from utrace.frontend.infer_functions import check_return, declare
from utrace.frontend.infer_loops import infer_map_loop
from utrace.frontend.typed import MapKind
from utrace.frontend.types import AGGREGATIONS, INT64, IntType, NoneType, Type
from utrace.frontend.unify import Flexibility, as_integer

MAX_UNROLL = 100
EFFECTS = frozenset({"delete", "signal", "signal_thread"})
"""Functions whose values may go unused without a warning."""


class StatementTyper:
    """Walks one block, as often as it takes until nothing changes."""

    def __init__(self, facts: Facts, group: Group, function: FunctionSlot | None = None) -> None:
        self._facts = facts
        self._function = function
        self._expressions = ExpressionTyper(facts, group)
        self._expressions.run_statements = self._statements
        self._loops = 0
        self._methods: dict[type[nodes.Statement], Callable[[Any], None]] = {
            nodes.Block: self._block,
            nodes.ExpressionStatement: self._expression_statement,
            nodes.Assign: self._assign,
            nodes.Let: self._let,
            nodes.If: self._if,
            nodes.While: self._while,
            nodes.Unroll: self._unroll,
            nodes.ForRange: self._for_range,
            nodes.ForMap: self._for_map,
            nodes.Jump: self._jump,
        }

    def run(self, predicate: nodes.Expression | None, body: nodes.Block) -> None:
        """Find the types in an action block, or in the function of the script that this is for."""
        if self._function is not None:
            declare(self._expressions, self._function)
        if predicate is not None:
            self._expressions.condition(predicate)
        self._block(body)

    def _block(self, node: nodes.Block) -> None:
        self._statements(node.statements)

    def _statements(self, statements: tuple[nodes.Statement, ...]) -> None:
        for index, statement in enumerate(statements):
            self._methods[type(statement)](statement)
            if isinstance(statement, nodes.Jump) and index + 1 < len(statements):
                self._facts.warn(statements[index + 1].span, "Unreachable statement")

    def _loop_body(self, body: nodes.Block) -> None:
        self._loops += 1
        self._block(body)
        self._loops -= 1

    def _expression_statement(self, node: nodes.ExpressionStatement) -> None:
        expression = node.expression
        if isinstance(expression, nodes.Call) and expression.name in AGGREGATIONS:
            self._expressions.type_of(expression)
        elif node.is_discard:
            self._expressions.value_type(expression)
        else:
            found = self._expressions.type_of(expression)
            if found is not None and not isinstance(found, NoneType) and not _is_run_for_effect(expression):
                self._facts.warn(node.span, "Return value discarded.")

    # ------------------------------------------------------------ assignments

    def _assign(self, node: nodes.Assign) -> None:
        value, target = node.value, node.target
        if isinstance(value, nodes.Call) and value.name in AGGREGATIONS:
            self._assign_aggregation(node, value)
        elif node.operator != "=":
            self._compound(node)
        else:
            found = self._expressions.value_type(value)
            if isinstance(target, nodes.MapAccess):
                self._expressions.key(target)
                self._facts.map_slot(target).is_assigned = True
            if found is not None:
                self._assign_value(target, found, value, node)

    def _assign_aggregation(self, node: nodes.Assign, call: nodes.Call) -> None:
        if isinstance(node.target, nodes.MapAccess) and node.operator == "=":
            infer_aggregation(self._expressions, node.target, call)
        else:
            self._facts.error(node.span, f"{call.name}() must be assigned directly to a map with '='")

    def _assign_value(
        self, target: nodes.Variable | nodes.MapAccess, type_: Type, value: nodes.Expression, node: nodes.Node
    ) -> None:
        if isinstance(target, nodes.Variable) and self._facts.is_in_range(target, value):
            self._facts.types[target] = self._facts.variables[target].type or type_
        else:
            self._grow(target, type_, self._expressions.flexibility(value), node)

    def _grow(
        self, target: nodes.Variable | nodes.MapAccess, type_: Type, flexible: Flexibility, node: nodes.Node
    ) -> None:
        if isinstance(target, nodes.Variable):
            self._facts.grow_variable(target, type_, flexible, node.span)
            found = self._facts.variables[target].type
        else:
            slot = self._facts.map_slot(target)
            self._facts.grow_value(slot, type_, flexible, node.span)
            found = slot.value
        if found is not None:
            self._facts.types[target] = found

    def _compound(self, node: nodes.Assign) -> None:
        target, operator = node.target, node.operator[:-1]
        value = self._expressions.value_type(node.value)
        known, is_flexible = self._known(target)
        if value is None:
            return
        flexible = (is_flexible is True, self._expressions.is_flexible(node.value))
        result = self._expressions.operators.arithmetic_type(
            node, operator, (known or INT64, value), flexible
        )
        if result is None:
            return
        if isinstance(known, IntType) and not known.is_signed and not is_flexible:
            # An unsigned target keeps its sign, whatever is added to it.
            self._grow(target, INT64, True, node)
        else:
            self._grow(target, result, all(flexible), node)
        self._expressions.operators.note_division(node, operator, node.value)

    def _known(self, target: nodes.Variable | nodes.MapAccess) -> tuple[Type | None, Flexibility]:
        if isinstance(target, nodes.Variable):
            slot = self._facts.variables[target]
            return slot.type, slot.is_flexible
        self._expressions.key(target)
        map_slot = self._facts.map_slot(target)
        if map_slot.kind not in {None, MapKind.VALUE}:
            message = (
                f"{map_slot.name} has the type '{map_slot.kind_name}' and can only be assigned its function"
            )
            self._facts.error(target.span, message)
        return map_slot.value, map_slot.value_is_flexible

    def _let(self, node: nodes.Let) -> None:
        slot = self._facts.variables[node.target]
        if node.type_name is not None:
            declared = self._expressions.named(node.type_name)
            if declared not in {None, slot.type}:  # typeof() may have grown
                slot.type, slot.is_fixed, slot.is_flexible = declared, True, False
                self._facts.has_changed = True
        found = self._expressions.value_type(node.value) if node.value is not None else None
        if node.value is not None and found is not None:
            self._assign_value(node.target, found, node.value, node)

    # ------------------------------------------------------------ control flow

    def _if(self, node: nodes.If) -> None:
        self._expressions.condition(node.condition)
        for branch in self._branches(node):
            if branch is not None:
                self._block(branch)

    def _branches(self, node: nodes.If) -> tuple[nodes.Block | None, ...]:
        """What of an if can run: with `comptime` only the branch that is chosen."""
        if not isinstance(node.condition, nodes.Comptime):
            return node.then, node.otherwise
        condition = self._facts.constants.get(node.condition)
        return () if condition is None else (node.then if condition else node.otherwise,)

    def _while(self, node: nodes.While) -> None:
        self._expressions.condition(node.condition)
        self._loop_body(node.body)

    def _unroll(self, node: nodes.Unroll) -> None:
        self._expressions.value_type(node.count)
        count = self._facts.constants.get(node.count)
        if not isinstance(count, int):
            self._facts.error(node.head, "unroll value must be a literal")
        elif count > MAX_UNROLL:
            self._facts.error(node.head, f"unroll maximum value is {MAX_UNROLL}")
        elif count < 1:
            self._facts.error(node.head, "unroll minimum value is 1")
        self._loop_body(node.body)

    def _for_range(self, node: nodes.ForRange) -> None:
        for bound in (node.start, node.stop):
            found = self._expressions.value_type(bound)
            if found is not None and not isinstance(found, IntType):
                self._facts.error(bound.span, f"Loop range requires an integer ({found} provided)")
        slot = self._facts.variables[node.target]
        slot.type, slot.is_fixed = INT64, True
        self._loop_body(node.body)

    def _for_map(self, node: nodes.ForMap) -> None:
        infer_map_loop(self._facts, node)
        self._loop_body(node.body)

    def _jump(self, node: nodes.Jump) -> None:
        if node.keyword == "return" and self._function is not None:
            check_return(self._expressions, self._function, node)
        elif node.value is not None:
            found = self._expressions.value_type(node.value)
            if found is not None and as_integer(found) is None:
                self._facts.error(node.value.span, f"A probe can return an integer only ({found} provided)")
        if node.keyword != "return" and not self._loops:
            self._facts.error(node.span, f"'{node.keyword}' must be inside a loop")


def _is_run_for_effect(node: nodes.Expression) -> bool:
    return isinstance(node, nodes.Increment) or (isinstance(node, nodes.Call) and node.name in EFFECTS)
