"""What the functions that type a call share: arguments of the wanted kinds, and errors about the others."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from utrace.frontend import nodes
from utrace.frontend.types import BoolType, IntType, StringType, Type

if TYPE_CHECKING:
    from utrace.frontend.infer_expressions import ExpressionTyper


class CallContext:
    """The calls in one block: what is known of its expressions, and the checks that many functions make."""

    def __init__(self, expressions: ExpressionTyper) -> None:
        self.expressions = expressions
        self.facts = expressions.facts

    def error(self, node: nodes.Node, message: str, *hints: str) -> None:
        """Report an error at a node."""
        self.facts.error(node.span, message, *hints)

    def has_arguments(self, call: nodes.Call, low: int, high: int) -> bool:
        """Check the number of arguments."""
        given = len(call.arguments)
        if low <= given <= high:
            return True
        if low == high:
            wanted = f"exactly {low} argument{'s' * (low != 1)}" if low else "no arguments"
        elif given < low:
            wanted = f"at least {low} argument{'s' * (low != 1)}"
        else:
            wanted = f"up to {high} argument{'s' * (high != 1)}"
        self.error(call, f"{call.name}() requires {wanted} ({given} provided)")
        return False

    def is_allowed(self, call: nodes.Call) -> bool:
        """Check that --unsafe was given, for a function that changes something outside the tracer."""
        if not self.facts.unsafe:
            message = f"{call.name}() is unsafe. To use you need the --unsafe flag"
            self.error(call, message)
        return self.facts.unsafe

    def types(self, arguments: tuple[nodes.Expression, ...]) -> list[Type] | None:
        """Return the types of arguments that must have values, None when one isn't known."""
        found = [self.expressions.value_type(argument) for argument in arguments]
        known = [type_ for type_ in found if type_ is not None]
        return known if len(known) == len(found) else None

    def literal_text(self, call: nodes.Call, index: int, what: str) -> str | None:
        """Return an argument that must be a string literal."""
        argument = call.arguments[index]
        if isinstance(argument, nodes.String):
            return argument.value.decode(errors="surrogateescape")
        self.error(argument, f"{call.name}() expects a string literal as {what}")
        return None

    def constant_integer(self, call: nodes.Call, index: int, what: str) -> int | None:
        """Return an argument that must be known now and not negative."""
        self.expressions.value_type(call.arguments[index])
        value = self.facts.constants.get(call.arguments[index])
        if isinstance(value, int) and value >= 0:
            return value
        self.error(call.arguments[index], f"{call.name}() expects a positive literal as {what}")
        return None

    def integer_argument(self, call: nodes.Call, argument: nodes.Expression) -> None:
        """Check that an argument is an integer or a bool."""
        found = self.expressions.value_type(argument)
        if found is not None and not isinstance(found, IntType | BoolType):
            self.error(argument, f"{call.name}() expects an integer ({found} provided)")

    def string_arguments(self, call: nodes.Call, count: int) -> None:
        """Check that the first `count` arguments are strings."""
        for argument in call.arguments[:count]:
            found = self.expressions.value_type(argument)
            if found is not None and not isinstance(found, StringType):
                hint = "read the string first: str(arg0)"
                self.error(argument, f"{call.name}() expects a string ({found} provided)", hint)

    def is_defined_map(self, subject: nodes.MapAccess) -> bool:
        """Check that something is assigned to a map somewhere."""
        if self.facts.map_slot(subject).kind is None:
            self.error(subject, f"Undefined map: {subject.name}")
            return False
        return True

    def map_argument(self, call: nodes.Call, *, keyed: bool = False) -> nodes.MapAccess | None:
        """Return the first argument, which must be a map (`keyed`: one with explicit keys)."""
        subject = call.arguments[0]
        if not isinstance(subject, nodes.MapAccess):
            self.error(subject, f"{call.name}() expects a map to be provided")
            return None
        if not self.is_defined_map(subject):
            return None
        if keyed and self.facts.map_slot(subject).is_keyed is False:
            self.error(call, f"call to {call.name}() expects a map with explicit keys (non-scalar map)")
            return None
        return subject


Signature: TypeAlias = tuple[int, int, Callable[[CallContext, nodes.Call], Type | None]]
"""The least and the largest number of arguments, and what gives the type of the call."""
