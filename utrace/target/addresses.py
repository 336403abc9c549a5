"""From addresses in processes to places in files, also when the process has ended or unloaded the file since.

What a process has mapped is remembered whenever the tracer hears of it: when it attaches, and when the process has
loaded or unloaded something.  Files are opened then, so that one that is deleted later can still be read.
"""

from __future__ import annotations

import os
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from utrace.errors import TargetError
from utrace.target.elf import ElfFile
from utrace.target.jit_symbols import JitSymbols
from utrace.target.process import Mapping, Process, parse_maps
from utrace.target.symbols import SymbolTable

if TYPE_CHECKING:
    from utrace.target.dwarf_lines import LineReader, SourceFrame

_MAX_OPEN_FILES = 512
_MAX_SNAPSHOTS = 64


class Module:
    """A file with code that some process has mapped; its symbols are read when first needed."""

    def __init__(self, path: str, elf: ElfFile, debuginfo_dirs: Sequence[str]) -> None:
        """Stand for `elf`, which the process knows as `path`; `debuginfo_dirs` are those of --debuginfo."""
        self.path = path
        self.elf = elf
        self._debuginfo_dirs = debuginfo_dirs
        self._lines: LineReader | None = None
        self._source_frames: dict[int, tuple[SourceFrame, ...]] = {}
        self._has_lines = True

    @cached_property
    def symbols(self) -> SymbolTable:
        """The functions of the file."""
        return SymbolTable(self.elf)

    @cached_property
    def build_id(self) -> bytes | None:
        """The GNU build id, if the file carries one that can be read."""
        try:
            return self.elf.build_id()
        except TargetError:
            return None

    def symbol_at(self, address: int) -> tuple[str, int] | None:
        """Return the function at an address of the file, as the symbol table has it, and the offset into it."""
        try:
            found = self.symbols.at(address)
            if found is None and self._debug_symbols is not None:
                found = self._debug_symbols.at(address)
        except TargetError:
            return None
        return (found[0].name, found[1]) if found else None

    @cached_property
    def _debug_symbols(self) -> SymbolTable | None:
        """The functions that only a separate file of debug information names."""
        from utrace.target.debug_files import find_debug_file

        try:
            debug = find_debug_file(self.elf, self._debuginfo_dirs)
        except TargetError:
            return None
        return SymbolTable(debug, self.elf) if debug not in (None, self.elf) else None

    def source_frames(self, address: int, function_start: int) -> tuple[SourceFrame, ...]:
        """Return the functions at an address with their source lines, the innermost first; none without debug info.

        `function_start` is where the function begins that the symbol table has there.
        """
        if address not in self._source_frames:
            self._source_frames[address] = self._read_source_frames(address, function_start)
        return self._source_frames[address]

    def _read_source_frames(self, address: int, function_start: int) -> tuple[SourceFrame, ...]:
        if not self._has_lines:
            return ()
        from utrace.target.binary_debug import open_debug

        try:
            if self._lines is None:
                debug = open_debug(self.elf, self._debuginfo_dirs)
                self._has_lines = debug is not None
                self._lines = debug.lines if debug else None
            return self._lines.frames_at(address, function_start) if self._lines else ()
        except TargetError:  # damaged, or so large that every question would take seconds
            self._has_lines = False
            return ()


@dataclass(frozen=True, slots=True)
class FilePlace:
    """An address as the file numbers it, and as an offset in the file."""

    module: Module
    address: int
    offset: int


class AddressSpaces:
    """The address spaces of all traced processes, as they are and as they were."""

    def __init__(self, debuginfo_dirs: Sequence[str] = ()) -> None:
        """Know no process yet; debug information is looked for in `debuginfo_dirs` first."""
        self._debuginfo_dirs = debuginfo_dirs
        self._spaces: dict[int, _Space] = {}
        self._modules: dict[tuple[int, int], Module | None] = {}

    def remember(self, process: Process) -> None:
        """Note what `process` has mapped now; one that is gone stays as it was known last."""
        try:
            mappings = process.maps()
            names = {process.pid, *process.status().namespace_pids[-1:]}
        except TargetError:
            return
        space = self._spaces.get(process.pid)
        if space is None or space.process.id != process.id:
            space = _Space(process)
            # A stack names a process by the number that it has in its own pid namespace.
            self._spaces |= dict.fromkeys(names, space)
        space.note(mappings)
        for mapping in space.mappings:
            self._module(process, mapping)

    def find(self, pid: int, address: int) -> FilePlace | None:
        """Return where an address lies; None for memory without a file behind it, and what is unknown."""
        space = self._space(pid)
        mapping = space.find(address) if space else None
        if space is None or mapping is None:
            return None
        module = self._module(space.process, mapping)
        if module is None:
            return None
        offset = address - mapping.start + mapping.offset
        try:
            return FilePlace(module, module.elf.to_address(offset), offset)
        except TargetError:
            return None

    def compiled_at_run_time(self, pid: int, address: int) -> tuple[str, int] | None:
        """Return the function of a just-in-time compiler at an address, if that has written it down."""
        space = self._space(pid)
        return space.jit.at(address) if space else None

    def _space(self, pid: int) -> _Space | None:
        """Return a process's address space; that of the first one for a child that nobody has heard of."""
        if pid not in self._spaces:
            try:
                self.remember(Process(pid))
            except TargetError:
                first = next(iter(self._spaces.values()), None)
                if first is not None:
                    self._spaces[pid] = first
        return self._spaces.get(pid)

    def _module(self, process: Process, mapping: Mapping) -> Module | None:
        key = (mapping.device, mapping.inode)
        if key not in self._modules and len(self._modules) < _MAX_OPEN_FILES:
            try:
                elf = _read_vdso() if mapping.path == _VDSO else ElfFile(process.readable_path(mapping))
                self._modules[key] = Module(mapping.path, elf, self._debuginfo_dirs)
            except (TargetError, OSError):
                self._modules[key] = None
        return self._modules.get(key)


class _Space:
    """One process: its mappings of code over time."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.mappings: tuple[Mapping, ...] = ()
        self.jit = JitSymbols(process)
        self._past: list[tuple[Mapping, ...]] = []
        self._unknown: set[int] = set()

    def note(self, mappings: Sequence[Mapping]) -> None:
        code = tuple(mapping for mapping in mappings if _is_code(mapping))
        if code and code != self.mappings:
            self._past = [*self._past, self.mappings][-_MAX_SNAPSHOTS:] if self.mappings else []
            self.mappings = code
            self._unknown.clear()

    def find(self, address: int) -> Mapping | None:
        found = self._find_known(address)
        if found is None and address not in self._unknown:
            self._look_again()
            found = self._find_known(address)
            if found is None:
                self._unknown.add(address)
        return found

    def _find_known(self, address: int) -> Mapping | None:
        """Look through what was mapped, the latest first."""
        for mappings in (self.mappings, *reversed(self._past)):
            index = bisect_right(mappings, address, key=lambda mapping: mapping.start) - 1
            if index >= 0 and address in mappings[index]:
                return mappings[index]
        return None

    def _look_again(self) -> None:
        try:
            if self.process.is_alive():
                self.note(self.process.maps())
        except TargetError:
            pass


_VDSO = "[vdso]"


def _is_code(mapping: Mapping) -> bool:
    return mapping.is_executable and (mapping.is_file or mapping.path == _VDSO)


def _read_vdso() -> ElfFile:
    """Return the code that the kernel maps into every process, from our own one."""
    with open("/proc/self/maps") as file:
        own = next(mapping for mapping in parse_maps(file.read()) if mapping.path == _VDSO)
    descriptor = os.open("/proc/self/mem", os.O_RDONLY | os.O_CLOEXEC)
    try:
        return ElfFile(_VDSO, os.pread(descriptor, own.end - own.start, own.start))
    finally:
        os.close(descriptor)
