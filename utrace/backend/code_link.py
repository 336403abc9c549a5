"""Native object file -> one contiguous piece of code: the sections laid out, every relocation resolved.

Only what needs no loader is accepted: the result is the same bytes wherever it is put. Sources: System V ABI,
AMD64 supplement, table 4.10; ELF for the Arm 64-bit Architecture, section 5.7.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from utrace.backend.bpf_elf import (
    EM_AARCH64,
    EM_X86_64,
    SHF_ALLOC,
    SHN_UNDEF,
    SHT_NOBITS,
    SHT_PROGBITS,
    RelocatableFile,
    Relocation,
    Section,
    Symbol,
    read_relocatable,
)
from utrace.backend.code_image import PAGE_BYTES
from utrace.errors import InternalError

_MACHINES: Final = {"x86_64": EM_X86_64, "aarch64": EM_AARCH64}
_WRITABLE: Final = 1
_PADDING: Final = {EM_X86_64: b"\xcc", EM_AARCH64: b"\0"}
_Patch = Callable[[bytearray, int, int], None]


@dataclass(frozen=True)
class LinkedCode:
    """Code and constants, whole pages; `symbols` are offsets of all functions and of the memory behind them."""

    code: bytes
    symbols: Mapping[str, int]


def link_code(data: bytes, architecture: str, memory_bytes: Mapping[str, int]) -> LinkedCode:
    """Link an object file; `memory_bytes` are zero-filled areas to be placed behind the code, in that order.

    InternalError where the object needs a loader (absolute addresses, undefined symbols, writable data).
    """
    file = read_relocatable(data, _MACHINES[architecture])
    image = bytearray()
    places: dict[int, int] = {}
    for section in sorted(file.sections, key=lambda section: not section.is_code):
        if _is_loaded(section):
            image += _PADDING[file.machine] * (-len(image) % section.align)
            places[section.index] = len(image)
            image += section.data
    image += bytes(-len(image) % PAGE_BYTES)
    areas = _place_areas(len(image), memory_bytes)
    for index, place in places.items():
        for relocation in file.relocations.get(index, ()):
            _apply(file, image, place + relocation.offset, relocation, places, areas)
    own = {s.name: places[s.section] + s.value for s in file.symbols if s.section in places and s.name}
    return LinkedCode(bytes(image), own | areas)


def _is_loaded(section: Section) -> bool:
    """Whether the section is part of the program; unwind tables are not."""
    if not section.flags & SHF_ALLOC or section.name == ".eh_frame" or not section.data:
        return False
    if section.flags & _WRITABLE or section.type == SHT_NOBITS:
        raise InternalError(f"the runtime has writable data ({section.name})")
    return section.type == SHT_PROGBITS


def _place_areas(start: int, memory_bytes: Mapping[str, int]) -> dict[str, int]:
    places = {}
    for name, size in memory_bytes.items():
        places[name] = start
        start += size
    return places


def _apply(
    file: RelocatableFile,
    image: bytearray,
    place: int,
    relocation: Relocation,
    places: Mapping[int, int],
    areas: Mapping[str, int],
) -> None:
    patch = _PATCHES[file.machine].get(relocation.type)
    if patch is None:
        raise InternalError(f"relocation type {relocation.type} against {relocation.symbol.name!r}")
    target = _address(relocation.symbol, places, areas) + (relocation.addend or 0)
    patch(image, place, target)


def _address(symbol: Symbol, places: Mapping[int, int], areas: Mapping[str, int]) -> int:
    if symbol.section == SHN_UNDEF and symbol.name in areas:
        return areas[symbol.name]
    if symbol.section not in places:
        raise InternalError(f"undefined symbol {symbol.name!r} in the compiled programs")
    return places[symbol.section] + symbol.value


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
