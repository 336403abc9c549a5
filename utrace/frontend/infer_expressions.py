"""Types of expressions.  Every method returns the type, or None while (or because) it cannot be known."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from utrace.errors import InternalError
from utrace.frontend import nodes
from utrace.frontend.facts import Facts, Group
from utrace.frontend.fold import fold_cast
from utrace.frontend.infer_calls import CallTyper
from utrace.frontend.infer_operators import OperatorTyper
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
from utrace.frontend.typed import MapKind
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
from utrace.frontend.unify import Flexibility, merge

READABLE_AS_INTEGER = frozenset({MapKind.COUNT, MapKind.SUM, MapKind.MIN, MapKind.MAX, MapKind.AVG})


class ExpressionTyper:
    """Finds the types of one block's expressions."""

    def __init__(self, facts: Facts, group: Group) -> None:
        self.facts = facts
        self.group = group
        self.calls = CallTyper(self)
        self.operators = OperatorTyper(self)
        self._methods: dict[type[nodes.Expression], Callable[[Any], Type | None]] = {
            nodes.Integer: self._integer,
            nodes.String: self._string,
            nodes.Boolean: self._boolean,
            nodes.Builtin: self._builtin,
            nodes.Variable: lambda node: self.facts.variables[node].type,
            nodes.MapAccess: self._map_access,
            nodes.Call: self.calls.type_of,
            nodes.Unary: self.operators.unary,
            nodes.Increment: self.operators.increment,
            nodes.Binary: self.operators.binary,
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

    def flexibility(self, node: nodes.Expression) -> Flexibility:
        """As `is_flexible`, for tuples element by element."""
        if isinstance(node, nodes.Tuple):
            return tuple(self.flexibility(element) for element in node.elements)
        return self.is_flexible(node)

    def enter_constant(self, node: nodes.Expression, value: int | bytes, *, flexible: bool = False) -> None:
        """Enter the value of an expression that is known now."""
        self.facts.constants[node] = value
        if flexible and isinstance(value, int) and value >= 0:
            self.facts.flexible.add(node)

    # ------------------------------------------------------------ leaves

    def _integer(self, node: nodes.Integer) -> Type | None:
        self.enter_constant(node, node.value, flexible=True)
        return smallest_int(node.value)

    def _string(self, node: nodes.String) -> Type:
        self.facts.constants[node] = node.value
        return StringType(len(node.value) + 1)

    def _boolean(self, node: nodes.Boolean) -> Type:
        self.enter_constant(node, int(node.value))
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
            self.facts.grow_key(self.facts.map_slot(node), found, self.flexibility(key), node.span)

    def _ternary(self, node: nodes.Ternary) -> Type | None:
        self.condition(node.condition)
        then, otherwise = self.type_of(node.then), self.type_of(node.otherwise)
        if then is None or otherwise is None:
            return None
        result = merge(
            then, otherwise, flexible=(self.flexibility(node.then), self.flexibility(node.otherwise))
        )
        if result is None and isinstance(then, IntType) and isinstance(otherwise, IntType):
            return INT64
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
        self.enter_constant(node, found.size, flexible=True)
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
