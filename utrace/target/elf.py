"""Reading 64-bit ELF files fast and without trusting them (format: elf(5), System V gABI chapters 4 and 5).

Only what tracing needs: headers, segments, sections, and the way between file offsets and addresses.  Every
count, offset and size of the file is checked against the file before it is used; whatever does not fit is a
`TargetError`.  Files are read, never mapped, since a file that shrinks under a mapping kills the reader.
"""

from __future__ import annotations

import os
import struct
import weakref
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from utrace.errors import TargetError

if TYPE_CHECKING:
    from utrace.target.process import Mapping

PT_LOAD, PT_DYNAMIC, PT_INTERP, PT_NOTE = 1, 2, 3, 4
PF_X, PF_W = 1, 2
SHT_SYMTAB, SHT_STRTAB, SHT_NOBITS, SHT_DYNSYM, SHT_GNU_VERSYM = 2, 3, 8, 11, 0x6FFFFFFF
ET_REL, ET_EXEC, ET_DYN = 1, 2, 3
EM_X86_64, EM_AARCH64 = 62, 183

MAX_SECTION_BYTES = 1 << 30
"""No section that tracing reads is larger in earnest; more is a lie that would take all memory."""

_PAGE = 4096
_PN_XNUM, _SHN_XINDEX = 0xFFFF, 0xFFFF
_HOST_MACHINE = {"x86_64": EM_X86_64, "aarch64": EM_AARCH64}.get(os.uname().machine, EM_X86_64)
_MACHINE_NAMES = {3: "i386", 8: "MIPS", 20: "PowerPC", 21: "PowerPC64", 22: "S390", 40: "ARM"}
_MACHINE_NAMES |= {EM_X86_64: "x86-64", EM_AARCH64: "AArch64", 243: "RISC-V", 258: "LoongArch"}
_TYPE_NAMES = {1: "a relocatable object", 4: "a core dump"}

_HEADER = struct.Struct("<16sHHIQQQIHHHHHH")
_SEGMENT = struct.Struct("<IIQQQQQQ")
_SECTION = struct.Struct("<IIQQQQIIQQ")


@dataclass(frozen=True, slots=True)
class Segment:
    """A program header."""

    type: int
    flags: int
    offset: int
    address: int
    file_size: int
    memory_size: int

    @property
    def is_code(self) -> bool:
        """Whether it is loaded as executable memory."""
        return self.type == PT_LOAD and bool(self.flags & PF_X)


@dataclass(frozen=True, slots=True)
class Section:
    """A section header with its name."""

    name: str
    type: int
    flags: int
    address: int
    offset: int
    size: int
    link: int
    info: int
    entry_size: int


@dataclass(frozen=True, slots=True)
class FileId:
    """A file whatever its path: device and inode as in stat(2)."""

    device: int
    inode: int


class _Bytes:
    """A file held in memory (the ELF file inside .gnu_debugdata)."""

    def __init__(self, data: bytes) -> None:
        self.size = len(data)
        self._data = data

    def read(self, offset: int, size: int) -> bytes:
        return self._data[offset : offset + size]


class _Descriptor:
    """An open file; closed when no longer used."""

    def __init__(self, path: str) -> None:
        self._fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        weakref.finalize(self, os.close, self._fd)
        self.stat = os.fstat(self._fd)
        self.size = self.stat.st_size

    def read(self, offset: int, size: int) -> bytes:
        return os.pread(self._fd, size, offset)


class ElfFile:
    """A 64-bit ELF program or shared library of this machine's architecture.

    Raises `TargetError` for everything else.  `file_id` is None for a file held in memory.
    """

    types = frozenset({ET_EXEC, ET_DYN})

    def __init__(self, path: str, data: bytes | None = None) -> None:
        """Read the headers of the file `path`, or of `data`, for which `path` is only a name in messages."""
        self.path = path
        self.file_id: FileId | None = None
        self._file: _Bytes | _Descriptor
        if data is not None:
            self._file = _Bytes(data)
        else:
            self._file = self._open(path)
        header = self._read_header()
        self.type: int = header[1]
        self.machine: int = header[2]
        self.entry: int = header[4]
        self.segments = self._read_segments(header)
        self._section_table = header

    def _open(self, path: str) -> _Descriptor:
        try:
            descriptor = _Descriptor(path)
        except OSError as error:
            raise TargetError(f"cannot open {path}: {error.strerror}") from error
        if not _is_regular(descriptor.stat.st_mode):
            raise TargetError(f"{path} is not a regular file")
        self.file_id = FileId(descriptor.stat.st_dev, descriptor.stat.st_ino)
        return descriptor

    def __repr__(self) -> str:
        return f"ElfFile({self.path!r})"

    @property
    def is_position_independent(self) -> bool:
        """Whether it can be loaded anywhere (shared libraries and PIE programs)."""
        return self.type == ET_DYN

    @cached_property
    def is_dynamic(self) -> bool:
        """Whether a dynamic loader takes part in starting it."""
        return any(segment.type == PT_INTERP for segment in self.segments)

    def read(self, offset: int, size: int, what: str = "data") -> bytes:
        """Return exactly `size` bytes at `offset` of the file; raises `TargetError` when it has fewer."""
        if offset < 0 or size < 0 or offset + size > self._file.size:
            raise self._damaged(f"{what} lies outside of the file")
        if size > MAX_SECTION_BYTES:
            raise self._damaged(f"{what} is larger than {MAX_SECTION_BYTES} bytes")
        try:
            data = self._file.read(offset, size)
        except OSError as error:
            raise TargetError(f"cannot read {self.path}: {error.strerror}") from error
        if len(data) != size:
            raise self._damaged(f"{what} is cut short")
        return data

    def read_at(self, address: int, size: int) -> bytes:
        """Return up to `size` bytes of the file's content at a virtual address (fewer at a segment's end)."""
        for segment in self.segments:
            start = address - segment.address
            if segment.type == PT_LOAD and 0 <= start < segment.file_size:
                return self.read(segment.offset + start, min(size, segment.file_size - start), "a segment")
        raise TargetError(f"address {address:#x} is not in {self.path}")

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        """All sections; empty when the file has none or its table is damaged beyond use."""
        _, _, _, _, _, _, offset, _, _, _, _, entry_size, count, names_index = self._section_table
        if offset == 0:
            return ()
        if entry_size != _SECTION.size:
            raise self._damaged(f"section headers of {entry_size} bytes")
        first = _SECTION.unpack(self.read(offset, _SECTION.size, "the section header table"))
        count = count or first[5]
        names_index = first[6] if names_index == _SHN_XINDEX else names_index
        table = self.read(offset, count * _SECTION.size, "the section header table")
        raw = list(_SECTION.iter_unpack(table))
        names = self._section_names(raw, names_index)
        return tuple(_section(names, fields) for fields in raw)

    def _section_names(self, raw: list[tuple[int, ...]], index: int) -> bytes:
        if index >= len(raw) or raw[index][1] != SHT_STRTAB:
            return b""
        return self.read(raw[index][4], raw[index][5], "the section name table")

    def section(self, name: str) -> Section | None:
        """Return the first section with that name."""
        return next((section for section in self.sections if section.name == name), None)

    def content(self, section: Section) -> bytes:
        """Return the bytes of a section; none for one without content in the file, such as .bss."""
        if section.type == SHT_NOBITS:
            return b""
        return self.read(section.offset, section.size, f"section {section.name or '?'}")

    def to_offset(self, address: int) -> int:
        """Return the file offset of a virtual address; raises `TargetError` when none is loaded there."""
        for segment in self.segments:
            if segment.type == PT_LOAD and 0 <= address - segment.address < segment.file_size:
                return address - segment.address + segment.offset
        raise TargetError(f"address {address:#x} is not in {self.path}")

    def to_address(self, offset: int) -> int:
        """Return the address at which a file offset is loaded; the executable place if there are two."""
        for segment in sorted(self.segments, key=lambda segment: not segment.is_code):
            if segment.type == PT_LOAD and 0 <= offset - segment.offset < segment.file_size:
                return offset - segment.offset + segment.address
        raise TargetError(f"file offset {offset:#x} of {self.path} is never loaded")

    def code_segment(self, address: int) -> Segment | None:
        """Return the executable segment that `address` lies in, if any."""
        for segment in self.segments:
            if segment.is_code and 0 <= address - segment.address < segment.file_size:
                return segment
        return None

    def load_biases(self, mappings: Iterable[Mapping]) -> tuple[int, ...]:
        """Return what to add to the file's addresses to get those in a process, ascending.

        `mappings` are the process's mappings of this file.  Usually one number; more when a process has
        loaded the file several times (dlmopen), none when it mapped the file only as data.
        """
        biases = set()
        for mapping in mappings:
            for segment in self.segments:
                if not (segment.is_code and mapping.is_executable):
                    continue
                first = segment.offset & -_PAGE
                if first <= mapping.offset < segment.offset + segment.file_size:
                    biases.add(mapping.start - mapping.offset + segment.offset - segment.address)
        return tuple(sorted(biases))

    def build_id(self) -> bytes | None:
        """Return the GNU build id, if the file carries one."""
        for segment in self.segments:
            if segment.type == PT_NOTE and segment.file_size <= 1 << 16:
                found = _find_build_id(self.read(segment.offset, segment.file_size, "a note segment"))
                if found:
                    return found
        return None

    def _read_header(self) -> tuple[int, ...]:
        ident = self._file.read(0, _HEADER.size)
        if ident[:4] != b"\x7fELF":
            raise TargetError(f"{self.path} is not an ELF file")
        if len(ident) < _HEADER.size:
            raise self._damaged("the header is cut short")
        machine = int.from_bytes(ident[18:20], "big" if ident[5] == 2 else "little")
        name = _MACHINE_NAMES.get(machine, f"machine {machine}")
        if ident[4] != 2:
            raise TargetError(f"{self.path} is a 32-bit binary ({name}): utrace traces 64-bit programs only")
        if ident[5] != 1 or machine != _HOST_MACHINE:
            raise TargetError(
                f"{self.path} is a binary for another machine ({name}), "
                f"this one is {_MACHINE_NAMES[_HOST_MACHINE]}"
            )
        header = _HEADER.unpack(ident)
        if header[1] not in self.types:
            kind = _TYPE_NAMES.get(header[1], f"an ELF file of type {header[1]}")
            raise TargetError(f"{self.path} is {kind}, not a program or shared library")
        return header

    def _read_segments(self, header: tuple[int, ...]) -> tuple[Segment, ...]:
        offset, entry_size, count = header[5], header[9], header[10]
        if count == _PN_XNUM:
            raise self._damaged("more than 65534 program headers")
        if count == 0:
            return ()
        if entry_size != _SEGMENT.size:
            raise self._damaged(f"program headers of {entry_size} bytes")
        table = self.read(offset, count * entry_size, "the program header table")
        return tuple(
            Segment(kind, flags, start, address, file_size, memory_size)
            for kind, flags, start, address, _, file_size, memory_size, _ in _SEGMENT.iter_unpack(table)
        )

    def _damaged(self, what: str) -> TargetError:
        return TargetError(f"{self.path} is damaged: {what}")


def _is_regular(mode: int) -> bool:
    return mode & 0o170000 == 0o100000


def _section(names: bytes, fields: tuple[int, ...]) -> Section:
    name, kind, flags, address, offset, size, link, info, _, entry_size = fields
    end = names.find(b"\0", name) if name < len(names) else -1
    text = names[name : min(end, name + 256)].decode("utf-8", "replace") if end >= 0 else ""
    return Section(text, kind, flags, address, offset, size, link, info, entry_size)


def _find_build_id(notes: bytes) -> bytes | None:
    position = 0
    while position + 12 <= len(notes):
        name_size, data_size, kind = struct.unpack_from("<III", notes, position)
        data = position + 12 + (name_size + 3 & ~3)
        if kind == 3 and notes[position + 12 : position + 16] == b"GNU\0":
            return notes[data : data + data_size] or None
        position = data + (data_size + 3 & ~3)
    return None
