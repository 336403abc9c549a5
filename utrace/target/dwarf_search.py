"""Finding entries of `.debug_info` by the bytes of one attribute, without parsing what lies in front of them.

An entry is the number of its abbreviation and the values of the attributes that this lists. So for each abbreviation
of a unit there is a pattern of bytes that an entry with a given value must match; `re` finds such places in
milliseconds, where parsing entry by entry takes seconds.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from utrace.target.dwarf import Budget, DebugInfo

_FIXED = {
    "addr": 8, "data1": 1, "data2": 2, "data4": 4, "data8": 8, "data16": 16, "flag": 1, "flag_present": 0,
    "implicit_const": 0, "ref1": 1, "ref2": 2, "ref4": 4, "ref8": 8, "ref_sig8": 8, "strx1": 1, "strx2": 2, "strx3": 3,
    "strx4": 4, "addrx1": 1, "addrx2": 2, "addrx3": 3, "addrx4": 4,
}  # fmt: skip
_OFFSETS = frozenset(
    {"strp", "line_strp", "sec_offset", "ref_addr", "GNU_strp_alt", "GNU_ref_alt", "strp_sup"}
)
_MAX_PLACES = 256
_LEB128 = frozenset({"udata", "sdata", "ref_udata", "strx", "addrx", "loclistx", "rnglistx"})


def entries_with(
    unit: Any, info: bytes, tags: Collection[str], attribute: str, forms: Mapping[str, Sequence[bytes]]
) -> Iterator[Any]:
    """Yield the entries of a unit that have these tags and the attribute with one of the values.

    `forms` gives the value as the bytes that each form may have for it; entries that use other forms are not found.
    """
    patterns = []
    for code, declaration in unit.get_abbrev_table()._abbrev_map.items():
        if declaration["tag"] in tags:
            pattern = _pattern(unit, code, declaration, attribute, forms)
            if pattern is not None:
                patterns.append(pattern)
    if not patterns:
        return
    start, end = unit.cu_die_offset, min(unit.cu_offset + unit.size, len(info))
    for match in re.compile(b"|".join(patterns), re.DOTALL).finditer(info, start, end):
        entry = unit._get_cached_DIE(match.start())
        if entry.tag in tags:
            yield entry


def _pattern(
    unit: Any, code: int, declaration: Any, attribute: str, forms: Mapping[str, Sequence[bytes]]
) -> bytes | None:
    pattern = re.escape(_uleb128(code))
    for name, form in declaration.iter_attr_specs():
        if name == attribute:
            return pattern + b"(?:" + b"|".join(map(re.escape, forms[form])) + b")" if form in forms else None
        passed = _any_value(form.removeprefix("DW_FORM_"), unit.structs.dwarf_format // 8)
        if passed is None:
            return None
        pattern += passed
    return None


def _any_value(form: str, offset_bytes: int) -> bytes | None:
    """Return a pattern for any value of a form, None for one whose length is not seen at once."""
    if form in _LEB128:
        return rb"[\x80-\xff]*+[\x00-\x7f]"
    if form == "string":
        return rb"[^\x00]*+\x00"
    size = offset_bytes if form in _OFFSETS else _FIXED.get(form)
    return None if size is None else b".{%d}" % size


def _uleb128(value: int) -> bytes:
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*encoded, value])


def units_with_name(
    debug: DebugInfo, tags: Collection[str], name: str, budget: Budget
) -> Iterator[list[Any]]:
    """Yield, unit by unit, the entries with that name."""
    text = name.encode()
    section = debug.dwarf.debug_str_sec
    places = _string_offsets(section.stream.getvalue() if section else b"", text)
    forms = {"DW_FORM_string": [text + b"\0"]}
    if places:
        forms["DW_FORM_strp"] = [place.to_bytes(4, "little") for place in places]
    for unit in _units_containing(debug, [value for values in forms.values() for value in values]):
        budget.check()
        found = list(entries_with(unit, debug.info, tags, "DW_AT_name", forms))
        if found:
            yield found
    if places and debug.dwarf.debug_str_offsets_sec is not None:
        for unit in debug.units:  # names by number, as clang writes them: nothing to be searched for
            found = [entry for entry in debug.entries(unit, tags, budget) if _has_name(entry, text)]
            if found:
                yield found


def _has_name(entry: Any, text: bytes) -> bool:
    found = entry.attributes.get("DW_AT_name")
    return found is not None and found.value == text


def _string_offsets(strings: bytes, text: bytes) -> list[int]:
    """Return where a string is in a table of strings: possibly as the end of longer ones, as linkers merge them."""
    places: list[int] = []
    position = strings.find(text + b"\0")
    while position >= 0 and len(places) < _MAX_PLACES:
        places.append(position)
        position = strings.find(text + b"\0", position + 1)
    return places


def _units_containing(debug: DebugInfo, values: Collection[bytes]) -> Iterator[Any]:
    """Yield the units in whose bytes one of the values appears."""
    pattern = re.compile(b"|".join(map(re.escape, values)), re.DOTALL)
    position = 0
    while match := pattern.search(debug.info, position):
        unit = debug.unit_holding(match.start())
        yield unit
        position = max(unit.cu_offset + unit.size, match.end())
