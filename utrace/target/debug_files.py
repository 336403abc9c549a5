"""Files with the debug information of a binary, which distributions ship apart from it.

Looked for as gdb does ("Debugging Information in Separate Files"): in the binary itself; by its build id below
`.build-id/` of each debug directory; by the name in `.gnu_debuglink` next to it, in `.debug/` there, and below each
debug directory. A file found by name must have the same build id, or the checksum that the link gives.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator, Sequence

from utrace.errors import TargetError
from utrace.target.elf import SHT_NOBITS, ElfFile

DEBUG_DIRECTORIES = ("/usr/lib/debug",)
_MAX_NAME_BYTES = 4096


def has_debug_info(elf: ElfFile) -> bool:
    """Tell whether a file holds debug information itself."""
    sections = (elf.section(".debug_info") or elf.section(".zdebug_info"),)
    return any(section is not None and section.type != SHT_NOBITS for section in sections)


def find_debug_file(elf: ElfFile, directories: Sequence[str] = ()) -> ElfFile | None:
    """Return the file with the debug information of `elf`, which may be itself; None when there is none.

    `directories` (`--debuginfo`) come before the system's.
    """
    if has_debug_info(elf):
        return elf
    build_id = elf.build_id()
    for path, checksum in _candidates(elf, build_id, (*directories, *DEBUG_DIRECTORIES)):
        try:
            found = ElfFile(path)
            if has_debug_info(found) and _belongs(found, build_id, checksum):
                return found
        except TargetError:
            continue
    return None


def _candidates(
    elf: ElfFile, build_id: bytes | None, directories: Sequence[str]
) -> Iterator[tuple[str, int | None]]:
    """Yield paths, and the checksum that a file there must have if its build id doesn't tell."""
    if build_id is not None and len(build_id) > 1:
        name = build_id.hex()
        for directory in directories:
            yield f"{directory}/.build-id/{name[:2]}/{name[2:]}.debug", None
    link = _debug_link(elf)
    if link is None:
        return
    name, checksum = link
    parent = os.path.dirname(os.path.abspath(elf.path))
    for directory in (
        parent,
        f"{parent}/.debug",
        *(f"{debug}{parent}" for debug in directories),
        *directories,
    ):
        yield f"{directory}/{name}", checksum


def _debug_link(elf: ElfFile) -> tuple[str, int] | None:
    """Return the name and the checksum in `.gnu_debuglink`: a string, padding to four bytes, four bytes."""
    section = elf.section(".gnu_debuglink")
    if section is None or not 8 <= section.size <= _MAX_NAME_BYTES:
        return None
    data = elf.content(section)
    name, _, _ = data.partition(b"\0")
    place = (len(name) + 4) & ~3
    if not name or b"/" in name or place + 4 > len(data):
        return None
    return os.fsdecode(name), int.from_bytes(data[place : place + 4], "little")


def _belongs(found: ElfFile, build_id: bytes | None, checksum: int | None) -> bool:
    if build_id is not None:
        return found.build_id() == build_id
    return checksum is not None and _crc32(found.path) == checksum


def _crc32(path: str) -> int:
    value = 0
    try:
        with open(path, "rb") as file:
            while block := file.read(1 << 20):
                value = zlib.crc32(block, value)
    except OSError:
        return -1
    return value
