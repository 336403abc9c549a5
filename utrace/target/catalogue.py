"""The functions that probes can name: what `utrace.frontend.expand` asks the machine for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from utrace.errors import TargetError
from utrace.frontend.nodes import AttachPoint, ProbeSite
from utrace.target.binary import BinaryFile, mapped_binaries, resolve_binary
from utrace.target.demangle import demangle, demangle_rust
from utrace.target.elf import ElfFile
from utrace.target.instructions import is_boundary
from utrace.target.names import is_pattern, matcher, near_misses
from utrace.target.process import Process
from utrace.target.source_lines import near_lines, source_line_addresses
from utrace.target.symbols import Symbol, SymbolTable

if TYPE_CHECKING:
    from utrace.frontend.types import StructType, Type
    from utrace.target.binary_debug import BinaryDebug
    from utrace.target.dwarf_functions import Function


class Binary:
    """A file that probes name, with its symbols; read when first needed."""

    def __init__(self, file: BinaryFile, debuginfo_dirs: Sequence[str] = ()) -> None:
        """Stand for `file`; raises `TargetError` when it is nothing that can be traced."""
        self.file = file
        self._debuginfo_dirs = debuginfo_dirs
        self.elf = ElfFile(file.path)

    @property
    def name(self) -> str:
        """The path that messages and `probe` show."""
        return self.file.name

    @cached_property
    def symbols(self) -> SymbolTable:
        """The functions of the file."""
        return SymbolTable(self.elf, find_debug_file=self._find_debug_file)

    def _find_debug_file(self, elf: ElfFile) -> ElfFile | None:
        from utrace.target.debug_files import find_debug_file

        return find_debug_file(elf, self._debuginfo_dirs)

    @cached_property
    def debug(self) -> BinaryDebug | None:
        """The debug information about the file, None when there is none; TargetError when it is damaged."""
        from utrace.target.binary_debug import open_debug

        return open_debug(self.elf, self._debuginfo_dirs)


class SymbolCatalogue:
    """Answers which places attach points mean, for all processes or for the given ones."""

    def __init__(
        self, processes: Sequence[Process] = (), *, unsafe: bool = False, debuginfo_dirs: Sequence[str] = ()
    ) -> None:
        """Look names up as `processes` see the file system; `unsafe` allows places that cannot be checked.

        `debuginfo_dirs` (`--debuginfo`) are where files with debug information are looked up first.
        """
        self._debuginfo_dirs = tuple(debuginfo_dirs)
        self._processes: tuple[Process | None, ...] = tuple(processes) or (None,)
        self._unsafe = unsafe
        self._binaries: dict[str, Binary] = {}
        self._resolved: dict[str, tuple[Binary, ...]] = {}
        self._functions: dict[ProbeSite, Function | None] = {}
        self._types: dict[str, Type | None] = {}

    def match(self, attach_point: AttachPoint) -> tuple[ProbeSite, ...]:
        """Return the places that a uprobe's attach point names, by binary and address; none is no error.

        Raises `TargetError` for a file that is not there, not readable or not for this machine, and for
        places in a function where no probe can be.
        """
        binaries = self.binaries(attach_point.target)
        return tuple(site for binary in binaries for site in self._sites(binary, attach_point))

    def near_misses(self, attach_point: AttachPoint) -> tuple[str, ...]:
        """Return function names that look like the one that was not found, best first; or lines near the one given."""
        if attach_point.source_file:
            return tuple(
                near
                for binary in self.binaries(attach_point.target)
                for near in near_lines(binary, attach_point)
            )
        names = (name for binary in self.binaries(attach_point.target) for name in binary.symbols.names())
        if attach_point.language:
            names = (_without_arguments(_LANGUAGES[attach_point.language](name)) for name in names)
        return near_misses(attach_point.function, names)

    def binaries(self, target: str) -> tuple[Binary, ...]:
        """Return the binaries that the target part of an attach point means."""
        if target not in self._resolved:
            self._resolved[target] = tuple(self._resolve(target))
        return self._resolved[target]

    def binary(self, path: str) -> Binary:
        """Return the binary of a site that `match` gave, by the site's path."""
        return self._binaries[path]

    def find_symbol(self, site: ProbeSite, name: str) -> tuple[int, int] | None:
        """Return how far behind a site, in bytes, a function or variable of its binary is, and its size."""
        found = self.binary(site.path).symbols.find_place(name)
        return (found[0] - self.address_of(site), found[1]) if found else None

    def address_of(self, site: ProbeSite) -> int:
        """Return the address of a site in its file's own numbering."""
        if not site.function:
            return site.offset
        return self.binary(site.path).symbols.find(site.function)[0].address + site.offset

    def parameters(self, site: ProbeSite) -> StructType | None:
        """Return the parameters of the function that a site is the start of, None when they are not known.

        Each member has its argument words. Raises `TargetError` when the debug information is damaged.
        """
        function = self.function(site)
        return None if function is None else function.parameters

    def function(self, site: ProbeSite) -> Function | None:
        """Return what the debug information says about the function that a site is the start of."""
        if site.offset or not site.function:
            return None
        if site not in self._functions:
            debug = self.binary(site.path).debug
            self._functions[site] = debug.function_at(self.address_of(site), site.function) if debug else None
        return self._functions[site]

    def type_named(self, name: str) -> Type | None:
        """Return the type that `struct foo`, `enum e` or a typedef's name means in the first binary that has it."""
        if name not in self._types:
            debugs = (binary.debug for binary in self._binaries.values())
            found = (debug.types.named(name) for debug in debugs if debug)
            self._types[name] = next((type_ for type_ in found if type_ is not None), None)
        return self._types[name]

    def _resolve(self, target: str) -> Iterable[Binary]:
        seen: set[object] = set()
        for process in self._processes:
            for file in self._files(target, process):
                if file.id not in seen:
                    seen.add(file.id)
                    yield self._remember(file)

    def _files(self, target: str, process: Process | None) -> tuple[BinaryFile, ...]:
        if target not in {"", "*"}:
            return resolve_binary(target, process)
        if process is None:
            raise TargetError("the binary can only be left out when a process is given", ["use -p PID"])
        return mapped_binaries(process)

    def _remember(self, file: BinaryFile) -> Binary:
        known = self._binaries.get(file.name)
        if known is not None and known.file.id != file.id:  # the same path in another mount namespace
            file = replace(file, name=file.path)
        return self._binaries.setdefault(file.name, Binary(file, self._debuginfo_dirs))

    def _sites(self, binary: Binary, point: AttachPoint) -> Iterable[ProbeSite]:
        if point.address is not None:
            return [self._at_address(binary, point.address)]
        if point.source_file:
            return [self._at_address(binary, address) for address in source_line_addresses(binary, point)]
        if point.language:
            return self._by_demangled_name(binary, point)
        if not point.is_exact and is_pattern(point.function):
            found = [symbol for symbol in binary.symbols.match(point.function) if _is_meant(symbol, point)]
        else:
            found = list(binary.symbols.find(point.function)[:1])
        return [self._site(binary, symbol, point) for symbol in found]

    def _by_demangled_name(self, binary: Binary, point: AttachPoint) -> Iterable[ProbeSite]:
        wanted = point.function
        matches = matcher(wanted) if is_pattern(wanted) and not point.is_exact else wanted.__eq__
        for symbol in binary.symbols.functions:
            label = _LANGUAGES[point.language](symbol.name)
            if _is_meant(symbol, point) and matches(label if "(" in wanted else _without_arguments(label)):
                yield replace(self._site(binary, symbol, point), label=label)

    def _site(self, binary: Binary, symbol: Symbol, point: AttachPoint) -> ProbeSite:
        offset = point.offset
        if point.provider == "uretprobe" and _is_jumped_to(symbol):
            raise TargetError(f"{symbol.name} of {binary.name} is never called, so it does not return either")
        if symbol.is_ifunc:
            raise TargetError(
                f"{symbol.name} of {binary.name} is an indirect function: its symbol is only the code "
                "that chooses an implementation when the library is loaded"
            )
        if offset or point.is_exact or not is_pattern(point.function):
            self._check_offset(binary, symbol, offset)
        return _site_in(binary, symbol, offset)

    def _at_address(self, binary: Binary, address: int) -> ProbeSite:
        place = binary.symbols.at(address)
        if place is None:
            if not self._unsafe or binary.elf.code_segment(address) is None:
                raise TargetError(f"Could not resolve address: {binary.name}:{address:#x}")
            return ProbeSite(binary.name, "", address)
        symbol, offset = place
        if offset:
            self._check_offset(binary, symbol, offset)
        if binary.symbols.find(symbol.name)[0].address != symbol.address:
            return ProbeSite(binary.name, "", address, label=symbol.name)  # the name means another function
        return _site_in(binary, symbol, offset)

    def _check_offset(self, binary: Binary, symbol: Symbol, offset: int) -> None:
        if symbol.size == 0 and not self._unsafe:
            raise TargetError(
                f"Could not determine boundary for {symbol.name} (symbol has size 0).",
                ["--unsafe allows the probe all the same"],
            )
        if symbol.size and offset >= symbol.size:
            raise TargetError(f"Offset outside the function bounds ('{symbol.name}' size is {symbol.size})")
        if offset and not is_boundary(binary.elf.read_at(symbol.address, offset + 15), offset):
            place = f"{binary.name}:{symbol.name}+{offset}"
            raise TargetError(f"Could not add uprobe into middle of instruction: {place}")


def _site_in(binary: Binary, symbol: Symbol, offset: int) -> ProbeSite:
    demangled = demangle(symbol.name)
    return ProbeSite(
        binary.name, symbol.name, offset, demangled="" if demangled == symbol.name else demangled
    )


_LANGUAGES = {"cpp": demangle, "rust": demangle_rust}
_NEVER_CALLED = frozenset({"_start", "_dl_start_user", "__restore_rt", "__restore"})


def _is_jumped_to(symbol: Symbol) -> bool:
    """Whether code comes there by a jump or from the kernel, so that no return address is on the stack.

    A return probe would take some other word for it.  Compilers split `f.cold` off `f`.
    """
    return symbol.name in _NEVER_CALLED or ".cold" in symbol.name


def _is_meant(symbol: Symbol, point: AttachPoint) -> bool:
    """Whether a pattern means `symbol`: not the chooser of an indirect function, nor a split-off part."""
    if symbol.is_ifunc or ".cold" in symbol.name:
        return False
    return point.provider != "uretprobe" or not _is_jumped_to(symbol)


def _without_arguments(label: str) -> str:
    """Return a demangled name up to its parameter list: `a::f(int)` and `a::f` are the same to a probe."""
    depth = 0
    for position in range(len(label) - 1, 0, -1):
        depth += {")": 1, "(": -1}.get(label[position], 0)
        if depth == 0 and label[position] == "(":
            return label[:position]
    return label
