"""The functions of an ELF file: by name, by pattern, by address (format: elf(5), `Elf64_Sym`).

Symbols come from .symtab, .dynsym and, when .symtab was stripped, from the file with the debug information and the
small ELF file inside .gnu_debugdata.  A symbol table may lie: what points outside of the file's executable
segments, or has no name, is dropped, and sizes are cut at the segment's end.
"""

from __future__ import annotations

import itertools
import struct
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from utrace.errors import TargetError
from utrace.target.elf import SHT_DYNSYM, SHT_GNU_VERSYM, SHT_SYMTAB, ElfFile, Section, Segment
from utrace.target.names import matcher

STT_OBJECT, STT_FUNC, STT_GNU_IFUNC = 1, 2, 10
STB_LOCAL = 0
_HIDDEN_VERSION = 0x8000
_ENTRY = struct.Struct("<IBBHQQ")
_MAX_NAME_BYTES = 1 << 16
_MAX_DEBUGDATA_BYTES = 1 << 28


@dataclass(frozen=True, slots=True)
class Symbol:
    """A function: name without its version, address as in the file, size in bytes (0 when not recorded).

    `is_ifunc`: the address is that of a resolver which returns the function to be called.
    `is_default`: the version that the name without a version stands for (`NAME@@VERSION`, not `NAME@OLD`).
    """

    name: str
    address: int
    size: int
    is_ifunc: bool = False
    is_global: bool = True
    is_default: bool = True

    @property
    def end(self) -> int:
        """The first address behind the function."""
        return self.address + self.size


class _Table:
    """One symbol table of a file, undecoded."""

    def __init__(self, elf: ElfFile, section: Section, versions: bytes = b"") -> None:
        size = len(range(0, section.size - _ENTRY.size + 1, _ENTRY.size)) * _ENTRY.size
        self.entries = elf.read(section.offset, size, "a symbol table")
        strings = elf.sections[section.link] if section.link < len(elf.sections) else None
        self.names = elf.content(strings) if strings else b""
        self.versions = versions if len(versions) * 12 == size else b""
        # Names share their tails at most; a table whose names add up to far more wants to take all memory.
        self._name_bytes_left = 16 * len(self.names) + _MAX_NAME_BYTES

    def name(self, offset: int) -> tuple[str, bool]:
        """Return a name without its version, and whether it is the default one: NAME@@VERSION, not NAME@OLD."""
        end = self.names.find(b"\0", offset, offset + _MAX_NAME_BYTES)
        raw = self.names[offset:end] if end >= 0 else b""
        self._name_bytes_left -= len(raw)
        if self._name_bytes_left < 0:
            return "", False
        at = raw.find(b"@", 1)
        bare = raw[:at] if at > 0 else raw
        return bare.decode("utf-8", "surrogateescape"), at < 0 or raw.startswith(b"@@", at)

    def indices(self, name: bytes) -> list[int]:
        """Return the entries with exactly that name: found by its bytes, so that no other name is decoded."""
        offsets = set(_occurrences(self.names, name + b"\0")) | set(_occurrences(self.names, name + b"@"))
        if not offsets:
            return []
        name_offsets = memoryview(self.entries).cast("I")[:: _ENTRY.size // 4].tolist()
        return [index for index, offset in enumerate(name_offsets) if offset in offsets]

    def addresses(self) -> list[int]:
        """Return the address of every entry, whatever it names."""
        return memoryview(self.entries).cast("Q")[1 :: _ENTRY.size // 8].tolist()

    def extents(self) -> Iterator[tuple[int, int]]:
        """Yield address and size of every entry that is defined, whatever it names."""
        words = memoryview(self.entries).cast("Q")
        step = _ENTRY.size // 8
        return (place for place in zip(words[1::step], words[2::step], strict=True) if place[0])

    def is_hidden(self, index: int) -> bool:
        """Whether the entry is an old version of its name, kept for programs linked long ago."""
        if not self.versions:
            return False
        return bool(int.from_bytes(self.versions[2 * index : 2 * index + 2], "little") & _HIDDEN_VERSION)


class SymbolTable:
    """The functions of one file; nothing is read until it is asked for."""

    def __init__(
        self,
        elf: ElfFile,
        program: ElfFile | None = None,
        find_debug_file: Callable[[ElfFile], ElfFile | None] | None = None,
    ) -> None:
        """Give the functions of `elf`; if that is a file of debug information, `program` is what it is about.

        `find_debug_file` is asked for the file that has the symbol table of a stripped one.
        """
        self.elf = elf
        self._find_debug_file = find_debug_file
        self._code = [segment for segment in (program or elf).segments if segment.is_code]

    @cached_property
    def functions(self) -> tuple[Symbol, ...]:
        """All functions, each (name, address) once, by ascending address."""
        found: dict[tuple[str, int], Symbol] = {}
        for table in self._tables:
            for index, entry in enumerate(_ENTRY.iter_unpack(table.entries)):
                symbol = self._function(table, index, entry)
                if symbol is not None:
                    found.setdefault((symbol.name, symbol.address), symbol)
        return tuple(sorted(found.values(), key=lambda symbol: (symbol.address, symbol.name)))

    def find(self, name: str) -> tuple[Symbol, ...]:
        """Return the functions with exactly that name, the one that the name stands for first.

        Several are possible: static functions of different source files, old versions of a name.
        """
        raw = name.encode("utf-8", "surrogateescape")
        if not raw or b"\0" in raw:
            return ()
        found: dict[int, Symbol] = {}
        for table in self._tables:
            for index in table.indices(raw):
                entry = _ENTRY.unpack_from(table.entries, index * _ENTRY.size)
                symbol = self._function(table, index, entry)
                if symbol is not None and symbol.name == name:
                    found.setdefault(symbol.address, symbol)
        return tuple(sorted(found.values(), key=_precedence))

    def find_place(self, name: str) -> tuple[int, int] | None:
        """Return address and size of a function or variable by its exact name; a global one before local ones."""
        raw = name.encode("utf-8", "surrogateescape")
        found = []
        for table in self._tables if raw and b"\0" not in raw else ():
            for index in table.indices(raw):
                _, info, _, section, address, size = _ENTRY.unpack_from(table.entries, index * _ENTRY.size)
                if info & 0xF in {STT_OBJECT, STT_FUNC, STT_GNU_IFUNC} and section:
                    found.append((info >> 4 == STB_LOCAL, address, size))
        return min(found)[1:] if found else None

    def match(self, pattern: str) -> tuple[Symbol, ...]:
        """Return one function for each name that a pattern (`*`, `[..]`) matches, by ascending address."""
        matches = matcher(pattern)
        best: dict[str, Symbol] = {}
        for symbol in self.functions:
            if matches(symbol.name):
                known = best.get(symbol.name)
                if known is None or _precedence(symbol) < _precedence(known):
                    best[symbol.name] = symbol
        return tuple(sorted(best.values(), key=lambda symbol: (symbol.address, symbol.name)))

    def at(self, address: int) -> tuple[Symbol, int] | None:
        """Return the function that an address of the file lies in, and the offset into it."""
        index = bisect_right(self._starts, address) - 1
        # A function without a size, or an alias that ends early, may start between: look back a little.
        for candidate in range(index, max(-1, index - 16), -1):
            symbol = self._by_start[candidate]
            if symbol.address <= address < max(symbol.end, symbol.address + 1):
                return symbol, address - symbol.address
        return None

    def next_start(self, address: int) -> int:
        """Return where the next function (or other symbol) behind `address` starts, at most its segment's end."""
        segment = self._segment_of(address)
        end = segment.address + segment.file_size if segment else address
        starts = (start for table in self._tables for start in table.addresses() if address < start)
        return min(end, min(starts, default=end))

    def neighbours(self, address: int, reach: int) -> list[tuple[int, int, int]]:
        """Return what lies around an address: (start, end, start of the next), where the next begins within reach.

        `end` is the start when the size isn't recorded.
        """
        places: dict[int, int] = {}
        for table in self._tables:
            for start, size in table.extents():
                places[start] = max(size, places.get(start, 0))
        starts = sorted(places)
        pairs = itertools.pairwise(starts)
        return [(one, one + places[one], two) for one, two in pairs if -reach <= two - address <= 2 * reach]

    def names(self) -> Iterator[str]:
        """Iterate over the names of all functions."""
        return (symbol.name for symbol in self.functions)

    @cached_property
    def _by_start(self) -> list[Symbol]:
        # The last of several at one address wins in `at`: a global name with a size.
        return sorted(self.functions, key=lambda symbol: (symbol.address, symbol.is_global, symbol.size))

    @cached_property
    def _starts(self) -> list[int]:
        return [symbol.address for symbol in self._by_start]

    @cached_property
    def _tables(self) -> list[_Table]:
        sections = self.elf.sections
        versions = _first(sections, SHT_GNU_VERSYM)
        version_bytes = self.elf.content(versions) if versions else b""
        static, dynamic = _first(sections, SHT_SYMTAB), _first(sections, SHT_DYNSYM)
        tables = [_Table(self.elf, static)] if static else [*self._debug_tables(), *self._debugdata_tables()]
        if dynamic:
            tables.append(_Table(self.elf, dynamic, version_bytes))
        return tables

    def _debug_tables(self) -> list[_Table]:
        try:
            debug = self._find_debug_file(self.elf) if self._find_debug_file else None
            symbols = _first(debug.sections, SHT_SYMTAB) if debug else None
            return [_Table(debug, symbols)] if debug and symbols else []
        except TargetError:
            return []

    def _debugdata_tables(self) -> list[_Table]:
        section = self.elf.section(".gnu_debugdata")
        if section is None:
            return []
        import lzma

        try:
            decompressor = lzma.LZMADecompressor(format=lzma.FORMAT_XZ, memlimit=_MAX_DEBUGDATA_BYTES)
            data = decompressor.decompress(self.elf.content(section), _MAX_DEBUGDATA_BYTES)
            inner = ElfFile(f"{self.elf.path} (.gnu_debugdata)", data)
            symbols = _first(inner.sections, SHT_SYMTAB)
            return [_Table(inner, symbols)] if symbols else []
        except (lzma.LZMAError, TargetError):
            return []

    def _function(self, table: _Table, index: int, entry: tuple[int, ...]) -> Symbol | None:
        name_offset, info, _, section_index, address, size = entry
        kind = info & 0xF
        if kind not in {STT_FUNC, STT_GNU_IFUNC} or section_index == 0:
            return None
        segment = self._segment_of(address)
        name, is_default = table.name(name_offset)
        if segment is None or not name:
            return None
        return Symbol(
            name,
            address,
            min(size, segment.address + segment.file_size - address),
            is_ifunc=kind == STT_GNU_IFUNC,
            is_global=info >> 4 != STB_LOCAL,
            is_default=is_default and not table.is_hidden(index),
        )

    def _segment_of(self, address: int) -> Segment | None:
        for segment in self._code:
            if 0 <= address - segment.address < segment.file_size:
                return segment
        return None


def _first(sections: Iterable[Section], kind: int) -> Section | None:
    return next((section for section in sections if section.type == kind), None)


def _precedence(symbol: Symbol) -> tuple[bool, bool, int]:
    return (not symbol.is_default, not symbol.is_global, symbol.address)


def _occurrences(haystack: bytes, needle: bytes) -> Iterable[int]:
    position = haystack.find(needle)
    while position >= 0:
        yield position
        position = haystack.find(needle, position + 1)
