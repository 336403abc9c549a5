"""Calls: how many arguments of which types a function takes, what it yields, which event it sends."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from utrace.frontend import nodes
from utrace.frontend.formats import count_mismatch, parse_format, type_mismatch
from utrace.frontend.names import REGISTERS, explain_unknown
from utrace.frontend.typed import Conversion, EventKind, MapKind
from utrace.frontend.types import (
    AGGREGATIONS,
    BOOL,
    INT64,
    NONE,
    UINT64,
    BoolType,
    IntType,
    PointerType,
    StringType,
    Type,
)

if TYPE_CHECKING:
    from utrace.frontend.infer_expressions import ExpressionTyper

DEFAULT_TIME_FORMAT = "%H:%M:%S\n"
MAX_JOINED_STRINGS = 16


class CallTyper:
    """Types of the calls in one block."""

    def __init__(self, expressions: ExpressionTyper) -> None:
        self._expressions = expressions
        self._facts = expressions.facts
        self._functions: dict[str, tuple[int, int, Callable[[nodes.Call], Type | None]]] = {
            "printf": (1, 64, self._printf),
            "print": (1, 3, self._print),
            "clear": (1, 1, lambda call: self._whole_map(call, EventKind.CLEAR)),
            "zero": (1, 1, lambda call: self._whole_map(call, EventKind.ZERO)),
            "delete": (1, 2, self._delete),
            "has_key": (2, 2, self._has_key),
            "len": (1, 1, self._len),
            "exit": (0, 1, self._exit),
            "time": (0, 1, self._time),
            "join": (1, 2, self._join),
            "str": (1, 2, self._str),
            "strlen": (1, 1, self._strlen),
            "strncmp": (3, 3, self._strncmp),
            "reg": (1, 1, self._reg),
        }

    def type_of(self, call: nodes.Call) -> Type | None:
        """Return the type of a call that stands in an expression."""
        if call.name in AGGREGATIONS:
            hint = f"@x = {call.name}({', '.join('...' for _ in call.arguments)})"
            self._error(call, f"{call.name}() must be assigned directly to a map", hint)
            return None
        function = self._functions.get(call.name)
        if function is None:
            unknown = explain_unknown(call.name, "function", frozenset(self._functions) | AGGREGATIONS)
            self._facts.error(call.name_span, unknown.message, *unknown.hints)
            return None
        low, high, method = function
        return method(call) if self.has_arguments(call, low, high) else None

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
        self._error(call, f"{call.name}() requires {wanted} ({given} provided)")
        return False

    def _error(self, node: nodes.Node, message: str, *hints: str) -> None:
        self._facts.error(node.span, message, *hints)

    def _types(self, arguments: tuple[nodes.Expression, ...]) -> list[Type] | None:
        found = [self._expressions.value_type(argument) for argument in arguments]
        known = [type_ for type_ in found if type_ is not None]
        return known if len(known) == len(found) else None

    def _literal_text(self, call: nodes.Call, index: int, what: str) -> str | None:
        argument = call.arguments[index]
        if isinstance(argument, nodes.String):
            return argument.value.decode(errors="surrogateescape")
        self._error(argument, f"{call.name}() expects a string literal as {what}")
        return None

    def constant_integer(self, call: nodes.Call, index: int, what: str) -> int | None:
        """Return an argument that must be known now and not negative."""
        self._expressions.value_type(call.arguments[index])
        value = self._facts.constants.get(call.arguments[index])
        if isinstance(value, int) and value >= 0:
            return value
        self._error(call.arguments[index], f"{call.name}() expects a positive literal as {what}")
        return None

    # ------------------------------------------------------------ events

    def _printf(self, call: nodes.Call) -> Type:
        text = self._literal_text(call, 0, "its format")
        types = self._types(call.arguments[1:])
        if text is None or types is None:
            return NONE
        try:
            parts = parse_format(text)
        except ValueError as failure:
            self._error(call.arguments[0], f"printf: {failure}")
            return NONE
        conversions = [part for part in parts if isinstance(part, Conversion)]
        problem = count_mismatch(len(types), len(conversions))
        if problem:
            self._error(call, f"printf: {problem}")
            return NONE
        for conversion, type_, argument in zip(conversions, types, call.arguments[1:], strict=True):
            problem = type_mismatch(conversion, type_)
            if problem:
                self._error(argument, f"printf: {problem}")
        fields = [_widened(type_) for type_ in types]
        self._facts.add_event(call, EventKind.PRINTF, fields, format=text, parts=parts)
        return NONE

    def _print(self, call: nodes.Call) -> Type:
        subject = call.arguments[0]
        if isinstance(subject, nodes.MapAccess) and subject.key is None:
            return self._print_map(call, subject)
        if len(call.arguments) > 1:
            self._error(call, "Only a whole map can be printed with top and div")
        if isinstance(subject, nodes.MapAccess):
            slot = self._facts.map_slot(subject)
            if slot.kind in {MapKind.STATS, MapKind.HIST, MapKind.LHIST}:
                self._expressions.key(subject)
                if slot.key is not None:
                    self._facts.add_event(call, EventKind.PRINT_ELEMENT, [slot.key], map_id=slot.id)
                return NONE
        found = self._expressions.value_type(subject)
        if found is not None:
            self._facts.add_event(call, EventKind.PRINT_VALUE, [found])
        return NONE

    def _print_map(self, call: nodes.Call, subject: nodes.MapAccess) -> Type:
        numbers = [
            self.constant_integer(call, index, name)
            for index, name in enumerate(("", "top", "div")[: len(call.arguments)])
            if index
        ]
        if not self._is_defined(subject) or None in numbers:
            return NONE
        top, div, *_ = [number or 0 for number in numbers] + [0, 0]
        slot = self._facts.map_slot(subject)
        self._facts.add_event(call, EventKind.PRINT_MAP, map_id=slot.id, top=top, div=div)
        return NONE

    def _whole_map(self, call: nodes.Call, kind: EventKind) -> Type:
        subject = self._map_argument(call)
        if subject is not None and subject.key is not None:
            self._error(subject, f"{call.name}() expects a map without a key")
        elif subject is not None:
            self._facts.add_event(call, kind, map_id=self._facts.map_slot(subject).id)
        return NONE

    def _exit(self, call: nodes.Call) -> Type:
        for argument in call.arguments:
            self._integer_argument(call, argument)
        self._facts.add_event(call, EventKind.EXIT, [INT64])
        return NONE

    def _time(self, call: nodes.Call) -> Type:
        text = self._literal_text(call, 0, "its format") if call.arguments else DEFAULT_TIME_FORMAT
        if text is not None:
            self._facts.add_event(call, EventKind.TIME, format=text)
        return NONE

    def _join(self, call: nodes.Call) -> Type:
        types = self._types(call.arguments[:1])
        if types and not isinstance(types[0], IntType | PointerType):
            self._error(call.arguments[0], f"join() expects a pointer or integer ({types[0]} provided)")
        separator = self._literal_text(call, 1, "its separator") if len(call.arguments) > 1 else " "
        if separator is not None:
            string = StringType(self._facts.config.max_strlen)
            self._facts.add_event(call, EventKind.JOIN, [string] * MAX_JOINED_STRINGS, format=separator)
        return NONE

    # ------------------------------------------------------------ maps

    def _map_argument(self, call: nodes.Call, *, keyed: bool = False) -> nodes.MapAccess | None:
        subject = call.arguments[0]
        if not isinstance(subject, nodes.MapAccess):
            self._error(subject, f"{call.name}() expects a map to be provided")
            return None
        if not self._is_defined(subject):
            return None
        if keyed and self._facts.map_slot(subject).is_keyed is False:
            self._error(call, f"call to {call.name}() expects a map with explicit keys (non-scalar map)")
            return None
        return subject

    def _is_defined(self, subject: nodes.MapAccess) -> bool:
        if self._facts.map_slot(subject).kind is None:
            self._error(subject, f"Undefined map: {subject.name}")
            return False
        return True

    def _delete(self, call: nodes.Call) -> Type:
        subject = self._map_argument(call, keyed=len(call.arguments) > 1)
        if subject is None:
            return BOOL
        if len(call.arguments) > 1:
            self._apart_key(call, subject)
        elif subject.key is None and self._facts.map_slot(subject).is_keyed:
            self._error(
                call, "delete() needs a key for a map that has keys", f"clear({subject.name}) empties it"
            )
        else:
            self._expressions.key(subject)
        return BOOL

    def _has_key(self, call: nodes.Call) -> Type:
        subject = self._map_argument(call, keyed=True)
        if subject is not None:
            self._apart_key(call, subject)
        return BOOL

    def _apart_key(self, call: nodes.Call, subject: nodes.MapAccess) -> None:
        if subject.key is not None:
            self._error(
                subject, f"{call.name}() expects a map without a key, and the key as the second argument"
            )
        else:
            self._expressions.key_expression(subject, call.arguments[1])

    def _len(self, call: nodes.Call) -> Type:
        subject = self._map_argument(call, keyed=True)
        if subject is not None and subject.key is not None:
            self._error(subject, "len() expects a map without a key")
        return INT64

    # ------------------------------------------------------------ strings and others

    def _str(self, call: nodes.Call) -> Type | None:
        types = self._types(call.arguments)
        if types is None:
            return None
        size = self._facts.config.max_strlen
        if len(types) > 1:
            self._integer_argument(call, call.arguments[1])
            length = self._facts.constants.get(call.arguments[1])
            if isinstance(length, int):
                size = max(1, min(length, size)) if length >= 0 else size
        source = types[0]
        if isinstance(source, StringType):
            self._copy_constant(call)
            return source if len(types) == 1 else StringType(min(size, source.size))
        if not isinstance(source, IntType | PointerType):
            self._error(call.arguments[0], f"str() expects a pointer or integer ({source} provided)")
        return StringType(size)

    def _copy_constant(self, call: nodes.Call) -> None:
        value = self._facts.constants.get(call.arguments[0])
        if isinstance(value, bytes) and len(call.arguments) == 1:
            self._facts.constants[call] = value

    def _strlen(self, call: nodes.Call) -> Type:
        self._string_arguments(call, 1)
        return UINT64

    def _strncmp(self, call: nodes.Call) -> Type:
        self._string_arguments(call, 2)
        self.constant_integer(call, 2, "its length")
        return UINT64

    def _string_arguments(self, call: nodes.Call, count: int) -> None:
        for argument in call.arguments[:count]:
            found = self._expressions.value_type(argument)
            if found is not None and not isinstance(found, StringType):
                hint = "read the string first: str(arg0)"
                self._error(argument, f"{call.name}() expects a string ({found} provided)", hint)

    def _reg(self, call: nodes.Call) -> Type:
        name = self._literal_text(call, 0, "the name of a register")
        if name is not None:
            self._expressions.value_type(call.arguments[0])
            if name not in REGISTERS:
                self._error(
                    call.arguments[0], f"'{name[:40]}' is not a valid register on this architecture (x86_64)"
                )
        for provider in sorted(self._expressions.group.providers - {"uprobe", "uretprobe"}):
            self._error(call, f"reg() can not be used with '{provider}' probes")
        return UINT64

    def _integer_argument(self, call: nodes.Call, argument: nodes.Expression) -> None:
        found = self._expressions.value_type(argument)
        if found is not None and not isinstance(found, IntType | BoolType):
            self._error(argument, f"{call.name}() expects an integer ({found} provided)")


def _widened(type_: Type) -> Type:
    """Integers travel as 64 bits: the formatter cuts them as the conversion's length says."""
    return IntType(64, type_.is_signed) if isinstance(type_, IntType) else type_
