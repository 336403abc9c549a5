"""The debug information of a file: its units, and the entries in them that are asked for.

The format is DWARF 2 to 5, read by pyelftools. That parses entry by entry in Python, so a large file is never
read as a whole: entries are found by the bytes that they must contain (`dwarf_search`), and what takes longer than a
budget ends with an error. Nothing in the file is trusted.
"""

from __future__ import annotations

import functools
import time
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import cached_property
from itertools import chain
from typing import Any, ParamSpec, TypeVar

from utrace.errors import TargetError
from utrace.target.dwarf_sections import SECTIONS, dwarf_info, section_contents
from utrace.target.elf import ElfFile

BUDGET_SECONDS = 3.0
"""For one question."""
FUNCTION_TAGS = frozenset({"DW_TAG_subprogram"})
SCOPES = frozenset(
    {"DW_TAG_namespace", "DW_TAG_module", "DW_TAG_class_type", "DW_TAG_structure_type", "DW_TAG_union_type"}
)
"""Entries in which functions and types can be found besides the unit itself."""
_GNU_DWO_NAME = b"\xb0\x42"

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

    dwarf: Any
    info: bytes

    def __init__(self, elf: ElfFile, binary_path: str = "", directories: Sequence[str] = ()) -> None:
        """Read the sections of `elf`, which has debug information (see `debug_files`).

        Files that its units refer to are looked for next to it, next to the binary that it describes, and in
        `directories`.
        """
        self.elf = elf
        self._paths = tuple(dict.fromkeys((binary_path or elf.path, elf.path)))
        self._directories = directories
        self._splits: dict[int, DebugInfo | None] = {}
        self.info = b""
        self.dwarf = self._open()

    @guarded
    def _open(self) -> Any:
        contents = section_contents(self.elf, SECTIONS)
        self.info = contents.get("info", b"")
        return dwarf_info(contents, self.elf.machine)

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

    # ------------------------------------------------------------ units in files of their own

    def split(self, unit: Any) -> DebugInfo | None:
        """Return the file that has what a unit is about, None when it is here, or nowhere to be found."""
        if not self._has_splits:
            return None
        if unit.cu_offset not in self._splits:
            from utrace.target.dwarf_split import find_split, unit_number

            is_skeleton = unit_number(unit) is not None
            found = find_split(unit, self.elf, self._paths, self._directories) if is_skeleton else None
            self._splits[unit.cu_offset] = found
        return self._splits[unit.cu_offset]

    @cached_property
    def _has_splits(self) -> bool:
        """Whether there may be skeletons: before DWARF 5, an attribute DW_AT_GNU_dwo_name tells."""
        if any(unit["version"] >= 5 and unit["unit_type"] == "DW_UT_skeleton" for unit in self.units):
            return True
        abbreviations = self.dwarf.debug_abbrev_sec
        return abbreviations is not None and _GNU_DWO_NAME in abbreviations.stream.getvalue()

    def _files(self, budget: Budget) -> Iterator[DebugInfo]:
        """Yield all that units are in: this one, and those of split units."""
        yield self
        for unit in self.units if self._has_splits else ():
            budget.check()
            split = self.split(unit)
            if split is not None:
                yield split

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
        split = self.split(unit)
        if split is not None:
            return split.function_at(address, name)
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
        split = self.split(unit) if unit is not None else None
        if split is not None:
            return split.function_holding(address, start)
        functions = self.entries(unit, FUNCTION_TAGS, Budget()) if unit else ()
        return next((entry for entry in functions if holds(entry, address)), None)

    @guarded
    def named(self, tags: Collection[str], name: str) -> list[Any]:
        """Return entries of these kinds with that name, all of one unit, declarations if there is nothing else."""
        from utrace.target.dwarf_search import units_with_name

        declarations = []
        budget = Budget()
        everywhere = (units_with_name(file, tags, name, budget) for file in self._files(budget))
        for found in chain.from_iterable(everywhere):
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
