"""Types as C declarations name them, from the debug information: `const char*`, `struct foo*`, `size_t`."""

from __future__ import annotations

from typing import Any

from utrace.target.dwarf import name_of

_MAX_DEPTH = 64
_UNKNOWN = "<unknown type>"
_SIGNS = {
    "DW_TAG_pointer_type": "*",
    "DW_TAG_reference_type": "&",
    "DW_TAG_rvalue_reference_type": "&&",
}
_KEYWORDS = {
    "DW_TAG_structure_type": "struct",
    "DW_TAG_class_type": "struct",
    "DW_TAG_union_type": "union",
    "DW_TAG_enumeration_type": "enum",
}
_QUALIFIERS = {
    "DW_TAG_const_type": "const",
    "DW_TAG_volatile_type": "volatile",
    "DW_TAG_restrict_type": "restrict",
    "DW_TAG_atomic_type": "_Atomic",
}


def type_name(entry: Any) -> str:
    """Return the name of the type that an entry's DW_AT_type refers to, `void` when there is none.

    A qualifier stands in front of what it qualifies, and behind a pointer: `const char*`, `char* const`. What has no
    such name, as functions have none, is `<unknown type>`.
    """
    return _referred(entry, 0)


def _referred(entry: Any, depth: int) -> str:
    if depth > _MAX_DEPTH:
        return _UNKNOWN
    return (
        _name(entry.get_DIE_from_attribute("DW_AT_type"), depth)
        if "DW_AT_type" in entry.attributes
        else "void"
    )


def _name(entry: Any, depth: int) -> str:
    tag = entry.tag
    if tag in {"DW_TAG_base_type", "DW_TAG_typedef", "DW_TAG_unspecified_type"}:
        return name_of(entry)
    if tag in _KEYWORDS:
        return f"{_KEYWORDS[tag]} {name_of(entry) or '<anonymous>'}"
    inner = _referred(entry, depth + 1)
    if tag in _SIGNS:
        return f"{inner}{_SIGNS[tag]}"
    if tag in _QUALIFIERS:
        return f"{inner} {_QUALIFIERS[tag]}" if inner[-1:] in "*&" else f"{_QUALIFIERS[tag]} {inner}"
    return _UNKNOWN
