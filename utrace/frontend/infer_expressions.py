"""Types of expressions.  Every method returns the type, or None while (or because) it cannot be known."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from utrace.errors import InternalError
from utrace.frontend import nodes
from utrace.frontend.facts import Facts, Group
from utrace.frontend.fold import fold_binary, fold_cast, fold_unary
from utrace.frontend.infer_calls import CallTyper
from utrace.frontend.names import (
    ARGUMENT,
    BUILTIN_TYPES,
    PROBE_STRINGS,
    RESTRICTED,
    UPROBES,
    VALUE_NAMES,
    explain_unknown,
    type_named,
)
from utrace.frontend.typed import EventKind, MapKind
from utrace.frontend.types import (
    BOOL,
    INT64,
    UINT8,
    UINT64,
    BoolType,
    IntType,
    NoneType,
    PointerType,
    StringType,
    TupleType,
    Type,
    smallest_int,
)
from utrace.frontend.unify import as_integer, merge

COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">="})
READABLE_AS_INTEGER = frozenset({MapKind.COUNT, MapKind.SUM, MapKind.MIN, MapKind.MAX, MapKind.AVG})
DIVISION_BY_ZERO = (
    "Divide or modulo by 0 detected. This can lead to unexpected results. 1 is being used as the result."
)


class ExpressionTyper:
    """Finds the types of one block's expressions."""

    def __init__(self, facts: Facts, group: Group) -> None:
        self.facts = facts
        self.group = group
        self.calls = CallTyper(self)
        self._methods: dict[type[nodes.Expression], Callable[[Any], Type | None]] = {
            nodes.Integer: self._integer,
            nodes.String: self._string,
            nodes.Boolean: self._boolean,
            nodes.Builtin: self._builtin,
            nodes.Variable: lambda node: self.facts.variables[node].type,
            nodes.MapAccess: self._map_access,
            nodes.Call: self.calls.type_of,
            nodes.Unary: self._unary,
            nodes.Increment: self._increment,
            nodes.Binary: self._binary,
            nodes.Ternary: self._ternary,
            nodes.Cast: self._cast,
            nodes.SizeOf: self._size_of,
            nodes.Tuple: self._tuple,
            nodes.Field: self._field,
            nodes.Index: self._index,
        }

    def type_of(self, node: nodes.Expression) -> Type | None:
        """Return the type of an expression and enter it into the tables."""
        method = self._methods.get(type(node))
        if method is None:
            raise InternalError(f"an expression of kind {type(node).__name__} got as far as type inference")
        found = method(node)
        if found is not None:
            self.facts.types[node] = found
        return found

    def value_type(self, node: nodes.Expression) -> Type | None:
        """Return the type of an expression that must have a value."""
        found = self.type_of(node)
        if isinstance(found, NoneType):
            name = f"{node.name}()" if isinstance(node, nodes.Call) else "This expression"
            self.facts.error(node.span, f"{name} has no value")
            return None
        return found

    def condition(self, node: nodes.Expression) -> None:
        """Check an expression that is tested for truth."""
        found = self.value_type(node)
        if isinstance(found, TupleType):
            self.facts.error(node.span, f"Invalid condition: {found}")

    def is_flexible(self, node: nodes.Expression) -> bool:
        """Tell whether this is a literal, or made of literals, and not negative."""
        return node in self.facts.flexible

    def _constant(self, node: nodes.Expression, value: int | bytes, *, flexible: bool = False) -> None:
        self.facts.constants[node] = value
        if flexible and isinstance(value, int) and value >= 0:
            self.facts.flexible.add(node)

    # ------------------------------------------------------------ leaves

    def _integer(self, node: nodes.Integer) -> Type | None:
        self._constant(node, node.value, flexible=True)
        return smallest_int(node.value)

    def _string(self, node: nodes.String) -> Type:
        self.facts.constants[node] = node.value
        return StringType(len(node.value) + 1)

    def _boolean(self, node: nodes.Boolean) -> Type:
        self._constant(node, int(node.value))
        return BOOL

    def _builtin(self, node: nodes.Builtin) -> Type | None:
        name = node.name
        is_argument = ARGUMENT.fullmatch(name) is not None
        if name not in VALUE_NAMES and not is_argument:
            unknown = explain_unknown(name, "identifier", VALUE_NAMES)
            self.facts.error(node.span, unknown.message, *unknown.hints)
            return None
        allowed = frozenset({"uprobe"}) if is_argument else RESTRICTED.get(name)
        for provider in sorted(self.group.providers - (allowed or self.group.providers)):
            message = f"The {name} builtin can not be used with '{provider}' probes"
            self.facts.error(
                node.span, message, f"it is known in {' and '.join(sorted(allowed or UPROBES))} probes"
            )
        if is_argument:
            return INT64
        if name in PROBE_STRINGS:
            return StringType(self.group.longest[name] + 1)
        return BUILTIN_TYPES[name]

    def _map_access(self, node: nodes.MapAccess) -> Type | None:
        facts = self.facts
        slot = facts.map_slot(node)
        self.key(node)
        if slot.kind is None:
            facts.error(node.span, f"Undefined map: {node.name}")
            return None
        if slot.kind is not MapKind.VALUE and slot.kind not in READABLE_AS_INTEGER:
            facts.error(
                node.span, f"The {slot.kind_name} in {node.name} has no single value that could be used"
            )
            return None
        return slot.value

    def key(self, node: nodes.MapAccess) -> None:
        """Find the type of a map's key, and let the map's key type grow."""
        slot = self.facts.map_slot(node)
        if node.key is None:
            self.facts.grow_key(slot, None, False, node.span)
        else:
            self.key_expression(node, node.key)

    def key_expression(self, node: nodes.MapAccess, key: nodes.Expression) -> None:
        """As `key`, for a key that stands apart from its map: `delete(@m, key)`."""
        found = self.value_type(key)
        if found is not None and found.size == 0:
            self.facts.error(key.span, "An empty tuple is no key")
        elif found is not None:
            self.facts.grow_key(
                self.facts.map_slot(node), found, self._is_flexible_throughout(key), node.span
            )

    def _is_flexible_throughout(self, node: nodes.Expression) -> bool:
        if isinstance(node, nodes.Tuple):
            return all(self._is_flexible_throughout(element) for element in node.elements)
        return self.is_flexible(node)

    # ------------------------------------------------------------ operators

    def _unary(self, node: nodes.Unary) -> Type | None:
        operand = self.value_type(node.operand)
        if node.operator == "&":
            self.facts.error(node.span, "The address of a variable or map is not supported yet")
            return None
        if node.operator == "!":
            self.condition(node.operand)
            self._fold_unary(node, BOOL)
            return BOOL
        if operand is None:
            return None
        if node.operator == "*":
            return self._dereference(node, operand)
        integer = as_integer(operand)
        if integer is None:
            self.facts.error(
                node.span, f"The {node.operator} operator can not be used on expressions of type '{operand}'"
            )
            return None
        folded = self._fold_unary(node, IntType(64, integer.is_signed or node.operator == "-"))
        if node.operator == "-" and isinstance(node.operand, nodes.Integer):
            return self._negative_literal(node, node.operand.value)
        return IntType(64, integer.is_signed or (folded is not None and folded < 0))

    def _fold_unary(self, node: nodes.Unary, result: Type) -> int | None:
        value = fold_unary(node.operator, self.facts.constants.get(node.operand), result)
        if value is not None:
            self._constant(node, value, flexible=self.is_flexible(node.operand))
        return value

    def _negative_literal(self, node: nodes.Unary, value: int) -> Type | None:
        found = smallest_int(-value)
        if found is None:
            self.facts.error(node.span, f"Integer is too small: -{value} (the minimum is {INT64.minimum})")
        else:
            self._constant(node, -value)
        return found

    def _dereference(self, node: nodes.Unary, operand: Type) -> Type | None:
        if isinstance(operand, IntType):
            return UINT64
        if not isinstance(operand, PointerType):
            self.facts.error(
                node.span, f"Can not dereference an expression of type '{operand}'. It is not a pointer."
            )
            return None
        if isinstance(operand.pointee, NoneType):
            self.facts.error(node.span, "Can not dereference a void pointer", "cast it first: *(uint64*)arg0")
            return None
        return operand.pointee

    def _increment(self, node: nodes.Increment) -> Type | None:
        target = node.target
        if isinstance(target, nodes.MapAccess):
            slot = self.facts.map_slot(target)
            self.key(target)
            self.facts.grow_value(slot, INT64, True, target.span)
            found = slot.value
        else:
            slot_type = self.facts.variables[target].type
            if isinstance(slot_type, IntType) and not self.facts.variables[target].is_fixed:
                self.facts.grow_variable(target, INT64, True, target.span)
            found = self.facts.variables[target].type
        if found is not None:
            self.facts.types[target] = found
        if found is not None and not isinstance(found, IntType):
            self.facts.error(
                node.span, f"The {node.operator} operator can not be used on expressions of type '{found}'"
            )
            return None
        return found

    def _binary(self, node: nodes.Binary) -> Type | None:
        if node.operator in {"&&", "||"}:
            self.condition(node.left)
            self.condition(node.right)
            self.facts.operand_types[node] = BOOL
            self._fold_binary(node, INT64, BOOL)
            return BOOL
        left, right = self.value_type(node.left), self.value_type(node.right)
        if left is None or right is None:
            return BOOL if node.operator in COMPARISONS else None
        if node.operator in COMPARISONS:
            return self._comparison(node, left, right)
        if isinstance(left, PointerType) or isinstance(right, PointerType):
            return self._pointer_arithmetic(node, left, right)
        return self.arithmetic(node, left, right)

    def arithmetic(self, node: nodes.Binary, left: Type, right: Type) -> Type | None:
        """Return the 64-bit type of an integer operation, which both sides are converted to."""
        result = self.arithmetic_type(
            node, node.operator, (left, right), (self.is_flexible(node.left), self.is_flexible(node.right))
        )
        if result is None:
            return None
        self.facts.operand_types[node] = result
        self._fold_binary(node, result, result)
        self.note_division(node, node.operator, node.right)
        return result

    def arithmetic_type(
        self, node: nodes.Node, operator: str, operands: tuple[Type, Type], flexible: tuple[bool, bool]
    ) -> IntType | None:
        """Return the type of an operation; also for compound assignments, which are no Binary nodes."""
        left, right = as_integer(operands[0]), as_integer(operands[1])
        if left is None or right is None:
            shown = f"'{operands[0]}' and '{operands[1]}'"
            self.facts.error(
                node.span, f"The {operator} operator can not be used on expressions of types {shown}"
            )
            return None
        if operator in {"<<", ">>"}:
            return IntType(64, left.is_signed)
        signs = {integer.is_signed for integer, free in zip((left, right), flexible, strict=True) if not free}
        if len(signs) == 2 and operator != "-" and not _fits_int64(left, right):
            shown = f"'{left}' and '{right}'"
            self.facts.warn(
                node.span,
                f"arithmetic on integers of different signs: {shown} can lead to undefined behavior",
            )
        return INT64 if operator == "-" else IntType(64, signs != {False})

    def note_division(self, node: nodes.Node, operator: str, divisor: nodes.Expression) -> None:
        """Enter the warning that a division by zero sends, unless the divisor is known not to be zero."""
        if operator in {"/", "%"} and not self.facts.constants.get(divisor):
            self.facts.add_event(node, EventKind.WARNING, message=DIVISION_BY_ZERO)

    def _fold_binary(self, node: nodes.Binary, operand: IntType, result: Type) -> None:
        constants = self.facts.constants
        value = fold_binary(node.operator, constants.get(node.left), constants.get(node.right), operand)
        if value is not None:
            flexible = self.is_flexible(node.left) and self.is_flexible(node.right) and result != BOOL
            self._constant(node, value, flexible=flexible)

    def _comparison(self, node: nodes.Binary, left: Type, right: Type) -> Type | None:
        operand = self._compared_type(node, left, right)
        if operand is None or (
            isinstance(operand, StringType | TupleType) and node.operator not in {"==", "!="}
        ):
            shown = f"'{left}' and '{right}'"
            self.facts.error(
                node.span, f"The {node.operator} operator can not be used on expressions of types {shown}"
            )
            return BOOL
        self.facts.operand_types[node] = operand
        if isinstance(operand, IntType):
            self._fold_binary(node, operand, BOOL)
        return BOOL

    def _compared_type(self, node: nodes.Binary, left: Type, right: Type) -> Type | None:
        if isinstance(left, PointerType) or isinstance(right, PointerType):
            other = right if isinstance(left, PointerType) else left
            return UINT64 if isinstance(other, PointerType | IntType) else None
        if BOOL in (left, right) and left != right:
            integers = as_integer(left), as_integer(right)
            return None if None in integers else INT64
        merged = merge(left, right, flexible=(self.is_flexible(node.left), self.is_flexible(node.right)))
        if merged is None and isinstance(left, IntType) and isinstance(right, IntType):
            shown = f"'{left}' and '{right}'"
            self.facts.warn(
                node.span,
                f"comparison of integers of different signs: {shown} can lead to undefined behavior",
            )
            return INT64
        return merged

    def _pointer_arithmetic(self, node: nodes.Binary, left: Type, right: Type) -> Type | None:
        pointer, other = (left, right) if isinstance(left, PointerType) else (right, left)
        is_right = isinstance(right, PointerType)
        if (
            not isinstance(other, IntType)
            or node.operator not in {"+", "-"}
            or (is_right and node.operator == "-")
        ):
            shown = f"'{left}' and '{right}'"
            self.facts.error(
                node.span, f"The {node.operator} operator can not be used on expressions of types {shown}"
            )
            return None
        self.facts.operand_types[node] = INT64
        return pointer

    def _ternary(self, node: nodes.Ternary) -> Type | None:
        self.condition(node.condition)
        then, otherwise = self.type_of(node.then), self.type_of(node.otherwise)
        if then is None or otherwise is None:
            return None
        result = merge(
            then, otherwise, flexible=(self.is_flexible(node.then), self.is_flexible(node.otherwise))
        )
        if result is None:
            message = f"Branches must return the same type: have '{then}' and '{otherwise}'"
            self.facts.error(node.span, message)
        return result

    def _cast(self, node: nodes.Cast) -> Type | None:
        operand = self.value_type(node.operand)
        target = self.named(node.type_name)
        if operand is None or target is None:
            return None
        scalars = IntType | BoolType | PointerType
        if not isinstance(operand, scalars) or not isinstance(target, scalars):
            self.facts.error(node.span, f'Cannot cast from "{operand}" to "{target}"')
            return None
        value = fold_cast(self.facts.constants.get(node.operand), target)
        if value is not None:
            self.facts.constants[node] = value
        return target

    def named(self, type_name: nodes.TypeName) -> Type | None:
        """Return the type that a type name means."""
        try:
            return type_named(type_name, self.facts.config.max_strlen)
        except ValueError as failure:
            self.facts.error(type_name.span, str(failure))
            return None

    def _size_of(self, node: nodes.SizeOf) -> Type | None:
        operand = node.operand
        found = self.named(operand) if isinstance(operand, nodes.TypeName) else self.value_type(operand)
        if found is None:
            return None
        self._constant(node, found.size, flexible=True)
        return UINT64

    def _tuple(self, node: nodes.Tuple) -> Type | None:
        elements = [self.value_type(element) for element in node.elements]
        known = tuple(element for element in elements if element is not None)
        return TupleType(known) if len(known) == len(elements) else None

    def _field(self, node: nodes.Field) -> Type | None:
        if isinstance(node.operand, nodes.Builtin) and node.operand.name == "args":
            self.facts.error(node.span, "'args' is not supported yet", "use arg0, arg1 ...")
            return None
        operand = self.value_type(node.operand)
        if operand is None:
            return None
        if not isinstance(operand, TupleType) or not node.name.isdecimal():
            self.facts.error(
                node.span, f"Can not access field '{node.name}' on expression of type '{operand}'"
            )
            return None
        index = int(node.name[:9])
        if index >= len(operand.elements):
            message = (
                f"Invalid tuple index: {node.name[:20]}. Found {len(operand.elements)} elements in tuple."
            )
            self.facts.error(node.span, message)
            return None
        return operand.elements[index]

    def _index(self, node: nodes.Index) -> Type | None:
        operand, index = self.value_type(node.operand), self.value_type(node.index)
        if operand is None or index is None:
            return None
        if not isinstance(index, IntType):
            self.facts.error(
                node.index.span, f"The array index operator [] does not accept '{index}' as an index"
            )
            return None
        if isinstance(operand, StringType):
            return UINT8
        if isinstance(operand, PointerType) and not isinstance(operand.pointee, NoneType):
            return operand.pointee
        self.facts.error(node.span, f"The array index operator [] can not be used on type '{operand}'")
        return None


def _fits_int64(left: IntType, right: IntType) -> bool:
    return all(integer.is_signed or integer.bits < 64 for integer in (left, right))
