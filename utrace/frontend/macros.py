"""Macros: every call of one is replaced by its body.

macro add($total, by) { $total += by; $total }
begin { let $t = 1; print(add($t, 2 * 3)); }       becomes       print({ $t += 2 * 3; $t })

`$total` and `@map` are passed by name, `by` as an expression that is evaluated each time it is used.  A macro
sees nothing of the place it is called at but its arguments: its own variables get names that no script can have
(`$x#3`), and every node of an expansion has a span that knows the call.

Names that are no macros are left as they are, for `infer`: afterwards a Builtin or Call is a primitive.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from utrace.diagnostics import Diagnostic, error
from utrace.errors import ScriptError
from utrace.frontend import nodes
from utrace.frontend.build_nodes import value_of
from utrace.frontend.macro_copies import AnyNode, Copier, members_of, too_deep
from utrace.frontend.macro_table import MacroTable, Parameter, mismatch
from utrace.frontend.names import ARGUMENT, VALUE_NAMES
from utrace.frontend.parse import MAX_NESTING
from utrace.lazy_dataclass import dataclass
from utrace.source import Source, Span

PRIMITIVE = "__builtin_"
"""Before a name: the primitive itself, also where a macro has taken its name."""


def expand_macros(program: nodes.Program, source: Source) -> nodes.Program:
    """Return the program without calls of macros; raise ScriptError.  What the library has to add goes to `source`."""
    table = MacroTable(program.macros, source)
    expander = _Expander(table)
    top = _Frame(expander)
    probes = tuple(top.rewrite(probe) for probe in program.probes)
    functions = tuple(top.rewrite(function) for function in program.functions)
    if expander.errors:
        raise ScriptError(sorted(expander.errors, key=lambda found: found.span.order))
    return replace(program, probes=probes, functions=functions, macros=())


class _Expander:
    """What all expansions of a program share."""

    def __init__(self, table: MacroTable) -> None:
        self.table = table
        self.errors: list[Diagnostic] = list(table.errors)
        self.expansions = 0
        self.copier = Copier()


@dataclass(frozen=True)
class _Bindings:
    """One call of a macro: what its parameters mean, and what its nodes have in common."""

    macro: nodes.Macro
    is_library: bool
    call: Span
    number: int
    arguments: Mapping[str, nodes.Expression]
    """By parameter as written: `$v`, `@m`, `x`."""
    outer: tuple[nodes.Macro, ...]
    """The macros whose expansions this one is in."""


class _Frame:
    """Rewrites the nodes of the script itself, or copies those of one macro's body."""

    def __init__(self, expander: _Expander, bindings: _Bindings | None = None, depth: int = 0) -> None:
        self._expander = expander
        self._bindings = bindings
        self._depth = depth
        self._stack = (*bindings.outer, bindings.macro) if bindings else ()
        self._substituted: set[nodes.Expression] = set()
        """Arguments in place of plain parameters: values, which can't be passed on by name."""

    # ------------------------------------------------------------ the walk

    def rewrite(self, node: Any) -> Any:
        """Return a node with the calls in it expanded: itself where nothing changes outside macros."""
        self._depth += 1
        if self._depth > MAX_NESTING:
            place = self._bindings.call.outermost if self._bindings else node.span
            raise too_deep(place)
        method = _METHODS.get(type(node))
        result = method(self, node) if method else self._members(node)
        self._depth -= 1
        return result

    def _members(self, node: AnyNode) -> AnyNode:
        changes: dict[str, Any] = {}
        for name in members_of(type(node)):
            value = getattr(node, name)
            new = self._member(value)
            if new is not value:
                changes[name] = new
        return self._with(node, **changes)

    def _member(self, value: Any) -> Any:
        if isinstance(value, nodes.Node):
            return self.rewrite(value)
        if isinstance(value, tuple) and value and isinstance(value[0], nodes.Node):
            new = tuple([self.rewrite(item) for item in value])
            return new if any(a is not b for a, b in zip(new, value, strict=True)) else value
        return value

    def _with(self, node: AnyNode, **changes: Any) -> AnyNode:
        """Return a node with other members: in an expansion always a new one."""
        if self._bindings is None:
            return replace(node, **changes) if changes else node
        self._expander.copier.count(self._bindings.call)
        if isinstance(node, nodes.Call):
            changes["name_span"] = node.name_span.within(self._bindings.call)
        return replace(node, span=node.span.within(self._bindings.call), **changes)

    def _error(self, node: nodes.Node, message: str) -> None:
        span = node.span.within(self._bindings.call) if self._bindings else node.span
        self._expander.errors.append(error(span, message))

    # ------------------------------------------------------------ names

    def _argument(self, name: str) -> nodes.Expression | None:
        return self._bindings.arguments.get(name) if self._bindings else None

    def variable(self, node: nodes.Variable) -> nodes.Variable:
        """A parameter is the caller's variable; any other is the macro's own."""
        if self._bindings is None:
            return node
        passed = self._argument(f"${node.name}")
        if isinstance(passed, nodes.Variable):
            return self._with(node, name=passed.name)
        return self._with(node, name=f"{node.name}#{self._bindings.number}")

    def map_access(self, node: nodes.MapAccess) -> nodes.MapAccess:
        """A map is the caller's, or out of reach."""
        passed = self._argument(node.name)
        if isinstance(passed, nodes.MapAccess):
            key = self.rewrite(node.key) if node.key else None
            return self._with(node, name=passed.name, key=key)
        if self._bindings is not None:
            hint = "Maps must be passed into the macro as arguments."
            self._error(node, f"Unhygienic access to map: {node.name}. {hint}")
        return self._members(node)

    def let(self, node: nodes.Let) -> nodes.Let:
        """A parameter can't be declared anew."""
        if self._argument(f"${node.target.name}") is not None:
            self._error(node, f"Variable declaration shadows macro arg ${node.target.name}")
        return self._members(node)

    def builtin(self, node: nodes.Builtin) -> nodes.Expression:
        """A bare name may be a plain parameter, a macro without parameters, or a builtin."""
        argument = self._argument(node.name)
        if argument is not None:
            copy = self._copy(argument)
            self._substituted.add(copy)
            return copy
        return self._called(node, node.name, ())

    def call(self, node: nodes.Call) -> nodes.Expression:
        """A call of a macro, or of a function."""
        return self._called(node, node.name, self._arguments(node))

    def _arguments(self, node: nodes.Call) -> tuple[nodes.Expression, ...]:
        arguments: tuple[nodes.Expression, ...] = self._member(node.arguments)
        return arguments

    def type_name(self, node: nodes.TypeName) -> nodes.TypeName:
        """A type may be a parameter that stands for one, and `typeof` may be of one."""
        argument = self._argument(node.name)
        if isinstance(argument, nodes.TypeArgument):
            return self._with(node, name="typeof", operand=self._copy(argument.type_name))
        return self.type_operand(node)  # type: ignore[no-any-return]

    def type_operand(self, node: Any) -> Any:
        """`sizeof(T)`, `offsetof(T, ...)`, `typeinfo(T)`: T may be a parameter that stands for a type."""
        operand = node.operand
        argument = self._argument(operand.name) if isinstance(operand, nodes.Builtin) else None
        if isinstance(argument, nodes.TypeArgument):
            return self._with(node, operand=self._copy(argument.type_name))
        return self._members(node)

    def _copy(self, node: AnyNode) -> AnyNode:
        """Return a copy of an argument, which belongs to the place of the call."""
        assert self._bindings is not None
        return self._expander.copier.copy(node, self._bindings.call, self._depth)

    # ------------------------------------------------------------ calls

    def statement(self, node: nodes.ExpressionStatement) -> nodes.Statement:
        """A call that stands alone becomes a block, which needs no value."""
        if node.is_discard or not isinstance(node.expression, nodes.Call | nodes.Builtin):
            return self._members(node)
        expression = self._expand_in_statement(node.expression)
        if isinstance(expression, nodes.Statement):
            return expression
        return node if expression is node.expression else self._with(node, expression=expression)

    def _expand_in_statement(self, node: nodes.Call | nodes.Builtin) -> nodes.Expression | nodes.Statement:
        if self._argument(node.name) is not None:
            return self.rewrite(node)  # type: ignore[no-any-return]
        arguments = self._arguments(node) if isinstance(node, nodes.Call) else ()
        inner = self._frame_of(node, node.name, arguments)
        if inner is None:
            return self._primitive(node, node.name, arguments)
        body = value_of(inner.body) if inner.body.ends_with_value else inner.body
        return inner.rewrite(body)  # type: ignore[no-any-return]

    def _called(
        self, node: nodes.Call | nodes.Builtin, name: str, arguments: tuple[nodes.Expression, ...]
    ) -> nodes.Expression:
        inner = self._frame_of(node, name, arguments)
        if inner is None:
            return self._primitive(node, name, arguments)
        try:
            block = value_of(inner.body)
        except ScriptError:
            message = f"Macro '{name}' expanded to a block instead of a block expression."
            advice = "Try removing the semicolon from the end of the last statement in the macro body."
            self._error(node, f"{message} {advice}")
            return nodes.Integer(node.span, 0)
        expanded: nodes.Expression = inner.rewrite(block)
        if isinstance(expanded, nodes.BlockExpression) and not expanded.statements:
            # A map as such is something else than the value in it.
            return expanded if isinstance(expanded.value, nodes.MapAccess) else expanded.value
        return expanded

    @property
    def body(self) -> nodes.Block:
        """The body of the macro that this frame expands."""
        assert self._bindings is not None
        return self._bindings.macro.body

    def _frame_of(
        self, node: nodes.Call | nodes.Builtin, name: str, arguments: tuple[nodes.Expression, ...]
    ) -> _Frame | None:
        """Return what expands a call, None when it is no macro's (or one that is wrong)."""
        in_library = self._bindings is not None and self._bindings.is_library
        passed = tuple(
            Parameter.EXPRESSION if argument in self._substituted else Parameter.of_argument(argument)
            for argument in arguments
        )
        found = self._expander.table.find(
            name.removeprefix(PRIMITIVE), passed, library_only=in_library or name.startswith(PRIMITIVE)
        )
        span = node.span.within(self._bindings.call) if self._bindings else node.span
        if found is None:
            closest = self._expander.table.closest(name, len(arguments))
            if closest is not None:
                self._expander.errors += mismatch(closest, span, arguments, passed)
            return None
        macro, is_library = found
        if macro in self._stack:
            chain = [*self._stack[self._stack.index(macro) :], macro]
            names = " > ".join(item.name for item in chain)
            self._error(node, f"Recursive macro call detected. Call chain: {names}")
            raise ScriptError(self._expander.errors)
        self._expander.expansions += 1
        by_name = {
            Parameter.text_of(parameter): argument
            for parameter, argument in zip(macro.parameters, arguments, strict=True)
        }
        bindings = _Bindings(macro, is_library, span, self._expander.expansions, by_name, self._stack)
        return _Frame(self._expander, bindings, self._depth)

    def _primitive(
        self, node: nodes.Call | nodes.Builtin, name: str, arguments: tuple[nodes.Expression, ...]
    ) -> nodes.Expression:
        """Return a call that stays one; `comm()` is `comm`."""
        name = name.removeprefix(PRIMITIVE)
        if not arguments and (name in VALUE_NAMES or ARGUMENT.fullmatch(name)):
            if isinstance(node, nodes.Builtin):
                return self._with(node, **({"name": name} if name != node.name else {}))
            return self._with(nodes.Builtin(node.span, name))
        changes: dict[str, Any] = {"name": name} if name != node.name else {}
        if isinstance(node, nodes.Call) and arguments is not node.arguments:
            changes["arguments"] = arguments
        return self._with(node, **changes)


_METHODS: dict[type, Any] = {
    nodes.Variable: _Frame.variable,
    nodes.MapAccess: _Frame.map_access,
    nodes.Let: _Frame.let,
    nodes.Builtin: _Frame.builtin,
    nodes.Call: _Frame.call,
    nodes.TypeName: _Frame.type_name,
    nodes.SizeOf: _Frame.type_operand,
    nodes.OffsetOf: _Frame.type_operand,
    nodes.TypeInfo: _Frame.type_operand,
    nodes.ExpressionStatement: _Frame.statement,
}
