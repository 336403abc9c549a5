"""The debug information of a file: its units, and the entries in them that are asked for.

The format is DWARF 2 to 5, read by pyelftools. That parses entry by entry in Python, so a large file is never
read as a whole: entries are found by the bytes that they must contain (`dwarf_search`), and what takes longer than a
budget ends with an error. Nothing in the file is trusted.
"""

from __future__ import annotations

import functools
import io
import time
import zlib
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator
from functools import cached_property
from typing import Any, ParamSpec, TypeVar

from utrace.errors import TargetError
from utrace.target.elf import SHT_NOBITS, ElfFile, Section

BUDGET_SECONDS = 3.0
"""For one question."""
MAX_SECTION_BYTES = 1 << 28
FUNCTION_TAGS = frozenset({"DW_TAG_subprogram"})
SCOPES = frozenset(
    {"DW_TAG_namespace", "DW_TAG_module", "DW_TAG_class_type", "DW_TAG_structure_type", "DW_TAG_union_type"}
)
"""Entries in which functions and types can be found besides the unit itself."""

_COMPRESSED = 1 << 11
_SECTIONS = {
    "info", "aranges", "abbrev", "frame", "str", "loc", "ranges", "line", "addr", "str_offsets", "line_str", "pubtypes",
    "pubnames", "loclists", "rnglists", "types", "sup",
}  # fmt: skip

Given = ParamSpec("Given")
Result = TypeVar("Result")


def guarded(method: Callable[Given, Result]) -> Callable[Given, Result]:
    """Turn everything that pyelftools raises on damaged data, whatever its type, into a TargetError."""

    @functools.wraps(method)
    def wrapper(*args: Given.args, **kwargs: Given.kwargs) -> Result:
        try:
            return method(*args, **kwargs)
        except TargetError:
            raise
        except Exception as failure:
            kind = type(failure).__name__
            raise TargetError(f"damaged debug information: {kind}: {str(failure)[:200]}") from failure

    return wrapper


class Budget:
    """The time that is left for one question."""

    def __init__(self, seconds: float = BUDGET_SECONDS) -> None:
        self._end = time.monotonic() + seconds

    def check(self) -> None:
        """Raise TargetError when the time is over."""
        if time.monotonic() > self._end:
            raise TargetError("the debug information is too large to be searched in time")


class DebugInfo:
    """What `.debug_info` of one file says; every method raises TargetError when the data is damaged."""

    def __init__(self, elf: ElfFile) -> None:
        """Read the sections of `elf`, which has debug information (see `debug_files`)."""
        self.elf = elf
        self.info = b""
        self.dwarf = self._open()

    @guarded
    def _open(self) -> Any:
        from elftools.dwarf.dwarfinfo import DebugSectionDescriptor, DwarfConfig, DWARFInfo

        found: dict[str, Any] = {}
        for name in _SECTIONS:
            data = self._content(name)
            stream = None
            if data is not None:
                stream = DebugSectionDescriptor(io.BytesIO(data), f".debug_{name}", 0, len(data), 0)
            found[f"debug_{name}_sec"] = stream
            if name == "info" and data is not None:
                self.info = data
        machine = {62: "x64", 183: "AArch64"}.get(self.elf.machine, "x64")
        config = DwarfConfig(little_endian=True, default_address_size=8, machine_arch=machine)
        return DWARFInfo(config=config, eh_frame_sec=None, gnu_debugaltlink_sec=None, **found)

    def _content(self, name: str) -> bytes | None:
        section = self.elf.section(f".debug_{name}")
        if section is not None and section.type != SHT_NOBITS:
            data = self._bytes(section)
            # Elf64_Chdr: u32 type, u32 reserved, u64 size, u64 alignment.
            return _inflated(data, 24, data[:4], data[8:16][::-1]) if section.flags & _COMPRESSED else data
        section = self.elf.section(f".zdebug_{name}")
        if section is None or section.type == SHT_NOBITS:
            return None
        data = self._bytes(section)
        return _inflated(data, 12, b"\1\0\0\0" if data[:4] == b"ZLIB" else b"", data[4:12])

    def _bytes(self, section: Section) -> bytes:
        if section.size > MAX_SECTION_BYTES:
            raise TargetError(
                f"{self.elf.path} has more debug information than {MAX_SECTION_BYTES >> 20} MiB"
            )
        return self.elf.content(section)

    # ------------------------------------------------------------ units

    @cached_property
    def units(self) -> list[Any]:
        """All units, by ascending offset."""
        budget = Budget()
        found = []
        for unit in self.dwarf.iter_CUs():
            budget.check()
            found.append(unit)
        return found

    @cached_property
    def _unit_offsets(self) -> list[int]:
        return [unit.cu_offset for unit in self.units]

    def unit_holding(self, offset: int) -> Any:
        """Return the unit that an offset of `.debug_info` lies in."""
        return self.units[max(0, bisect_right(self._unit_offsets, offset) - 1)]

    @guarded
    def unit_at(self, address: int) -> Any:
        """Return the unit whose code an address of the file lies in, None when there is none."""
        offset = self._address_ranges.cu_offset_at_addr(address) if self._address_ranges else None
        if offset is not None:
            return self.unit_holding(offset)
        # A unit may be missing there, and clang writes no such table.
        for start, end, unit in self._ranges:
            if start <= address < end:
                return unit
        return None

    @cached_property
    def _address_ranges(self) -> Any:
        """The table of `.debug_aranges`, which is parsed as a whole at every request."""
        return self.dwarf.get_aranges()

    @cached_property
    def _ranges(self) -> list[tuple[int, int, Any]]:
        budget = Budget()
        found = []
        for unit in self.units:
            budget.check()
            found += [(start, end, unit) for start, end in code_ranges(unit.get_top_DIE())]
        return found

    # ------------------------------------------------------------ entries

    @guarded
    def function_at(self, address: int, name: str = "") -> Any:
        """Return the entry of the function that starts at an address of the file, None when there is none.

        gcc leaves the address out of some entries: then it is the one of that `name` in the unit of the address.
        """
        from utrace.target.dwarf_search import entries_with

        unit = self.unit_at(address)
        if unit is None:
            return None
        forms = {"DW_FORM_addr": [address.to_bytes(8, "little")]}
        for entry in entries_with(unit, self.info, FUNCTION_TAGS, "DW_AT_low_pc", forms):
            return entry
        named = None
        for entry in self.entries(unit, FUNCTION_TAGS, Budget()):
            ranges = code_ranges(entry)
            if ranges and ranges[0][0] == address:
                return entry
            if not ranges and name and name_of(entry) == name and "DW_AT_declaration" not in entry.attributes:
                named = entry
        return named

    @guarded
    def function_holding(self, address: int, start: int) -> Any:
        """Return the entry of the function that an address lies in; `start` is its symbol's address, as a hint."""
        found = self.function_at(start)
        if found is not None and holds(found, address):
            return found
        unit = self.unit_at(address)
        functions = self.entries(unit, FUNCTION_TAGS, Budget()) if unit else ()
        return next((entry for entry in functions if holds(entry, address)), None)

    @guarded
    def named(self, tags: Collection[str], name: str) -> list[Any]:
        """Return entries of these kinds with that name, all of one unit, declarations if there is nothing else."""
        from utrace.target.dwarf_search import units_with_name

        declarations = []
        budget = Budget()
        for found in units_with_name(self, tags, name, budget):
            whole = [entry for entry in found if "DW_AT_declaration" not in entry.attributes]
            if whole:
                return whole
            declarations += found
        return declarations

    def entries(self, unit: Any, tags: Collection[str], budget: Budget) -> Iterator[Any]:
        """Yield the entries of these kinds of a unit, also those inside of namespaces and classes."""
        pending = [unit.get_top_DIE()]
        while pending:
            for entry in pending.pop().iter_children():
                budget.check()
                if entry.tag in tags:
                    yield entry
                if entry.tag in SCOPES:
                    pending.append(entry)


def attribute(entry: Any, name: str) -> Any:
    """Return the value of an attribute, also of the entry that this one completes; None when there is none."""
    for _ in range(8):
        found = entry.attributes.get(name)
        if found is not None:
            return found.value
        link = next(
            (key for key in ("DW_AT_abstract_origin", "DW_AT_specification") if key in entry.attributes), None
        )
        if link is None:
            return None
        entry = entry.get_DIE_from_attribute(link)
    return None


def name_of(entry: Any) -> str:
    """Return the name of an entry, empty for one without."""
    found = attribute(entry, "DW_AT_name")
    return found.decode(errors="replace") if isinstance(found, bytes) else ""


def code_ranges(entry: Any) -> list[tuple[int, int]]:
    """Return the ranges (start, end) of addresses that an entry's code takes."""
    attributes = entry.attributes
    low, high = attributes.get("DW_AT_low_pc"), attributes.get("DW_AT_high_pc")
    if low is not None and high is not None:
        # An address, or, since DWARF 4, a length.
        is_address = high.form in {"DW_FORM_addr", "DW_FORM_addrx"}
        return [(low.value, high.value if is_address else low.value + high.value)]
    if "DW_AT_ranges" not in attributes:
        return []
    return _listed_ranges(entry, attributes["DW_AT_ranges"].value)


def holds(entry: Any, address: int) -> bool:
    """Tell whether an address is in an entry's code."""
    return any(start <= address < end for start, end in code_ranges(entry))


def _listed_ranges(entry: Any, offset: int) -> list[tuple[int, int]]:
    unit = entry.cu
    lists = entry.dwarfinfo.range_lists()
    if lists is None:
        return []
    top = unit.get_top_DIE().attributes.get("DW_AT_low_pc")
    base = top.value if top is not None else 0
    found = []
    for item in lists.get_range_list_at_offset(offset, unit):
        if hasattr(item, "base_address"):
            base = item.base_address
        elif item.end_offset > item.begin_offset:
            shift = 0 if getattr(item, "is_absolute", False) else base
            found.append((item.begin_offset + shift, item.end_offset + shift))
    return found


def _inflated(data: bytes, header: int, kind: bytes, size: bytes) -> bytes:
    if kind != b"\1\0\0\0":
        raise TargetError("the debug information is compressed in a way that is not supported (zlib is)")
    wanted = int.from_bytes(size, "big")
    if wanted > MAX_SECTION_BYTES:
        raise TargetError(f"more debug information than {MAX_SECTION_BYTES >> 20} MiB")
    return zlib.decompressobj().decompress(data[header:], wanted or 1)
