"""The maps that an eBPF object defines: BTF-described ones in `.maps`, and its data sections.

Source of the conventions: libbpf (`bpf_helpers.h`: `__uint`, `__type`; `libbpf.c`: internal maps).
"""

from __future__ import annotations

import re
from typing import Final

from utrace.backend.bpf_elf import SHF_ALLOC, RelocatableFile, Section
from utrace.backend.btf import Btf, Kind
from utrace.backend.insn import ObjectError
from utrace.backend.spec import RDONLY_PROG, MapSpec, MapType

_INTERNAL: Final = re.compile(r"\.(rodata|data|bss)(\..*)?")
_NUMBERS: Final = {"type": "type", "max_entries": "max_entries", "map_flags": "flags", "key_size": "key_size",
                   "value_size": "value_size"}  # fmt: skip
_TYPES: Final = {"key": "key_size", "value": "value_size"}
_IGNORED: Final = ("pinning", "numa_node", "map_extra")
_ARRAY_KEY_BYTES: Final = 4
_LARGEST_KEY_BYTES: Final = 1 << 16
_LARGEST_VALUE_BYTES: Final = 1 << 26
_MOST_ENTRIES: Final = 1 << 26


def is_internal_map(section: Section) -> bool:
    """Whether the section holds global variables, which are served as a one-entry array map of its name."""
    return bool(section.flags & SHF_ALLOC and section.data and _INTERNAL.fullmatch(section.name))


def read_maps(file: RelocatableFile) -> dict[str, MapSpec]:
    """All maps by name; ObjectError for definitions that are malformed or of an unsupported kind."""
    maps = {section.name: _internal_map(section) for section in file.sections if is_internal_map(section)}
    if file.section("maps"):
        raise ObjectError('legacy map definitions (SEC("maps")) are not supported, use BTF-defined maps')
    if file.section(".maps"):
        section = file.section(".BTF")
        if section is None:
            raise ObjectError("the object defines maps but has no BTF (compile with -g)")
        maps |= _defined_maps(Btf(section.data))
    return maps


def _internal_map(section: Section) -> MapSpec:
    flags = RDONLY_PROG if section.name.startswith(".rodata") else 0
    return MapSpec(section.name, MapType.ARRAY, _ARRAY_KEY_BYTES, len(section.data), 1, flags, section.data)


def _defined_maps(btf: Btf) -> dict[str, MapSpec]:
    return {name: _define(name, number, btf) for name, number in btf.data_section(".maps").items()}


def _define(name: str, number: int, btf: Btf) -> MapSpec:
    definition = btf.resolve(number)
    if definition.kind != Kind.STRUCT:
        raise ObjectError(f"map {name}: its definition is no struct")
    values = {"key_size": 0, "value_size": 0, "max_entries": 0, "flags": 0}
    for field, field_type in definition.members:
        if field in _NUMBERS:
            values[_NUMBERS[field]] = _encoded_number(btf, field_type)
        elif field in _TYPES:
            values[_TYPES[field]] = btf.size(btf.pointee(field_type))
        elif field not in _IGNORED:
            raise ObjectError(f"map {name}: definition field {field!r} is not supported")
    kind = values.pop("type", None)
    if kind is None or kind not in MapType.__members__.values():
        raise ObjectError(f"map {name}: map type {kind} is not supported")
    spec = MapSpec(
        name, MapType(kind), values["key_size"], values["value_size"], values["max_entries"], values["flags"]
    )
    _check(spec)
    return spec


def _encoded_number(btf: Btf, number: int) -> int:
    """`int (*field)[N]` stands for N."""
    array = btf.resolve(btf.pointee(number))
    if array.kind != Kind.ARRAY:
        raise ObjectError("malformed BTF: a map definition's number is no pointer to an array")
    return array.elements


def _check(spec: MapSpec) -> None:
    if not 0 < spec.max_entries <= _MOST_ENTRIES:
        raise ObjectError(f"map {spec.name}: max_entries is {spec.max_entries}")
    if spec.type == MapType.RINGBUF:
        if spec.key_size or spec.value_size:
            raise ObjectError(f"map {spec.name}: a ring buffer has neither keys nor values")
        return
    if not 0 < spec.value_size <= _LARGEST_VALUE_BYTES:
        raise ObjectError(f"map {spec.name}: value of {spec.value_size} bytes")
    if spec.type.is_array and spec.key_size != _ARRAY_KEY_BYTES:
        raise ObjectError(f"map {spec.name}: an array's key takes 4 bytes, not {spec.key_size}")
    if not 0 < spec.key_size <= _LARGEST_KEY_BYTES:
        raise ObjectError(f"map {spec.name}: key of {spec.key_size} bytes")
