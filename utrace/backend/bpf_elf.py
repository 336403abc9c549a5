"""Sections, symbols and relocations of a relocatable 64-bit little-endian ELF file, every access checked.

Written on `struct` because importing pyelftools takes 45 ms of the 300 that a tracer may take to be armed.
Source of the format: System V ABI (gABI), chapters 4 and 5.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any, Final

from utrace.backend.insn import ObjectError
from utrace.lazy_dataclass import dataclass

EM_X86_64: Final = 62
EM_AARCH64: Final = 183
EM_BPF: Final = 247

SHT_PROGBITS: Final = 1
SHT_SYMTAB: Final = 2
SHT_RELA: Final = 4
SHT_NOBITS: Final = 8
SHT_REL: Final = 9
SHF_ALLOC: Final = 2
SHF_EXECINSTR: Final = 4

STT_FUNC: Final = 2
STT_SECTION: Final = 3
SHN_UNDEF: Final = 0

_ET_REL: Final = 1
_LARGEST_SECTION_BYTES: Final = 1 << 26


@dataclass(frozen=True)
class Section:
    """One section with its bytes (zeros for NOBITS), named; `link` and `info` as in the section header."""

    index: int
    name: str
    type: int
    flags: int
    data: bytes
    link: int
    info: int
    align: int

    @property
    def is_code(self) -> bool:
        """Whether it holds instructions."""
        return self.type == SHT_PROGBITS and bool(self.flags & SHF_EXECINSTR)


@dataclass(frozen=True)
class Symbol:
    """One symbol; `section` is an index, which may also be a reserved one (SHN_ABS, SHN_COMMON)."""

    name: str
    type: int
    section: int
    value: int
    size: int
    is_local: bool = False


@dataclass(frozen=True)
class Relocation:
    """One relocation; `addend` is None in REL tables, which keep it in the relocated bytes."""

    offset: int
    type: int
    symbol: Symbol
    addend: int | None


@dataclass(frozen=True)
class RelocatableFile:
    """A parsed object file. `relocations` are by index of the section they apply to."""

    machine: int
    sections: tuple[Section, ...]
    symbols: tuple[Symbol, ...]
    relocations: dict[int, tuple[Relocation, ...]]

    def section(self, name: str) -> Section | None:
        """Find the first section of that name."""
        return next((section for section in self.sections if section.name == name), None)


def unpack(layout: str, data: bytes, offset: int, what: str) -> tuple[Any, ...]:
    """`struct.unpack_from`, with an ObjectError that names `what` where the data is too short."""
    try:
        return struct.unpack_from(layout, data, offset)
    except (struct.error, OverflowError):
        raise ObjectError(f"truncated object: {what} at byte {offset} of {len(data)}") from None


def c_string(table: bytes, offset: int) -> str:
    """Read the NUL-terminated string at `offset` of a string table."""
    end = table.find(b"\0", offset)
    if not 0 <= offset < len(table) or end < 0:
        raise ObjectError(f"malformed object: string at {offset} lies outside its table")
    return table[offset:end].decode("utf-8", "backslashreplace")


def read_relocatable(data: bytes, machine: int) -> RelocatableFile:
    """Parse an object file for `machine`; ObjectError if it is anything else or malformed."""
    _check_header(data, machine)
    sections = _read_sections(data)
    table = next((section for section in sections if section.type == SHT_SYMTAB), None)
    symbols = tuple(_read_symbols(table, sections)) if table else ()
    relocations = {
        section.info: tuple(_read_relocations(section, symbols))
        for section in sections
        if section.type in (SHT_REL, SHT_RELA)
    }
    return RelocatableFile(machine, sections, symbols, relocations)


def _check_header(data: bytes, machine: int) -> None:
    if data[:4] != b"\x7fELF":
        raise ObjectError("not an ELF object")
    if len(data) < 64:
        raise ObjectError("truncated object: incomplete ELF header")
    if data[4:6] != b"\x02\x01":
        raise ObjectError("not a 64-bit little-endian ELF object")
    file_type, found = struct.unpack_from("<HH", data, 16)
    if file_type != _ET_REL or found != machine:
        raise ObjectError(
            f"not a relocatable object for machine {machine} (type {file_type}, machine {found})"
        )


def _read_sections(data: bytes) -> tuple[Section, ...]:
    (table,) = struct.unpack_from("<Q", data, 40)
    entry_bytes, count, names_index = struct.unpack_from("<HHH", data, 58)
    if count == 0:
        raise ObjectError("malformed object: no sections")
    if entry_bytes != 64 or names_index >= count:
        raise ObjectError("malformed object: bad section header table")
    headers = [unpack("<IIQQQQIIQQ", data, table + 64 * i, "section header") for i in range(count)]
    names = _section_bytes(data, headers[names_index])
    return tuple(
        Section(i, c_string(names, h[0]), h[1], h[2], _section_bytes(data, h), h[6], h[7], h[8] or 1)
        for i, h in enumerate(headers)
    )


def _section_bytes(data: bytes, header: tuple[Any, ...]) -> bytes:
    kind, offset, size = header[1], header[4], header[5]
    if size > _LARGEST_SECTION_BYTES:
        raise ObjectError(f"malformed object: a section of {size} bytes")
    if kind == SHT_NOBITS:
        return bytes(size)
    if kind == 0:
        return b""
    if offset + size > len(data):
        raise ObjectError(f"truncated object: a section ends at byte {offset + size} of {len(data)}")
    return data[offset : offset + size]


def _read_symbols(table: Section, sections: tuple[Section, ...]) -> Iterator[Symbol]:
    if table.link >= len(sections):
        raise ObjectError("malformed object: symbol table without strings")
    strings = sections[table.link].data
    if len(table.data) % 24:
        raise ObjectError("malformed object: symbol table cut short")
    for name, info, _other, section, value, size in struct.iter_unpack("<IBBHQQ", table.data):
        kind = info & 15
        text = c_string(strings, name)
        if kind == STT_SECTION and section < len(sections):
            text = sections[section].name
        yield Symbol(text, kind, section, value, size, is_local=not info >> 4)


def _read_relocations(section: Section, symbols: tuple[Symbol, ...]) -> Iterator[Relocation]:
    has_addend = section.type == SHT_RELA
    entry = struct.Struct("<QQq" if has_addend else "<QQ")
    if len(section.data) % entry.size:
        raise ObjectError(f"malformed object: relocations {section.name} cut short")
    for offset, info, *addend in entry.iter_unpack(section.data):
        if info >> 32 >= len(symbols):
            raise ObjectError(f"malformed object: {section.name} names symbol {info >> 32} of {len(symbols)}")
        yield Relocation(offset, info & 0xFFFFFFFF, symbols[info >> 32], addend[0] if addend else None)
