"""The sections of debug information, as pyelftools takes them."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterable, Mapping
from typing import Any

from utrace.errors import TargetError
from utrace.target.elf import SHT_NOBITS, ElfFile, Section

MAX_SECTION_BYTES = 1 << 28
SECTIONS = (
    "info", "aranges", "abbrev", "frame", "str", "loc", "ranges", "line", "addr", "str_offsets", "line_str", "pubtypes",
    "pubnames", "loclists", "rnglists", "types", "sup",
)  # fmt: skip
_COMPRESSED = 1 << 11


def section_contents(elf: ElfFile, names: Iterable[str], suffix: str = "") -> dict[str, bytes]:
    """Return the contents of the sections `.debug_NAME` and a suffix (`.dwo`) that a file has, uncompressed."""
    found = ((name, _content(elf, f"{name}{suffix}")) for name in names)
    return {name: data for name, data in found if data is not None}


def dwarf_info(contents: Mapping[str, bytes], machine: int) -> Any:
    """Return the DWARFInfo of pyelftools for these sections; `machine` is the ELF header's."""
    from elftools.dwarf.dwarfinfo import DebugSectionDescriptor, DwarfConfig, DWARFInfo

    sections: dict[str, Any] = {f"debug_{name}_sec": None for name in SECTIONS}
    for name, data in contents.items():
        descriptor = DebugSectionDescriptor(io.BytesIO(data), f".debug_{name}", 0, len(data), 0)
        sections[f"debug_{name}_sec"] = descriptor
    architecture = {62: "x64", 183: "AArch64"}.get(machine, "x64")
    config = DwarfConfig(little_endian=True, default_address_size=8, machine_arch=architecture)
    return DWARFInfo(config=config, eh_frame_sec=None, gnu_debugaltlink_sec=None, **sections)


def _content(elf: ElfFile, name: str) -> bytes | None:
    section = elf.section(f".debug_{name}")
    if section is not None and section.type != SHT_NOBITS:
        data = _bytes(elf, section)
        # Elf64_Chdr: u32 type, u32 reserved, u64 size, u64 alignment.
        return _inflated(data, 24, data[:4], data[8:16][::-1]) if section.flags & _COMPRESSED else data
    section = elf.section(f".zdebug_{name}")
    if section is None or section.type == SHT_NOBITS:
        return None
    data = _bytes(elf, section)
    return _inflated(data, 12, b"\1\0\0\0" if data[:4] == b"ZLIB" else b"", data[4:12])


def _bytes(elf: ElfFile, section: Section) -> bytes:
    if section.size > MAX_SECTION_BYTES:
        raise TargetError(f"{elf.path} has more debug information than {MAX_SECTION_BYTES >> 20} MiB")
    return elf.content(section)


def _inflated(data: bytes, header: int, kind: bytes, size: bytes) -> bytes:
    if kind != b"\1\0\0\0":
        raise TargetError("the debug information is compressed in a way that is not supported (zlib is)")
    wanted = int.from_bytes(size, "big")
    if wanted > MAX_SECTION_BYTES:
        raise TargetError(f"more debug information than {MAX_SECTION_BYTES >> 20} MiB")
    return zlib.decompressobj().decompress(data[header:], wanted or 1)
