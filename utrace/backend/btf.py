"""BTF, the type information of eBPF objects, as far as map definitions need it.

Source of the format: the kernel's `Documentation/bpf/btf.rst`.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum
from typing import Final

from utrace.backend.bpf_elf import c_string, unpack
from utrace.backend.insn import ObjectError
from utrace.lazy_dataclass import dataclass

_MAGIC: Final = 0xEB9F
_LONGEST_TYPE_CHAIN: Final = 64
_POINTER_BYTES: Final = 8


class Kind(IntEnum):
    """The kinds of types (`BTF_KIND_*`)."""

    INT = 1
    PTR = 2
    ARRAY = 3
    STRUCT = 4
    UNION = 5
    ENUM = 6
    FWD = 7
    TYPEDEF = 8
    VOLATILE = 9
    CONST = 10
    RESTRICT = 11
    FUNC = 12
    FUNC_PROTO = 13
    VAR = 14
    DATASEC = 15
    FLOAT = 16
    DECL_TAG = 17
    TYPE_TAG = 18
    ENUM64 = 19


_FIXED_EXTRA: Final = {Kind.INT: 4, Kind.ARRAY: 12, Kind.VAR: 4, Kind.DECL_TAG: 4}
_EXTRA_PER_MEMBER: Final = {
    Kind.STRUCT: 12, Kind.UNION: 12, Kind.ENUM: 8, Kind.FUNC_PROTO: 8, Kind.DATASEC: 12, Kind.ENUM64: 12,
}  # fmt: skip
_SIZED: Final = (Kind.INT, Kind.STRUCT, Kind.UNION, Kind.ENUM, Kind.FLOAT, Kind.ENUM64)
_TRANSPARENT: Final = (Kind.TYPEDEF, Kind.VOLATILE, Kind.CONST, Kind.RESTRICT, Kind.TYPE_TAG)


@dataclass(frozen=True)
class BtfType:
    """One type. `size_or_type` is bytes or a type number, by kind; `members` are (name, type number)."""

    kind: Kind
    name: str
    size_or_type: int
    members: tuple[tuple[str, int], ...] = ()
    element: int = 0
    elements: int = 0


class Btf:
    """All types of a `.BTF` section, by number; type 0 is void."""

    def __init__(self, data: bytes) -> None:
        """Parse the whole section; ObjectError where it is malformed."""
        magic, _version, _flags, header_bytes = unpack("<HBBI", data, 0, "BTF header")
        type_offset, type_bytes, string_offset, string_bytes = unpack("<IIII", data, 8, "BTF header")
        if magic != _MAGIC:
            raise ObjectError("malformed object: bad BTF magic")
        strings = data[header_bytes + string_offset :][:string_bytes]
        types = data[header_bytes + type_offset :][:type_bytes]
        if len(strings) != string_bytes or len(types) != type_bytes:
            raise ObjectError("truncated object: BTF is incomplete")
        self._types = tuple(_parse_types(types, strings))

    def __getitem__(self, number: int) -> BtfType:
        """Type of that number; ObjectError if there is none."""
        if not 1 <= number <= len(self._types):
            raise ObjectError(f"malformed BTF: no type {number}")
        return self._types[number - 1]

    def data_section(self, name: str) -> dict[str, int]:
        """Name the variables of a section, each with the number of its type."""
        for kind in self._types:
            if kind.kind == Kind.DATASEC and kind.name == name:
                variables = [self[number] for _, number in kind.members]
                return {variable.name: variable.size_or_type for variable in variables}
        return {}

    def resolve(self, number: int) -> BtfType:
        """Find the type itself, behind typedefs and qualifiers."""
        for _ in range(_LONGEST_TYPE_CHAIN):
            found = self[number]
            if found.kind not in _TRANSPARENT:
                return found
            number = found.size_or_type
        raise ObjectError(f"malformed BTF: type {number} refers to itself")

    def pointee(self, number: int) -> int:
        """Give the number of the type that a pointer type points to."""
        pointer = self.resolve(number)
        if pointer.kind != Kind.PTR:
            raise ObjectError(f"malformed BTF: type {number} is no pointer")
        return pointer.size_or_type

    def size(self, number: int) -> int:
        """Count the bytes that a value of the type takes."""
        count = 1
        for _ in range(_LONGEST_TYPE_CHAIN):
            found = self.resolve(number)
            if found.kind == Kind.ARRAY:
                count, number = count * found.elements, found.element
            elif found.kind == Kind.PTR:
                return count * _POINTER_BYTES
            elif found.kind in _SIZED:
                return count * found.size_or_type
            else:
                break
        raise ObjectError(f"malformed BTF: type {number} has no size")


def _parse_types(data: bytes, strings: bytes) -> Iterator[BtfType]:
    offset = 0
    while offset < len(data):
        name, info, size_or_type = unpack("<III", data, offset, "BTF type")
        offset += 12
        members = info & 0xFFFF
        try:
            kind = Kind(info >> 24 & 0x1F)
        except ValueError:
            raise ObjectError(f"malformed BTF: unknown kind {info >> 24 & 0x1F}") from None
        extra = _FIXED_EXTRA.get(kind, 0) + members * _EXTRA_PER_MEMBER.get(kind, 0)
        if offset + extra > len(data):
            raise ObjectError("truncated object: BTF type is incomplete")
        yield _parse_type(kind, c_string(strings, name), size_or_type, data[offset : offset + extra], strings)
        offset += extra


def _parse_type(kind: Kind, name: str, size_or_type: int, extra: bytes, strings: bytes) -> BtfType:
    if kind == Kind.ARRAY:
        element, _index, count = unpack("<III", extra, 0, "BTF array")
        return BtfType(kind, name, size_or_type, element=element, elements=count)
    if kind in (Kind.STRUCT, Kind.UNION):
        fields = [unpack("<II", extra, at, "BTF member") for at in range(0, len(extra), 12)]
        return BtfType(kind, name, size_or_type, tuple((c_string(strings, n), t) for n, t in fields))
    if kind == Kind.DATASEC:
        numbers = [unpack("<I", extra, at, "BTF variable")[0] for at in range(0, len(extra), 12)]
        return BtfType(kind, name, size_or_type, tuple(("", number) for number in numbers))
    return BtfType(kind, name, size_or_type)
