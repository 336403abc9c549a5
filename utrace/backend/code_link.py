"""Native object files -> one contiguous piece of code: the sections laid out, every relocation resolved.

Only what needs no loader is accepted: the result is the same bytes wherever it is put. Of the runtime, only what is
referred to is taken. Sources: System V ABI, AMD64 supplement, table 4.10; ELF for the Arm 64-bit Architecture,
section 5.7.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from utrace.backend.bpf_elf import (
    EM_AARCH64,
    EM_X86_64,
    SHF_ALLOC,
    SHN_UNDEF,
    SHT_NOBITS,
    SHT_PROGBITS,
    RelocatableFile,
    Section,
    Symbol,
    read_relocatable,
)
from utrace.backend.code_image import PAGE_BYTES
from utrace.errors import InternalError
from utrace.lazy_dataclass import dataclass

_MACHINES: Final = {"x86_64": EM_X86_64, "aarch64": EM_AARCH64}
_WRITABLE: Final = 1
_PADDING: Final = {EM_X86_64: b"\xcc", EM_AARCH64: b"\0"}
_Patch = Callable[[bytearray, int, int], None]


_EXPORTS: Final = ".text.rt_export"
"""Section of the functions that the runtime marks as called from outside."""

_Place = tuple[int, int]
"""A section: index of its object, index in that."""


@dataclass(frozen=True)
class LinkedCode:
    """Code and constants, whole pages; `symbols` are offsets of all functions and of the memory behind them.

    `exports` names the functions that the runtime marks as called from outside.
    """

    code: bytes
    symbols: Mapping[str, int]
    exports: frozenset[str]


def link_code(objects: Sequence[bytes], architecture: str, memory_bytes: Mapping[str, int]) -> LinkedCode:
    """Link the programs' object with the runtime's.

    All of the first object is taken, of the others what is referred to or exported. `memory_bytes` are zero-filled
    areas to be placed behind the code, in that order. InternalError where an object needs a loader (absolute
    addresses, undefined symbols, writable data).
    """
    linker = _Linker([read_relocatable(data, _MACHINES[architecture]) for data in objects])
    places, image = linker.lay_out(linker.needed())
    areas = _place_areas(len(image), memory_bytes)
    linker.relocate(image, places, areas)
    symbols = {name: offset for name, (_, offset) in linker.symbols(places).items()}
    exports = frozenset(name for name, (section, _) in linker.symbols(places).items() if section == _EXPORTS)
    return LinkedCode(bytes(image), symbols | areas, exports)


class _Linker:
    def __init__(self, files: Sequence[RelocatableFile]) -> None:
        self.files = files
        self.definitions: dict[str, tuple[int, Symbol]] = {}
        for number, file in reversed(list(enumerate(files))):
            for symbol in file.symbols:
                if not symbol.is_local and SHN_UNDEF < symbol.section < len(file.sections):
                    self.definitions[symbol.name] = (number, symbol)

    def needed(self) -> list[_Place]:
        """Find the sections to take, code before constants."""
        pending = [(0, section.index) for section in self.files[0].sections if _is_loaded(section)]
        for number, file in enumerate(self.files[1:], 1):
            pending += [(number, section.index) for section in file.sections if section.name == _EXPORTS]
        taken = dict.fromkeys(pending)
        while pending:
            number, index = pending.pop()
            for relocation in self.files[number].relocations.get(index, ()):
                place = self._definition(number, relocation.symbol)
                if place is not None and place[:2] not in taken:
                    taken[place[:2]] = None
                    pending.append(place[:2])
        return sorted(taken, key=lambda place: (not self._section(place).is_code, place))

    def _section(self, place: _Place) -> Section:
        return self.files[place[0]].sections[place[1]]

    def _definition(self, number: int, symbol: Symbol) -> tuple[int, int, int] | None:
        """Give object, section and offset that a symbol stands for; None if no object defines it."""
        if symbol.section == SHN_UNDEF:
            if symbol.name not in self.definitions:
                return None
            number, symbol = self.definitions[symbol.name]
        return number, symbol.section, symbol.value

    def lay_out(self, taken: list[_Place]) -> tuple[dict[_Place, int], bytearray]:
        """Put the sections behind each other; gives their offsets and their bytes, padded to whole pages."""
        image = bytearray()
        places: dict[_Place, int] = {}
        for place in taken:
            section = self._section(place)
            if not _is_loaded(section):
                raise InternalError(f"a compiled program refers to section {section.name}")
            padding = _PADDING[self.files[0].machine] if section.is_code else b"\0"
            image += padding * (-len(image) % section.align)
            places[place] = len(image)
            image += section.data
        image += bytes(-len(image) % PAGE_BYTES)
        return places, image

    def relocate(self, image: bytearray, places: Mapping[_Place, int], areas: Mapping[str, int]) -> None:
        """Resolve every relocation of the sections taken."""
        patches = _PATCHES[self.files[0].machine]
        for place, start in places.items():
            for relocation in self.files[place[0]].relocations.get(place[1], ()):
                patch = patches.get(relocation.type)
                if patch is None:
                    raise InternalError(
                        f"relocation type {relocation.type} against {relocation.symbol.name!r}"
                    )
                target = self._address(place[0], relocation.symbol, places, areas) + (relocation.addend or 0)
                patch(image, start + relocation.offset, target)

    def _address(
        self, number: int, symbol: Symbol, places: Mapping[_Place, int], areas: Mapping[str, int]
    ) -> int:
        if symbol.section == SHN_UNDEF and symbol.name in areas:
            return areas[symbol.name]
        definition = self._definition(number, symbol)
        if definition is None:
            raise InternalError(f"undefined symbol {symbol.name!r} in the compiled programs")
        return places[definition[:2]] + definition[2]

    def symbols(self, places: Mapping[_Place, int]) -> dict[str, tuple[str, int]]:
        """Name what is in the image: the section it is from, and its offset."""
        return {
            name: (
                self._section((number, symbol.section)).name,
                places[number, symbol.section] + symbol.value,
            )
            for name, (number, symbol) in self.definitions.items()
            if (number, symbol.section) in places
        }


def _is_loaded(section: Section) -> bool:
    """Whether the section is part of the program; unwind tables are not."""
    if not section.flags & SHF_ALLOC or section.name == ".eh_frame" or not section.data:
        return False
    if section.flags & _WRITABLE or section.type == SHT_NOBITS:
        raise InternalError(f"compiled programs have writable data ({section.name})")
    return section.type == SHT_PROGBITS


def _place_areas(start: int, memory_bytes: Mapping[str, int]) -> dict[str, int]:
    places = {}
    for name, size in memory_bytes.items():
        places[name] = start
        start += size
    return places


def _relative32(image: bytearray, place: int, target: int) -> None:
    struct.pack_into("<i", image, place, target - place)


def _relative64(image: bytearray, place: int, target: int) -> None:
    struct.pack_into("<q", image, place, target - place)


def _branch26(image: bytearray, place: int, target: int) -> None:
    _insert(image, place, target - place >> 2, 26, 0)


def _page21(image: bytearray, place: int, target: int) -> None:
    pages = (target >> 12) - (place >> 12)
    _insert(image, place, pages, 2, 29)
    _insert(image, place, pages >> 2, 19, 5)


def _low12(shift: int) -> _Patch:
    def patch(image: bytearray, place: int, target: int) -> None:
        _insert(image, place, (target & 0xFFF) >> shift, 12, 10)

    return patch


def _insert(image: bytearray, place: int, number: int, bits: int, position: int) -> None:
    mask = (1 << bits) - 1
    (word,) = struct.unpack_from("<I", image, place)
    struct.pack_into("<I", image, place, word & ~(mask << position) | (number & mask) << position)


_PATCHES: Final[dict[int, dict[int, _Patch]]] = {
    EM_X86_64: {2: _relative32, 4: _relative32, 24: _relative64},
    EM_AARCH64: {
        260: _relative64, 261: _relative32, 275: _page21, 277: _low12(0), 278: _low12(0), 282: _branch26,
        283: _branch26, 284: _low12(1), 285: _low12(2), 286: _low12(3), 299: _low12(4),
    },
}  # fmt: skip
