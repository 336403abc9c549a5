"""Types of expressions.  Every method returns the type, or None while (or because) it cannot be known."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from utrace.errors import InternalError
from utrace.frontend import nodes
from utrace.frontend.c_declarations import Constant
from utrace.frontend.facts import Facts, Group
from utrace.frontend.infer_arguments import arguments_type
from utrace.frontend.infer_calls import CallTyper
from utrace.frontend.infer_calls_stacks import DEFAULT_LIMIT, DW_USTACK_MISSING, FRAME_POINTER_HINT
from utrace.frontend.infer_casts import SCALARS, cast
from utrace.frontend.infer_memory import MemoryTyper
from utrace.frontend.infer_operators import OperatorTyper
from utrace.frontend.infer_types import TypeNames
from utrace.frontend.names import (
    ARGUMENT,
    BUILTIN_TYPES,
    PROBE_STRINGS,
    RESTRICTED,
    UPROBES,
    VALUE_NAMES,
    explain_unknown,
)
from utrace.frontend.typed import READABLE_AS_INTEGER, MapKind
from utrace.frontend.types import (
    BOOL,
    INT64,
    IntType,
    NoneType,
    RecordType,
    StackType,
    StringType,
    TupleType,
    Type,
    smallest_int,
)
from utrace.frontend.unify import Flexibility, merge

_MOST_STRING_BYTES = 0xFFFF


class ExpressionTyper:
    """Finds the types of one block's expressions."""

    def __init__(self, facts: Facts, group: Group) -> None:
        self.facts = facts
        self.group = group
        self.calls = CallTyper(self)
        self.operators = OperatorTyper(self)
        self.names = TypeNames(self)
        self.memory = MemoryTyper(self)
        self.run_statements: Callable[[tuple[nodes.Statement, ...]], None]
        """Types the statements of a block expression; set by the typer of statements."""
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
            nodes.Cast: lambda node: cast(self, node),
            nodes.SizeOf: self.names.size_of,
            nodes.OffsetOf: self.names.offset_of,
            nodes.TypeInfo: self.names.info,
            nodes.Comptime: self._comptime,
            nodes.BlockExpression: self._block,
            nodes.TypeArgument: self._type_argument,
            nodes.Tuple: self._tuple,
            nodes.Record: self._record,
            nodes.Field: self.memory.field,
            nodes.Index: self.memory.index,
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
        if found is not None and not isinstance(found, SCALARS | StringType):
            self.facts.error(node.span, f"Invalid condition: {found}")

    def is_flexible(self, node: nodes.Expression) -> bool:
        """Tell whether this is a literal, or made of literals, and not negative."""
        return node in self.facts.flexible

    def flexibility(self, node: nodes.Expression) -> Flexibility:
        """As `is_flexible`, for tuples element by element."""
        if isinstance(node, nodes.Tuple):
            return tuple(self.flexibility(element) for element in node.elements)
        if isinstance(node, nodes.Record):
            fields = sorted(node.fields, key=lambda field: field.name)
            return tuple(self.flexibility(field.value) for field in fields)
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

    def _string(self, node: nodes.String) -> Type | None:
        if len(node.value) > _MOST_STRING_BYTES:
            message = f"String literal of {len(node.value)} bytes: the limit is {_MOST_STRING_BYTES}"
            self.facts.error(node.span, message)
            return None
        self.facts.constants[node] = node.value
        return StringType(len(node.value) + 1)

    def _boolean(self, node: nodes.Boolean) -> Type:
        self.enter_constant(node, int(node.value))
        return BOOL

    def _builtin(self, node: nodes.Builtin) -> Type | None:
        name = node.name
        constant = self.facts.declarations.constants.get(name)
        if constant is not None:
            return self._c_constant(node, constant)
        if name == "args":
            return arguments_type(self, node)
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
        if name == "probetype" and self.group.probe_type:
            self.enter_constant(node, self.group.probe_type.encode())
        if name in PROBE_STRINGS:
            return StringType(self.group.longest[name] + 1)
        if name == "dw_ustack":
            self.facts.error(node.span, DW_USTACK_MISSING, FRAME_POINTER_HINT)
        if name in {"ustack", "dw_ustack"}:
            return StackType(self.facts.config.stack_mode, DEFAULT_LIMIT)
        return BUILTIN_TYPES[name]

    def _c_constant(self, node: nodes.Builtin, constant: Constant) -> Type | None:
        value = constant.value
        self.enter_constant(node, value, flexible=True)
        if isinstance(value, bytes):
            return StringType(len(value) + 1)
        return constant.type or smallest_int(value)

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
        if isinstance(node.condition, nodes.Comptime):
            return self._chosen_arm(node)
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

    def _chosen_arm(self, node: nodes.Ternary) -> Type | None:
        """The arm that is not taken need not even make sense."""
        condition = self.facts.constants.get(node.condition)
        if condition is None:
            return None
        chosen = node.then if condition else node.otherwise
        found = self.type_of(chosen)
        self._same_constant(node, chosen)
        return found

    def _block(self, node: nodes.BlockExpression) -> Type | None:
        self.run_statements(node.statements)
        found = self.type_of(node.value)
        if not node.statements:
            self._same_constant(node, node.value)
        elif self.is_flexible(node.value):
            self.facts.flexible.add(node)
        return found

    def _same_constant(self, node: nodes.Expression, value: nodes.Expression) -> None:
        constant = self.facts.constants.get(value)
        if constant is not None:
            self.enter_constant(node, constant, flexible=self.is_flexible(value))

    def _type_argument(self, node: nodes.TypeArgument) -> Type | None:
        self.facts.error(node.span, "A type is no value: typeof() can only be passed to a macro")
        return None

    def named(self, type_name: nodes.TypeName) -> Type | None:
        """Return the type that a type name means."""
        return self.names.named(type_name)

    def _comptime(self, node: nodes.Comptime) -> Type | None:
        found = self.value_type(node.operand)
        value = self._known(node.operand)
        if value is not None:
            self.enter_constant(node, value, flexible=self.is_flexible(node.operand))
        elif found is not None:
            self.facts.error(node.span, "Unable to resolve comptime expression")
        return found

    def _known(self, node: nodes.Expression) -> int | bytes | None:
        """Return the value of what is known now, which of a choice is only the arm that is taken."""
        if isinstance(node, nodes.Ternary):
            condition = self._known(node.condition)
            return None if condition is None else self._known(node.then if condition else node.otherwise)
        return self.facts.constants.get(node)

    def _tuple(self, node: nodes.Tuple) -> Type | None:
        elements = [self.value_type(element) for element in node.elements]
        known = tuple(element for element in elements if element is not None)
        return TupleType(known) if len(known) == len(elements) else None

    def _record(self, node: nodes.Record) -> Type | None:
        elements = [self.value_type(field.value) for field in node.fields]
        known = tuple(element for element in elements if element is not None)
        names = tuple(field.name for field in node.fields)
        return RecordType(names, known) if len(known) == len(elements) else None
