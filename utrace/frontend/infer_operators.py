"""Types of operators: 64-bit arithmetic, comparisons, pointers, increments; and the values of constants."""

from __future__ import annotations

from typing import TYPE_CHECKING

from utrace.frontend import nodes
from utrace.frontend.fold import fold_binary, fold_unary
from utrace.frontend.infer_casts import SCALARS
from utrace.frontend.typed import EventKind
from utrace.frontend.types import (
    BOOL,
    INT64,
    UINT64,
    BoolType,
    EnumType,
    IntType,
    PointerType,
    Type,
    smallest_int,
)
from utrace.frontend.unify import as_integer, merge

if TYPE_CHECKING:
    from utrace.frontend.infer_expressions import ExpressionTyper

COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">="})
DIVISION_BY_ZERO = (
    "Divide or modulo by 0 detected. This can lead to unexpected results. 1 is being used as the result."
)


class OperatorTyper:
    """Types of the operators in one block."""

    def __init__(self, expressions: ExpressionTyper) -> None:
        self._expressions = expressions
        self._facts = expressions.facts

    def unary(self, node: nodes.Unary) -> Type | None:
        """Return the type of `!a`, `-a`, `~a`, `*a`."""
        if node.operator == "&":
            return self._expressions.memory.address_of(node)
        operand = self._expressions.value_type(node.operand)
        if node.operator == "!":
            self._expressions.condition(node.operand)
            self._fold_unary(node, BOOL)
            return BOOL
        if operand is None:
            return None
        if node.operator == "*":
            return self._expressions.memory.dereference(node, operand)
        integer = as_integer(operand)
        if integer is None:
            self._facts.error(
                node.span, f"The {node.operator} operator can not be used on expressions of type '{operand}'"
            )
            return None
        result = IntType(64, integer.is_signed or node.operator == "-")
        self._fold_unary(node, result)
        if node.operator == "-" and isinstance(node.operand, nodes.Integer):
            return self._negative_literal(node, node.operand.value)
        return result

    def _fold_unary(self, node: nodes.Unary, result: Type) -> int | None:
        value = fold_unary(node.operator, self._facts.constants.get(node.operand), result)
        if value is not None:
            # A bool has no sign to give up, not even one made of literals.
            flexible = node.operator != "!" and self._expressions.is_flexible(node.operand)
            self._expressions.enter_constant(node, value, flexible=flexible)
        return value

    def _negative_literal(self, node: nodes.Unary, value: int) -> Type | None:
        found = smallest_int(-value)
        if found is None:
            self._facts.error(node.span, f"Integer is too small: -{value} (the minimum is {INT64.minimum})")
        else:
            self._expressions.enter_constant(node, -value)
        return found

    def increment(self, node: nodes.Increment) -> Type | None:
        """Return the type of `++x` and the like, and make the target a 64-bit integer."""
        target = node.target
        if isinstance(target, nodes.MapAccess):
            slot = self._facts.map_slot(target)
            self._expressions.key(target)
            if not isinstance(slot.value, PointerType):
                self._facts.grow_value(slot, INT64, True, target.span)
            found = slot.value
        else:
            slot_type = self._facts.variables[target].type
            if isinstance(slot_type, IntType) and not self._facts.variables[target].is_fixed:
                self._facts.grow_variable(target, INT64, True, target.span)
            found = self._facts.variables[target].type
        if found is not None:
            self._facts.types[target] = found
        if found is not None and not isinstance(found, IntType | PointerType):
            self._facts.error(
                node.span, f"The {node.operator} operator can not be used on expressions of type '{found}'"
            )
            return None
        return found

    def binary(self, node: nodes.Binary) -> Type | None:
        """Return the type of an operation with two operands."""
        if node.operator in {"&&", "||"}:
            self._expressions.condition(node.left)
            self._expressions.condition(node.right)
            self._facts.operand_types[node] = BOOL
            self._fold_binary(node, INT64, BOOL)
            return BOOL
        left, right = self._expressions.value_type(node.left), self._expressions.value_type(node.right)
        if left is None or right is None:
            return BOOL if node.operator in COMPARISONS else None
        if node.operator in COMPARISONS:
            return self._comparison(node, left, right)
        if isinstance(left, PointerType) or isinstance(right, PointerType):
            return self._pointer_arithmetic(node, left, right)
        return self._arithmetic(node, left, right)

    def _arithmetic(self, node: nodes.Binary, left: Type, right: Type) -> Type | None:
        """Return the 64-bit type of an integer operation, which both sides are converted to."""
        result = self.arithmetic_type(
            node,
            node.operator,
            (left, right),
            (self._expressions.is_flexible(node.left), self._expressions.is_flexible(node.right)),
        )
        if result is None:
            return None
        self._facts.operand_types[node] = result
        if isinstance(result, IntType):
            self._fold_binary(node, result, result)
        self.note_division(node, node.operator, node.right)
        return result

    def arithmetic_type(
        self, node: nodes.Node, operator: str, operands: tuple[Type, Type], flexible: tuple[bool, bool]
    ) -> IntType | PointerType | None:
        """Return the type of an operation; also for compound assignments, which are no Binary nodes."""
        left, right = as_integer(operands[0]), as_integer(operands[1])
        if isinstance(operands[0], PointerType) and right and operator in {"+", "-"}:
            return operands[0]
        if left is None or right is None:
            shown = f"'{operands[0]}' and '{operands[1]}'"
            self._facts.error(
                node.span, f"The {operator} operator can not be used on expressions of types {shown}"
            )
            return None
        if operator in {"<<", ">>"}:
            return IntType(64, left.is_signed)
        signs = {integer.is_signed for integer, free in zip((left, right), flexible, strict=True) if not free}
        if len(signs) == 2 and operator != "-" and not _fits_int64(left, right):
            shown = f"'{left}' and '{right}'"
            self._facts.warn(
                node.span,
                f"arithmetic on integers of different signs: {shown} can lead to undefined behavior",
            )
        return INT64 if operator == "-" else IntType(64, signs != {False})

    def note_division(self, node: nodes.Node, operator: str, divisor: nodes.Expression) -> None:
        """Enter the warning that a division by zero sends, unless the divisor is known not to be zero."""
        if operator in {"/", "%"} and not self._facts.constants.get(divisor):
            self._facts.add_event(node, EventKind.WARNING, message=DIVISION_BY_ZERO)

    def _fold_binary(self, node: nodes.Binary, operand: IntType, result: Type) -> None:
        constants = self._facts.constants
        value = fold_binary(node.operator, constants.get(node.left), constants.get(node.right), operand)
        if value is not None:
            flexible = (
                self._expressions.is_flexible(node.left)
                and self._expressions.is_flexible(node.right)
                and result != BOOL
            )
            self._expressions.enter_constant(node, value, flexible=flexible)

    def _comparison(self, node: nodes.Binary, left: Type, right: Type) -> Type | None:
        operand = self._compared_type(node, left, right)
        if operand is None:
            shown = f"comparing {left} with {right}"
            self._facts.error(node.span, f"Type mismatch for '{node.operator}': {shown}")
            return BOOL
        if node.operator not in {"==", "!="} and not isinstance(operand, SCALARS):
            shown = f"'{left}' and '{right}'"
            self._facts.error(
                node.span, f"The {node.operator} operator can not be used on expressions of types {shown}"
            )
            return BOOL
        self._facts.operand_types[node] = operand
        if isinstance(operand, IntType):
            self._fold_binary(node, operand, BOOL)
        else:
            self._fold_equality(node)
        return BOOL

    def _fold_equality(self, node: nodes.Binary) -> None:
        """Enter the result of comparing two strings that are known."""
        left, right = self._facts.constants.get(node.left), self._facts.constants.get(node.right)
        if isinstance(left, bytes) and isinstance(right, bytes):
            self._expressions.enter_constant(node, int((left == right) == (node.operator == "==")))

    def _compared_type(self, node: nodes.Binary, left: Type, right: Type) -> Type | None:
        if isinstance(left, PointerType) or isinstance(right, PointerType):
            other = right if isinstance(left, PointerType) else left
            self._warn_of_distinct_pointers(node, left, right)
            return UINT64 if isinstance(other, SCALARS) else None
        if BOOL in (left, right) and left != right:
            integers = as_integer(left), as_integer(right)
            return None if None in integers else INT64
        if isinstance(left, EnumType) and left == right:
            return left.integer
        merged = merge(
            left,
            right,
            flexible=(self._expressions.flexibility(node.left), self._expressions.flexibility(node.right)),
        )
        if merged is not None:
            return merged
        # Tuples and records that differ in the signs of their integers only are compared as integers are.
        # Integers are compared as C compares them.
        mixed = (
            UINT64 if as_integer(left) and as_integer(right) else merge(left, right, flexible=(True, True))
        )
        if mixed is not None:
            shown = f"'{left}' and '{right}'"
            self._facts.warn(
                node.span,
                f"comparison of integers of different signs: {shown} can lead to undefined behavior",
            )
        return mixed

    def _warn_of_distinct_pointers(self, node: nodes.Binary, left: Type, right: Type) -> None:
        if isinstance(left, PointerType) and isinstance(right, PointerType) and merge(left, right) is None:
            shown = f"{left.pointee}, {right.pointee}"
            self._facts.warn(node.span, f"comparison of distinct pointer types: {shown}")

    def _pointer_arithmetic(self, node: nodes.Binary, left: Type, right: Type) -> Type | None:
        pointer, other = (left, right) if isinstance(left, PointerType) else (right, left)
        is_right = isinstance(right, PointerType)
        if (
            not isinstance(other, IntType | EnumType | BoolType)
            or node.operator not in {"+", "-"}
            or (is_right and node.operator == "-")
        ):
            shown = f"'{left}' and '{right}'"
            self._facts.error(
                node.span, f"The {node.operator} operator can not be used on expressions of types {shown}"
            )
            return None
        self._facts.operand_types[node] = INT64
        return pointer


def _fits_int64(left: IntType, right: IntType) -> bool:
    return all(integer.is_signed or integer.bits < 64 for integer in (left, right))
