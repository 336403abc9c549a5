"""Which macro a call means: the script's own, then the library's; overloaded by the number and kind of arguments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import Enum

from utrace.diagnostics import Context, Diagnostic, Severity, error
from utrace.frontend import nodes
from utrace.frontend.macro_library import MacroLibrary
from utrace.source import Source, Span


class Parameter(Enum):
    """How an argument is passed; the value is what messages call it."""

    VARIABLE = "variable"
    MAP = "map"
    EXPRESSION = "expression"

    @property
    def described(self) -> str:
        """Return the kind with its article."""
        return f"{'an' if self is Parameter.EXPRESSION else 'a'} {self.value}"

    @staticmethod
    def of_argument(node: nodes.Expression) -> Parameter:
        """Return how an argument can be passed at best."""
        if isinstance(node, nodes.Variable):
            return Parameter.VARIABLE
        is_map = isinstance(node, nodes.MapAccess) and node.key is None
        return Parameter.MAP if is_map else Parameter.EXPRESSION

    @staticmethod
    def text_of(node: nodes.Variable | nodes.MapAccess | nodes.Builtin) -> str:
        """Return a parameter as written."""
        return f"${node.name}" if isinstance(node, nodes.Variable) else node.name

    def accepts(self, given: Parameter) -> bool:
        """Tell whether an argument fits a parameter of this kind."""
        return self in (Parameter.EXPRESSION, given)


def signature(macro: nodes.Macro) -> tuple[Parameter, ...]:
    """Return the kinds of a macro's parameters: no two macros of one name may have the same."""
    return tuple(Parameter.of_argument(parameter) for parameter in macro.parameters)


class MacroTable:
    """The macros of a script, and those of the library, which are read when they are first asked for."""

    def __init__(self, macros: Sequence[nodes.Macro], source: Source) -> None:
        """Enter the macros; what is wrong about their heads is in `errors`."""
        self.errors: list[Diagnostic] = []
        self._own: dict[str, list[nodes.Macro]] = {}
        self._library = MacroLibrary(source)
        for macro in macros:
            self._enter(macro)

    def find(
        self, name: str, given: Sequence[Parameter], *, library_only: bool
    ) -> tuple[nodes.Macro, bool] | None:
        """Return the macro that a call means, and whether it is the library's.

        The library's own calls mean its own macros, whatever the script has put in their place.
        """
        own = None if library_only else _best(self._own.get(name, ()), given)
        if own is not None:
            return own, False
        found = _best(self._library.macros(name), given)
        return (found, True) if found else None

    def closest(self, name: str, count: int) -> nodes.Macro | None:
        """Return the macro that a call with `count` arguments that fits none might have meant."""
        macros = [*self._own.get(name, ()), *self._library.macros(name)]
        if not macros or self._library.is_primitive(name):
            return None
        closest: nodes.Macro = min(macros, key=lambda macro: abs(len(macro.parameters) - count))
        return closest

    def _enter(self, macro: nodes.Macro) -> None:
        seen = set()
        for parameter in macro.parameters:
            text = Parameter.text_of(parameter)
            if text in seen:
                kind = Parameter.of_argument(parameter).value.capitalize()
                self.errors.append(
                    error(parameter.span, f"{kind} for macro argument has already been used: {text}")
                )
            seen.add(text)
        others = self._own.setdefault(macro.name, [])
        if any(signature(other) == signature(macro) for other in others):
            self.errors.append(error(_head(macro), f"Redefinition of macro: {macro.name}"))
        others.append(macro)


def _head(macro: nodes.Macro) -> Span:
    return Span(macro.span.start, macro.name_span.end)


def _best(macros: Sequence[nodes.Macro], given: Sequence[Parameter]) -> nodes.Macro | None:
    """Return the macro that the arguments fit with the most of them passed by name."""
    fitting = [macro for macro in macros if _fits(signature(macro), given)]
    return max(fitting, key=_passed_by_name) if fitting else None


def _passed_by_name(macro: nodes.Macro) -> int:
    return sum(kind is not Parameter.EXPRESSION for kind in signature(macro))


def _fits(wanted: Sequence[Parameter], given: Sequence[Parameter]) -> bool:
    return len(wanted) == len(given) and all(
        kind.accepts(argument) for kind, argument in zip(wanted, given, strict=True)
    )


def mismatch(
    macro: nodes.Macro, call: Span, arguments: Sequence[nodes.Expression], given: Sequence[Parameter]
) -> Iterator[Diagnostic]:
    """Say why a call does not fit the macro that comes closest."""
    message = f"Call to {macro.name}() has arguments that do not match any definition."
    wanted = signature(macro)
    if len(wanted) != len(given):
        number = f"Expected: {len(wanted)} but got {len(given)}"
        reason = f"The closest definition of {macro.name}() has a different number of arguments. {number}"
        yield Diagnostic(Severity.ERROR, call, message, contexts=(Context(_head(macro), reason),))
        return
    yield error(call, message)
    for parameter, kind, argument, found in zip(macro.parameters, wanted, arguments, given, strict=True):
        if not kind.accepts(found):
            expected = f"{macro.name}() expects {kind.described} for arg {Parameter.text_of(parameter)}"
            reason = f"Mismatched arg. {expected} but got {found.described}."
            place = Context(parameter.span, "This is the argument in the closest definition.")
            yield Diagnostic(Severity.ERROR, argument.span, reason, contexts=(place,))
