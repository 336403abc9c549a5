"""Calls that send an event: printf, print, clear, exit ..."""

from __future__ import annotations

from utrace.frontend import nodes
from utrace.frontend.formats import count_mismatch, parse_format, type_mismatch
from utrace.frontend.infer_call_context import CallContext, Signature
from utrace.frontend.typed import Conversion, EventKind, MapKind
from utrace.frontend.types import INT64, NONE, IntType, PointerType, StringType, Type

DEFAULT_TIME_FORMAT = "%H:%M:%S\n"
MAX_JOINED_STRINGS = 16


def _formatted(c: CallContext, call: nodes.Call, kind: EventKind) -> Type:
    """Type a call of printf or its like: a format and what goes into it."""
    text = c.literal_text(call, 0, "its format")
    types = c.types(call.arguments[1:])
    if text is None or types is None:
        return NONE
    try:
        parts = parse_format(text)
    except ValueError as failure:
        c.error(call.arguments[0], f"{call.name}: {failure}")
        return NONE
    conversions = [part for part in parts if isinstance(part, Conversion)]
    problem = count_mismatch(len(types), len(conversions))
    if problem:
        c.error(call, f"{call.name}: {problem}")
        return NONE
    for conversion, type_, argument in zip(conversions, types, call.arguments[1:], strict=True):
        problem = type_mismatch(conversion, type_)
        if problem:
            c.error(argument, f"{call.name}: {problem}")
    fields = [_widened(type_) for type_ in types]
    c.facts.add_event(call, kind, fields, format=text, parts=parts)
    return NONE


def _system(c: CallContext, call: nodes.Call) -> Type:
    return _formatted(c, call, EventKind.SYSTEM) if c.is_allowed(call) else NONE


def _fail(c: CallContext, call: nodes.Call) -> Type:
    """Type fail(), which is the error that its format and constants make."""
    text = c.literal_text(call, 0, "its format")
    c.types(call.arguments[1:])
    values = [c.facts.constants.get(argument) for argument in call.arguments[1:]]
    if text is None:
        return NONE
    if None in values:
        c.error(call, "fail() expects literals only")
        return NONE
    try:
        parts = parse_format(text)
    except ValueError as failure:
        c.error(call.arguments[0], f"fail: {failure}")
        return NONE
    problem = count_mismatch(len(values), sum(isinstance(part, Conversion) for part in parts))
    given = iter(values)
    message = "".join(part if isinstance(part, str) else _constant_text(next(given, "")) for part in parts)
    c.error(call, f"fail: {problem}" if problem else message)
    return NONE


def _constant_text(value: int | bytes | str | None) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def _print(c: CallContext, call: nodes.Call) -> Type:
    subject = call.arguments[0]
    if isinstance(subject, nodes.MapAccess) and subject.key is None:
        return _print_map(c, call, subject)
    if len(call.arguments) > 1:
        c.error(call, "Only a whole map can be printed with top and div")
    if isinstance(subject, nodes.MapAccess):
        slot = c.facts.map_slot(subject)
        if slot.kind in {MapKind.STATS, MapKind.HIST, MapKind.LHIST, MapKind.TSERIES}:
            c.expressions.key(subject)
            if slot.key is not None:
                c.facts.add_event(call, EventKind.PRINT_ELEMENT, [slot.key], map_id=slot.id)
            return NONE
    found = c.expressions.value_type(subject)
    if found is not None:
        c.facts.add_event(call, EventKind.PRINT_VALUE, [found])
    return NONE


def _print_map(c: CallContext, call: nodes.Call, subject: nodes.MapAccess) -> Type:
    slot = c.facts.map_slot(subject)
    if slot.kind is MapKind.TSERIES and len(call.arguments) > 1:
        return _print_series(c, call, slot.id)
    numbers = [
        c.constant_integer(call, index, name)
        for index, name in enumerate(("", "top", "div")[: len(call.arguments)])
        if index
    ]
    if not c.is_defined_map(subject) or None in numbers:
        return NONE
    top, div, *_ = [number or 0 for number in numbers] + [0, 0]
    c.facts.add_event(call, EventKind.PRINT_MAP, map_id=slot.id, top=top, div=div)
    return NONE


def _print_series(c: CallContext, call: nodes.Call, map_id: int) -> Type:
    """Type print(@m, min, max), which plots a series between these values."""
    c.types(call.arguments[1:])
    bounds = [c.facts.constants.get(argument) for argument in call.arguments[1:]]
    match bounds:
        case [int(low), int(high)] if low > high:
            c.error(call, "print()'s min argument cannot be greater than its max argument.")
        case [int(low), int(high)]:
            c.facts.add_event(call, EventKind.PRINT_MAP, map_id=map_id, top=low, div=high)
        case _:
            message = "print() must provide both min and max arguments when used on tseries() maps."
            c.error(call, message)
    return NONE


def _whole_map(c: CallContext, call: nodes.Call, kind: EventKind) -> Type:
    subject = c.map_argument(call)
    if subject is not None and subject.key is not None:
        c.error(subject, f"{call.name}() expects a map without a key")
    elif subject is not None:
        c.facts.add_event(call, kind, map_id=c.facts.map_slot(subject).id)
    return NONE


def _exit(c: CallContext, call: nodes.Call) -> Type:
    for argument in call.arguments:
        c.integer_argument(call, argument)
    c.facts.add_event(call, EventKind.EXIT, [INT64])
    return NONE


def _time(c: CallContext, call: nodes.Call) -> Type:
    text = c.literal_text(call, 0, "its format") if call.arguments else DEFAULT_TIME_FORMAT
    if text is not None:
        c.facts.add_event(call, EventKind.TIME, format=text)
    return NONE


def _join(c: CallContext, call: nodes.Call) -> Type:
    types = c.types(call.arguments[:1])
    if types and not isinstance(types[0], IntType | PointerType):
        c.error(call.arguments[0], f"join() expects a pointer or integer ({types[0]} provided)")
    separator = c.literal_text(call, 1, "its separator") if len(call.arguments) > 1 else " "
    if separator is not None:
        string = StringType(c.facts.config.max_strlen)
        c.facts.add_event(call, EventKind.JOIN, [string] * MAX_JOINED_STRINGS, format=separator)
    return NONE


def _widened(type_: Type) -> Type:
    """Integers travel as 64 bits: the formatter cuts them as the conversion's length says."""
    return IntType(64, type_.is_signed) if isinstance(type_, IntType) else type_


FUNCTIONS: dict[str, Signature] = {
    "printf": (1, 64, lambda c, call: _formatted(c, call, EventKind.PRINTF)),
    "errorf": (1, 64, lambda c, call: _formatted(c, call, EventKind.ERRORF)),
    "warnf": (1, 64, lambda c, call: _formatted(c, call, EventKind.WARNF)),
    "cat": (1, 64, lambda c, call: _formatted(c, call, EventKind.CAT)),
    "system": (1, 64, _system),
    "fail": (1, 64, _fail),
    "print": (1, 3, _print),
    "clear": (1, 1, lambda c, call: _whole_map(c, call, EventKind.CLEAR)),
    "zero": (1, 1, lambda c, call: _whole_map(c, call, EventKind.ZERO)),
    "exit": (0, 1, _exit),
    "time": (0, 1, _time),
    "join": (1, 2, _join),
}
