"""Debug information that the compiler leaves in files of its own: `-gsplit-dwarf`, `.dwo` files and `.dwp` packages.

The binary keeps a skeleton of each unit, with the addresses and lines. What its functions and types are is in the file
that the skeleton names, or in BINARY.dwp, into which `dwp` puts all of them (DWARF 5, chapters 3.1.3 and 7.3.5, and
the GNU extension to DWARF 4 that became it). A file belongs to a skeleton when it has the same unit number (dwo_id).
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator, Sequence
from typing import Any

from utrace.errors import TargetError
from utrace.target.dwarf import DebugInfo, guarded
from utrace.target.dwarf_sections import dwarf_info, section_contents
from utrace.target.elf import ET_REL, ElfFile

_SECTIONS = ("info", "abbrev", "str", "str_offsets", "line", "loclists", "rnglists", "loc")
_COLUMNS = {
    2: {1: "info", 3: "abbrev", 4: "line", 5: "loc", 6: "str_offsets"},
    5: {1: "info", 3: "abbrev", 4: "line", 5: "loclists", 6: "str_offsets", 8: "rnglists"},
}
"""What the columns of a package's index are about, by its version."""
_STANDARD_FORMS = {"DW_FORM_GNU_str_index": "DW_FORM_strx", "DW_FORM_GNU_addr_index": "DW_FORM_addrx"}
_MAX_ROWS = 1 << 20


class _ObjectFile(ElfFile):
    types = frozenset({ET_REL, *ElfFile.types})


class SplitInfo(DebugInfo):
    """The one unit of a skeleton; addresses are those of the binary."""

    def __init__(self, skeleton: Any, contents: dict[str, bytes], machine: int) -> None:
        """Read the unit in `contents` that belongs to a skeleton. Raises TargetError when there is none."""
        self.info = contents["info"]
        self.dwarf = dwarf_info(contents, machine)
        self.dwarf.debug_addr_sec = skeleton.dwarfinfo.debug_addr_sec
        if skeleton["version"] < 5:
            self.dwarf.debug_ranges_sec = skeleton.dwarfinfo.debug_ranges_sec
        self.units = [self._unit_of(skeleton)]

    def unit_at(self, address: int) -> Any:
        """Return the unit: the skeleton has told that the address is in it."""
        return self.units[0]

    def split(self, unit: Any) -> None:
        """Return nothing: this unit is whole."""

    @guarded
    def _unit_of(self, skeleton: Any) -> Any:
        wanted = unit_number(skeleton)
        for unit in self.dwarf.iter_CUs():
            _use_standard_forms(unit)
            top = _top_entry(unit, skeleton)
            if _number_in(unit, top) == wanted:
                return unit
        raise TargetError("the split debug information is of another build")


def unit_number(unit: Any) -> int | None:
    """Return the dwo_id of a skeleton, None for a unit that is no skeleton."""
    if unit["version"] >= 5:
        return _number_in(unit, None) if unit["unit_type"] == "DW_UT_skeleton" else None
    return _number_in(unit, unit.get_top_DIE())


def find_split(
    skeleton: Any, elf: ElfFile, paths: Sequence[str], directories: Sequence[str]
) -> SplitInfo | None:
    """Return the unit that a skeleton of `elf` stands for; None when its file is not there or not its.

    `paths` are the binary's and that of its debug information; `directories` (`--debuginfo`) are searched, too.
    """
    number = unit_number(skeleton)
    for contents in _candidates(skeleton, number or 0, paths, directories):
        try:
            return SplitInfo(skeleton, contents, elf.machine)
        except TargetError:
            continue
    return None


def _candidates(
    skeleton: Any, number: int, paths: Sequence[str], directories: Sequence[str]
) -> Iterator[dict[str, bytes]]:
    for path in paths:
        package = _contents(f"{path}.dwp", (*_SECTIONS, "cu_index"))
        part = _part(package, number) if package and "cu_index" in package else None
        if part:
            yield part
    top = skeleton.get_top_DIE().attributes
    name, compiled_in = (
        _text(top, "DW_AT_dwo_name") or _text(top, "DW_AT_GNU_dwo_name"),
        _text(top, "DW_AT_comp_dir"),
    )
    around = [os.path.dirname(os.path.abspath(path)) for path in paths]
    places = [os.path.join(compiled_in, name), *(os.path.join(place, name) for place in around)]
    places += [os.path.join(place, os.path.basename(name)) for place in (*around, *directories)]
    for place in dict.fromkeys(places if name else ()):
        contents = _contents(place, _SECTIONS)
        if contents:
            yield contents


def _contents(path: str, names: Sequence[str]) -> dict[str, bytes] | None:
    """Return the sections of a file, None when it can't be read or isn't one of split debug information."""
    try:
        elf = _ObjectFile(path)
        found = section_contents(elf, names, ".dwo") | section_contents(elf, set(names) & {"cu_index"})
    except (TargetError, ValueError):
        return None
    return found if "info" in found and "abbrev" in found else None


def _part(package: dict[str, bytes], number: int) -> dict[str, bytes] | None:
    """Return what a package has for one unit.

    The index is a hash table from unit numbers to rows, then a table of offsets and one of sizes, a row for each unit
    and a column for each section.
    """
    index = package["cu_index"]
    version, columns, rows, slots = struct.unpack_from("<4I", index)
    names = _COLUMNS.get(version & 0xFFFF)
    if names is None or not 0 < columns <= 8 or not rows <= slots <= _MAX_ROWS:
        return None
    numbers = struct.unpack_from(f"<{slots}Q", index, 16)
    row = (
        struct.unpack_from(f"<{slots}I", index, 16 + 8 * slots)[numbers.index(number)]
        if number in numbers
        else 0
    )
    if not 0 < row <= rows:
        return None
    table = 16 + 12 * slots
    kinds = struct.unpack_from(f"<{columns}I", index, table)
    offsets = struct.unpack_from(f"<{columns}I", index, table + 4 * columns * row)
    sizes = struct.unpack_from(f"<{columns}I", index, table + 4 * columns * (rows + row))
    found = {"str": package["str"]} if "str" in package else {}
    for kind, offset, size in zip(kinds, offsets, sizes, strict=True):
        if kind in names and names[kind] in package:
            found[names[kind]] = package[names[kind]][offset : offset + size]
    return found if "info" in found and "abbrev" in found else None


def _number_in(unit: Any, top: Any) -> int | None:
    if unit["version"] >= 5:
        return int(unit["dwo_id"]) if "dwo_id" in unit.header else None
    found = top.attributes.get("DW_AT_GNU_dwo_id")
    return None if found is None else int(found.value)


def _use_standard_forms(unit: Any) -> None:
    """Give the forms of the GNU extension the numbers that DWARF 5 has for the same."""
    for declaration in unit.get_abbrev_table()._abbrev_map.values():
        for spec in declaration["attr_spec"]:
            spec.form = _STANDARD_FORMS.get(spec.form, spec.form)


def _top_entry(unit: Any, skeleton: Any) -> Any:
    """Return the first entry of a split unit, with the attributes that only its skeleton has.

    They say where the unit's part of each table begins. Tables of its own file have a header only, which the GNU
    extension has not.
    """
    from elftools.dwarf.die import DIE, AttributeValue

    given = skeleton.get_top_DIE().attributes
    is_standard = unit["version"] >= 5
    addresses = given.get("DW_AT_addr_base") or given.get("DW_AT_GNU_addr_base")
    bases = {
        "DW_AT_str_offsets_base": 8 if is_standard else 0,
        "DW_AT_addr_base": addresses.value if addresses else 0,
        "DW_AT_rnglists_base": 12,
        "DW_AT_loclists_base": 12,
    }
    if "DW_AT_low_pc" in given:
        bases["DW_AT_low_pc"] = given["DW_AT_low_pc"].value
    top = DIE(cu=unit, stream=unit.dwarfinfo.debug_info_sec.stream, offset=unit.cu_die_offset)
    for name, value in bases.items():
        if name not in top.attributes:
            top.attributes[name] = AttributeValue(name, "DW_FORM_sec_offset", value, value, 0, 0)
    unit._dielist.insert(0, top)
    unit._diemap.insert(0, unit.cu_die_offset)
    top._translate_indirect_attributes()
    return top


def _text(attributes: Any, name: str) -> str:
    found = attributes.get(name)
    return os.fsdecode(found.value) if found is not None and isinstance(found.value, bytes) else ""
