"""getopt(): options of the script's own command line, put in as literals.

getopt("pages", 10, "how many")     with `-- --pages=3` becomes     3
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from utrace.diagnostics import error
from utrace.errors import ScriptError
from utrace.frontend import nodes
from utrace.frontend.program_options import OptionValue, ProgramOption, parse_program_options

_USE = 'getopt("name"), getopt("name", default) or getopt("name", default, "description")'


def with_options(program: nodes.Program, words: Sequence[str]) -> nodes.Program:
    """Return the program with the values of the options in `words` (`--name=value`) in place of getopt().

    Raises ScriptError for calls that are wrong, UsageError for words that are.
    """
    calls = list(_calls(program))
    if not calls and not words:
        return program
    options = [_option(call) for call in calls]
    _check_defaults(calls, options)
    values = parse_program_options(words, options)
    literals = {
        call: _literal(call, values[option.name], option) for call, option in zip(calls, options, strict=True)
    }
    return _replaced(program, literals) if literals else program


def _check_defaults(calls: Sequence[nodes.Call], options: Sequence[ProgramOption]) -> None:
    first: dict[str, OptionValue] = {}
    for call, option in zip(calls, options, strict=True):
        before = first.setdefault(option.name, option.default)
        if (type(before), before) != (type(option.default), option.default):
            shown = f'"{before}"' if isinstance(before, str) else str(before).lower()
            message = (
                f"Option '{option.name}' needs the same default value in all places. Before it was {shown}"
            )
            raise ScriptError([error(call.span, message)])


def declared_options(program: nodes.Program) -> Sequence[ProgramOption]:
    """Return the options that a program (its macros expanded) asks for, in its order. Raises ScriptError."""
    return list({option.name: option for option in map(_option, _calls(program))}.values())


def _calls(program: nodes.Program) -> list[nodes.Call]:
    found = [node for node in nodes.walk(program) if isinstance(node, nodes.Call) and node.name == "getopt"]
    return sorted(found, key=lambda call: call.span.order)


def _option(call: nodes.Call) -> ProgramOption:
    name, *rest = call.arguments or (None,)
    default = _default(rest[0]) if rest else False
    description = rest[1] if len(rest) > 1 else None
    is_wrong = not isinstance(name, nodes.String) or default is None or len(rest) > 2
    if is_wrong or not (description is None or isinstance(description, nodes.String)):
        raise ScriptError([error(call.span, "getopt() expects literals", _USE)])
    assert isinstance(name, nodes.String) and default is not None
    return ProgramOption(_text(name), default, _text(description) if description else "")


def _text(node: nodes.String) -> str:
    return node.value.decode(errors="surrogateescape")


def _default(node: nodes.Expression) -> OptionValue | None:
    match node:
        case nodes.String():
            return _text(node)
        case nodes.Boolean() | nodes.Integer():
            return node.value
        case nodes.Unary(operator="-", operand=nodes.Integer() as number):
            return -number.value
    return None


def _literal(call: nodes.Call, value: OptionValue, option: ProgramOption) -> nodes.Expression:
    if isinstance(value, str):
        return nodes.String(call.span, value.encode(errors="surrogateescape"))
    if isinstance(value, bool):
        return nodes.Boolean(call.span, value)
    number = nodes.Integer(call.span, abs(value))
    return nodes.Unary(call.span, "-", number) if value < 0 else number


def _replaced(node: Any, literals: Mapping[nodes.Call, nodes.Expression]) -> Any:
    if node in literals:
        return literals[node]
    changes = {}
    for field in fields(node):
        value = getattr(node, field.name)
        new = value
        if isinstance(value, nodes.Node):
            new = _replaced(value, literals)
        elif isinstance(value, tuple) and value and isinstance(value[0], nodes.Node):
            new = tuple([_replaced(item, literals) for item in value])
            new = new if any(a is not b for a, b in zip(new, value, strict=True)) else value
        if new is not value:
            changes[field.name] = new
    return replace(node, **changes) if changes else node
