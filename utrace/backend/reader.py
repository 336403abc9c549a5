"""Relocatable eBPF ELF object -> ObjectSpec: maps, and programs with every relocation resolved.

Follows libbpf: programs are the functions of all code sections but `.text`; what they call is appended.
Sources: the kernel's `Documentation/bpf/llvm_reloc.rst` and libbpf's `libbpf.c`.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import replace
from operator import attrgetter
from typing import Final

from utrace.backend.bpf_elf import (
    EM_BPF,
    SHN_UNDEF,
    STT_FUNC,
    RelocatableFile,
    Relocation,
    Section,
    Symbol,
    read_relocatable,
    unpack,
)
from utrace.backend.insn import (
    LDDW,
    PSEUDO_FUNC,
    PSEUDO_MAP_FD,
    PSEUDO_MAP_VALUE,
    SLOT_BYTES,
    ObjectError,
    decode,
    is_function_call,
)
from utrace.backend.map_definitions import is_internal_map, read_maps
from utrace.backend.spec import Insn, MapRef, MapSpec, ObjectSpec, ProgramSpec
from utrace.lazy_dataclass import dataclass

_R_BPF_64_64: Final = 1
_R_BPF_64_32: Final = 10


_Place = tuple[int, int]
"""Where a function starts: index of its section, slot in it."""


@dataclass(frozen=True)
class _Function:
    """A function as it lies in its section: slots count from the section's start.

    `calls` are, by slot, the functions that it calls or takes the address of.
    """

    name: str
    place: _Place
    insns: tuple[Insn, ...]
    calls: dict[int, _Place]

    @property
    def slots(self) -> int:
        return self.insns[-1].slot + self.insns[-1].slots - self.place[1]


def read_object(data: bytes) -> ObjectSpec:
    """Read an object of ours or clang's; ObjectError if it is malformed or needs what utrace lacks."""
    file = read_relocatable(data, EM_BPF)
    _refuse_core_relocations(file)
    maps = read_maps(file)
    functions: dict[_Place, _Function] = {}
    for section in file.sections:
        if section.is_code:
            functions |= _section_functions(file, section, maps)
    license_text = _license(file)
    programs = {
        function.name: _link(function, file.sections[function.place[0]].name, functions, license_text)
        for function in functions.values()
        if file.sections[function.place[0]].name != ".text"
    }
    btf = file.section(".BTF")
    return ObjectSpec(programs, maps, license_text, btf.data if btf else b"", _variables(file, maps))


def _variables(file: RelocatableFile, maps: dict[str, MapSpec]) -> dict[str, MapRef]:
    found = {}
    for symbol in file.symbols:
        section = file.sections[symbol.section].name if symbol.section < len(file.sections) else ""
        if symbol.name and section in maps and is_internal_map(file.sections[symbol.section]):
            found[symbol.name] = MapRef(section, symbol.value, is_value=True)
    return found


def _license(file: RelocatableFile) -> str:
    section = file.section("license")
    return section.data.split(b"\0")[0].decode("ascii", "replace") if section else ""


def _refuse_core_relocations(file: RelocatableFile) -> None:
    section = file.section(".BTF.ext")
    if section is None or len(section.data) < 32:
        return
    (header_bytes,) = unpack("<I", section.data, 4, ".BTF.ext header")
    (core_bytes,) = unpack("<I", section.data, 28, ".BTF.ext header")
    if header_bytes >= 32 and core_bytes > 4:
        raise ObjectError("the object has CO-RE relocations, which are not supported")


def _section_functions(
    file: RelocatableFile, section: Section, maps: dict[str, MapSpec]
) -> dict[_Place, _Function]:
    relocations = {
        relocation.offset // SLOT_BYTES: relocation for relocation in file.relocations.get(section.index, ())
    }
    insns: list[Insn] = []
    calls: dict[int, _Place] = {}
    for insn in decode(section.data):
        relocation = relocations.pop(insn.slot, None)
        if is_function_call(insn):
            calls[insn.slot] = _callee(file, section, insn, relocation)
        elif relocation is not None and _is_code(file, relocation.symbol):
            calls[insn.slot] = _function_loaded(file, section, insn, relocation)
            insn = replace(insn, src=PSEUDO_FUNC)
        elif relocation is not None:
            insn = _resolve_load(file, insn, relocation, maps)
        elif insn.opcode == LDDW and insn.src:
            raise ObjectError(
                f"{section.name}+{insn.slot}: a 64-bit load of kind {insn.src} without relocation"
            )
        insns.append(insn)
    if relocations:
        raise ObjectError(f"malformed object: {section.name} has a relocation inside an instruction")
    symbols = [
        symbol for symbol in file.symbols if symbol.section == section.index and symbol.type == STT_FUNC
    ]
    functions = [_cut_function(symbol, section, insns, calls) for symbol in symbols]
    return {function.place: function for function in functions}


def _cut_function(symbol: Symbol, section: Section, insns: list[Insn], calls: dict[int, _Place]) -> _Function:
    if symbol.value % SLOT_BYTES or symbol.size % SLOT_BYTES or not symbol.size:
        raise ObjectError(f"malformed object: function {symbol.name} is no whole number of instructions")
    first, end = symbol.value // SLOT_BYTES, (symbol.value + symbol.size) // SLOT_BYTES
    slot_of = attrgetter("slot")
    body = tuple(insns[bisect_left(insns, first, key=slot_of) : bisect_left(insns, end, key=slot_of)])
    if not body or body[0].slot != first or body[-1].slot + body[-1].slots != end:
        raise ObjectError(f"malformed object: function {symbol.name} does not fit {section.name}")
    own_calls = {insn.slot: calls[insn.slot] for insn in body if insn.slot in calls}
    return _Function(symbol.name, (section.index, first), body, own_calls)


def _symbol_section(file: RelocatableFile, symbol: Symbol) -> Section:
    if symbol.section == SHN_UNDEF or symbol.section >= len(file.sections):
        raise ObjectError(f"undefined symbol {symbol.name!r}: kernel functions and externs are not supported")
    return file.sections[symbol.section]


def _callee(file: RelocatableFile, section: Section, insn: Insn, relocation: Relocation | None) -> _Place:
    if relocation is None:
        return section.index, insn.slot + insn.imm + 1
    if relocation.type != _R_BPF_64_32:
        raise ObjectError(f"{section.name}+{insn.slot}: a call with relocation type {relocation.type}")
    place = _symbol_section(file, relocation.symbol)
    return place.index, relocation.symbol.value // SLOT_BYTES + insn.imm + 1


def _is_code(file: RelocatableFile, symbol: Symbol) -> bool:
    return symbol.section < len(file.sections) and file.sections[symbol.section].is_code


def _function_loaded(file: RelocatableFile, section: Section, insn: Insn, relocation: Relocation) -> _Place:
    if insn.opcode != LDDW or relocation.type != _R_BPF_64_64:
        raise ObjectError(f"{section.name}+{insn.slot}: relocation type {relocation.type} against a function")
    place = _symbol_section(file, relocation.symbol)
    return place.index, (relocation.symbol.value + (insn.imm & 0xFFFFFFFF)) // SLOT_BYTES


def _resolve_load(
    file: RelocatableFile, insn: Insn, relocation: Relocation, maps: dict[str, MapSpec]
) -> Insn:
    symbol = relocation.symbol
    section = _symbol_section(file, symbol)
    if insn.opcode != LDDW or relocation.type != _R_BPF_64_64:
        raise ObjectError(f"relocation type {relocation.type} against {symbol.name!r} is not supported")
    if is_internal_map(section):
        if section.index in file.relocations:
            raise ObjectError(f"{section.name} holds pointers, which are not supported")
        ref = MapRef(section.name, symbol.value + (insn.imm & 0xFFFFFFFF), is_value=True)
        return replace(insn, src=PSEUDO_MAP_VALUE, imm=0, ref=ref)
    if section.name == ".maps":
        return replace(insn, src=PSEUDO_MAP_FD, imm=0, ref=MapRef(_map_name(file, symbol, insn, maps)))
    raise ObjectError(f"the address of {symbol.name!r} in {section.name} is not supported")


def _map_name(file: RelocatableFile, symbol: Symbol, insn: Insn, maps: dict[str, MapSpec]) -> str:
    """Find the map that a relocation names, by itself or by its place in the section."""
    place = symbol.value + insn.imm
    for candidate in file.symbols:
        if (candidate.section, candidate.value) == (symbol.section, place) and candidate.name in maps:
            return candidate.name
    raise ObjectError(f"no map at {symbol.name}+{insn.imm}")


def _link(
    main: _Function, section: str, functions: dict[_Place, _Function], license_text: str
) -> ProgramSpec:
    """Lay the program and all that it calls behind each other and resolve the calls."""
    starts: dict[_Place, int] = {main.place: 0}
    order, end = [main], main.slots
    for function in order:
        for place in function.calls.values():
            if place not in functions:
                raise ObjectError(f"{function.name} calls code that is no function")
            if place not in starts:
                starts[place] = end
                order.append(functions[place])
                end += functions[place].slots
    insns = tuple(insn for function in order for insn in _place_function(function, starts))
    names = {starts[function.place]: function.name for function in order}
    return ProgramSpec(main.name, section, insns, license_text, names)


def _place_function(function: _Function, starts: dict[_Place, int]) -> list[Insn]:
    shift = starts[function.place] - function.place[1]
    placed = [replace(insn, slot=insn.slot + shift) for insn in function.insns]
    for index, insn in enumerate(function.insns):
        if insn.slot in function.calls:
            target = starts[function.calls[insn.slot]]
            distance = target - insn.slot - shift - 1
            placed[index] = replace(placed[index], imm=distance if insn.slots == 1 else distance & 0xFFFFFFFF)
    return placed
