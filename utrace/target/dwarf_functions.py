"""Functions as the debug information describes them: parameters and results."""

from __future__ import annotations

import re
from typing import Any

from utrace.frontend.types import Member, StructType, Type, struct_layout
from utrace.lazy_dataclass import dataclass
from utrace.target.calling_convention import Placement, is_returned_in_memory
from utrace.target.dwarf import DebugInfo, guarded, name_of
from utrace.target.dwarf_names import type_name
from utrace.target.dwarf_types import TypeReader

_CHANGED = re.compile(r"\.(isra|constprop|part|cold)\b")
"""Parts of the names of clones whose parameters the compiler has changed."""


@dataclass(frozen=True)
class Function:
    """A function as its debug information has it."""

    name: str
    parameters: StructType
    """One member for each parameter before an ellipsis, with its argument words, laid out as a C struct."""
    result: Type


@guarded
def function_at(debug: DebugInfo, reader: TypeReader, address: int, symbol: str = "") -> Function | None:
    """Return the function that starts at an address of the file, None when it is not described.

    `symbol` is its name in the symbol table, for entries without an address.
    """
    declared = _described(debug, address, symbol)
    if declared is None:
        return None
    found = _parameters(declared)
    kinds = tuple(reader.referred(_with_type(child)) for child in found)
    names = [name_of(child) or f"arg{index}" for index, child in enumerate(found)]
    result = reader.referred(_with_type(declared))
    placement = Placement(has_result_address=is_returned_in_memory(result))
    offsets, size = struct_layout(kinds)
    members = tuple(
        Member(name, kind, offset, words=placement.place(kind))
        for name, kind, offset in zip(names, kinds, offsets, strict=True)
    )
    alignment = max((kind.alignment for kind in kinds), default=1)
    name = name_of(declared)
    return Function(name, StructType("struct", f"{name}_args", size, alignment, members, True), result)


@guarded
def declared_parameters(debug: DebugInfo, address: int, symbol: str = "") -> list[str]:
    """Return `type name`, as C declares it, for each parameter of the function that starts at an address."""
    declared = _described(debug, address, symbol)
    found = [] if declared is None else _parameters(declared)
    return [f"{type_name(_with_type(child))} {name_of(child)}".rstrip() for child in found]


def _described(debug: DebugInfo, address: int, symbol: str) -> Any:
    """Return the entry that declares a function; None when there is none, or the compiler changed parameters."""
    entry = debug.function_at(address, symbol)
    if entry is None or _CHANGED.search(symbol or _linkage_name(entry)):
        return None
    return _declaration(entry)


def _parameters(declared: Any) -> list[Any]:
    return [child for child in declared.iter_children() if child.tag == "DW_TAG_formal_parameter"]


def _declaration(entry: Any) -> Any:
    """Return the entry that lists all parameters, as the source has them: the abstract one of an inlined function."""
    for _ in range(8):
        if "DW_AT_abstract_origin" not in entry.attributes:
            break
        entry = entry.get_DIE_from_attribute("DW_AT_abstract_origin")
    return entry


def _with_type(entry: Any) -> Any:
    for _ in range(8):
        link = next(
            (key for key in ("DW_AT_abstract_origin", "DW_AT_specification") if key in entry.attributes), None
        )
        if "DW_AT_type" in entry.attributes or link is None:
            break
        entry = entry.get_DIE_from_attribute(link)
    return entry


def _linkage_name(entry: Any) -> str:
    found = entry.attributes.get("DW_AT_linkage_name")
    return found.value.decode(errors="replace") if found and isinstance(found.value, bytes) else ""
