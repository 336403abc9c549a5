"""The tree and the types as text, for `-d ast`, `-d types` and golden tests.

One line per node, indented by its depth: kind, fields, the character offsets of its span and, in the dump of
types, what inference knows about it.

    Assign = [14-30]
      MapAccess @ [14-21]  key string[16]
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields

from utrace.frontend import nodes
from utrace.frontend.typed import Conversion, EventInfo, MapInfo, TypedProgram

_HIDDEN = {"name_span", "head", "text", "warnings", "site", "ends_with_value"}


def dump_ast(program: nodes.Program) -> str:
    """Return the tree of a program, before or after `expand`."""
    return "".join(f"{line}\n" for line in _lines(program, 0, lambda node: ""))


def dump_types(typed: TypedProgram) -> str:
    """Return probes with the types of all their expressions, then maps, variables and events."""

    def note(node: nodes.Node) -> str:
        return _note(typed, node)

    lines: list[str] = []
    shown: dict[nodes.Block, int] = {}
    for probe in typed.probes:
        lines.append(f"probe {probe.index} {probe.name} ({probe.program_name}, section {probe.section})")
        if probe.body in shown:
            lines.append(f"  as probe {shown[probe.body]}")
            continue
        shown[probe.body] = probe.index
        if probe.predicate is not None:
            lines += ["  predicate", *_lines(probe.predicate, 2, note)]
        lines += _lines(probe.body, 1, note)
    for function in typed.functions.values():
        parameters = ", ".join(f"${parameter.name}: {parameter.type}" for parameter in function.parameters)
        lines.append(f"function {function.name}({parameters}): {function.result}")
        lines += _lines(function.body, 1, note)
    lines += [_map_line(info) for info in typed.maps]
    variables = {info.id: info for info in typed.variables.values()}
    lines += [f"variable {info.id} ${info.name}: {info.type}" for _, info in sorted(variables.items())]
    lines += [_event_line(typed, event) for event in typed.events]
    return "".join(f"{line}\n" for line in lines)


def _lines(node: nodes.Node, depth: int, note: Callable[[nodes.Node], str]) -> Iterator[str]:
    remark = note(node)
    words = [type(node).__name__, *_scalars(node), f"[{node.span.start}-{node.span.end}]"]
    yield "  " * depth + " ".join(words) + (f"  {remark}" if remark else "")
    for child in nodes.children(node):
        yield from _lines(child, depth + 1, note)


def _scalars(node: nodes.Node) -> Iterator[str]:
    match node:
        case nodes.Boolean():
            yield str(node.value).lower()
        case nodes.TypeName():
            yield node.name + "".join(map(_modifier, node.modifiers))
        case nodes.Program(c_part=text) if text:
            yield repr(text)
        case nodes.AttachPoint(provider=""):
            yield node.text
        case _:
            yield from _fields(node)


def _modifier(modifier: str | int) -> str:
    if isinstance(modifier, str):
        return modifier
    return f"[{modifier}]" if modifier >= 0 else "[]"


def _fields(node: nodes.Node) -> Iterator[str]:
    for member in fields(node):
        value = getattr(node, member.name)
        if member.name in _HIDDEN or member.name == "span" or value == member.default:
            continue
        if value is True:
            yield member.name
        elif isinstance(value, bytes):
            yield _quoted(value)
        elif isinstance(value, str | int) and value is not False:
            named = isinstance(node, nodes.AttachPoint) and member.name != "provider"
            yield f"{member.name}={value}" if named else str(value)


def _quoted(value: bytes) -> str:
    return '"' + value.decode("latin-1").encode("unicode_escape").decode().replace('"', '\\"') + '"'


def _note(typed: TypedProgram, node: nodes.Node) -> str:
    words = []
    if isinstance(node, nodes.Expression):
        found = typed.types.get(node)
        if found is not None:
            words.append(f": {found}")
        elif isinstance(node, nodes.MapAccess):
            words.append(": map")
        constant = typed.constant_of(node)
        if constant is not None and not isinstance(node, nodes.Integer | nodes.String | nodes.Boolean):
            words.append(f"= {constant if isinstance(constant, int) else _quoted(constant)}")
    if isinstance(node, nodes.Binary) and typed.operand_type(node) != typed.type_of(node):
        words.append(f"on {typed.operand_type(node)}")
    if isinstance(node, nodes.Variable):
        words.append(f"variable {typed.variable_of(node).id}")
    event = typed.event_of(node)
    if event is not None:
        words.append(f"event {event.id}")
    return " ".join(words)


def _map_line(info: MapInfo) -> str:
    key = "" if info.key_type is None else f"[{info.key_type}]"
    buckets = f" {info.buckets}" if info.buckets else ""
    return f"map {info.id} {info.name}{key}: {info.kind.value} of {info.value_type}{buckets}, {info.value_bytes} bytes"


def _event_line(typed: TypedProgram, event: EventInfo) -> str:
    words = [f"event {event.id} {event.kind.value}, {event.size} bytes"]
    words += [f"{field.type} at {field.offset}" for field in event.fields]
    if event.map_id is not None:
        words.append(f"map {typed.maps[event.map_id].name}")
    words += [f"{name} {value}" for name, value in (("top", event.top), ("div", event.div)) if value]
    if event.parts:
        words.append("format " + " ".join(_part(part) for part in event.parts))
    elif event.format:
        words.append(f"format {_quoted(event.format.encode())}")
    return ", ".join(words)


def _part(part: str | Conversion) -> str:
    if isinstance(part, str):
        return _quoted(part.encode(errors="surrogateescape"))
    width = "" if part.width is None else str(part.width)
    precision = "" if part.precision is None else f".{part.precision}"
    return f"%{part.flags}{width}{precision}{part.length}{part.letter}"
