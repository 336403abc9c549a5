"""Types of the debug information as types of the language (DWARF 5, chapter 5).

A struct behind a pointer is read when something is asked of it, for everything that can be reached from one parameter
may be half of a program.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from utrace.frontend import types
from utrace.frontend.types import Type
from utrace.target.dwarf import DebugInfo, attribute, guarded, name_of

MAX_DEPTH = 64
"""Links from type to type until a struct; a chain that is longer, or endless, is void."""

_STRUCTS = {
    "DW_TAG_structure_type": "struct",
    "DW_TAG_class_type": "struct",
    "DW_TAG_union_type": "union",
}
_TAGS = {
    "struct": frozenset({"DW_TAG_structure_type", "DW_TAG_class_type"}),
    "union": frozenset({"DW_TAG_union_type"}),
    "enum": frozenset({"DW_TAG_enumeration_type"}),
    "": frozenset({"DW_TAG_typedef", "DW_TAG_base_type", "DW_TAG_class_type"}),
}
_QUALIFIERS = frozenset({
    "DW_TAG_typedef", "DW_TAG_const_type", "DW_TAG_volatile_type", "DW_TAG_restrict_type", "DW_TAG_atomic_type",
})  # fmt: skip
_POINTERS = frozenset({
    "DW_TAG_pointer_type", "DW_TAG_reference_type", "DW_TAG_rvalue_reference_type", "DW_TAG_ptr_to_member_type",
})  # fmt: skip
_BOOLEAN, _SIGNED, _SIGNED_CHAR, _UNSIGNED, _UNSIGNED_CHAR, _UTF = 2, 5, 6, 7, 8, 16
_INTEGERS = {_SIGNED: True, _SIGNED_CHAR: True, _UNSIGNED: False, _UNSIGNED_CHAR: False, _UTF: False}
_CHARACTERS = frozenset({"char"})


class TypeReader:
    """Reads the types of one file; equal structs of several units become one type."""

    def __init__(self, debug: DebugInfo) -> None:
        self._debug = debug
        self._structs: dict[tuple[Any, ...], types.StructType] = {}

    @guarded
    def named(self, name: str) -> Type | None:
        """Return the type of a name as scripts write it: `struct foo`, `union u`, `enum e`, `size_t`."""
        keyword, _, tag = name.rpartition(" ")
        if keyword not in _TAGS:
            return None
        for entry in self._debug.named(_TAGS[keyword], tag):
            return self.of(entry)
        return None

    @guarded
    def of(self, entry: Any, name: str = "") -> Type:
        """Return the type that an entry describes; `name` is shown when it has none."""
        return self._of(entry, name, 0)

    def referred(self, entry: Any) -> Type:
        """Return the type that an entry's DW_AT_type refers to, void when there is none."""
        return self._referred(entry, "", 0)

    def _referred(self, entry: Any, name: str, depth: int) -> Type:
        if "DW_AT_type" not in entry.attributes or depth > MAX_DEPTH:
            return types.NONE
        return self._of(entry.get_DIE_from_attribute("DW_AT_type"), name, depth + 1)

    def _of(self, entry: Any, name: str, depth: int) -> Type:
        tag = entry.tag
        if tag in _QUALIFIERS:
            own = name_of(entry) if tag == "DW_TAG_typedef" else ""
            return self._referred(entry, own or name, depth)
        if tag in _STRUCTS:
            return self._struct(entry, name, is_needed=True)
        if tag in _POINTERS:
            return types.PointerType(self._pointee(entry, depth))
        maker = _MAKERS.get(tag)
        return maker(self, entry, name, depth) if maker else types.NONE

    def _pointee(self, entry: Any, depth: int) -> Type:
        name = ""
        for _ in range(MAX_DEPTH):
            if "DW_AT_type" not in entry.attributes:
                return types.NONE
            entry = entry.get_DIE_from_attribute("DW_AT_type")
            if entry.tag in _STRUCTS:
                return self._struct(entry, name, is_needed=False)
            if entry.tag not in _QUALIFIERS:
                return self._of(entry, name, depth + 1) if depth < MAX_DEPTH else types.NONE
            name = name_of(entry) if entry.tag == "DW_TAG_typedef" else name
        return types.NONE

    # ------------------------------------------------------------ leaves

    def _base(self, entry: Any, _: str, __: int) -> Type:
        encoding, size = attribute(entry, "DW_AT_encoding"), _size(entry)
        if encoding == _BOOLEAN and size == 1:
            return types.BOOL
        if encoding in _INTEGERS and size in (1, 2, 4, 8):
            return types.IntType(8 * size, _INTEGERS[encoding])
        alignment = min(16, size) if size and size & (size - 1) == 0 else 1
        return types.OpaqueType(name_of(entry), size, alignment)

    def _enum(self, entry: Any, name: str, depth: int) -> Type:
        size = _size(entry) if _size(entry) in (1, 2, 4, 8) else 4
        constants = tuple(
            (name_of(child), int(attribute(child, "DW_AT_const_value") or 0))
            for child in entry.iter_children()
            if child.tag == "DW_TAG_enumerator"
        )
        behind = self._referred(entry, "", depth)
        is_signed = any(value < 0 for _, value in constants)
        if isinstance(behind, types.IntType):
            is_signed = behind.is_signed
        integer = types.IntType(8 * size, is_signed)
        mask = (1 << integer.bits) - 1
        values = tuple((key, value if is_signed else value & mask) for key, value in constants)
        return types.EnumType(name_of(entry) or name, integer, values)

    def _array(self, entry: Any, _: str, depth: int) -> Type:
        element = self._referred(entry, "", depth)
        counts = [_count(child) for child in entry.iter_children() if child.tag == "DW_TAG_subrange_type"]
        is_text = element == types.INT8 and _is_character(entry)
        for count in reversed(counts or [0]):
            element = (
                types.StringType(count, is_array=True)
                if is_text and count
                else types.ArrayType(element, count)
            )
            is_text = False
        return element

    # ------------------------------------------------------------ structs

    def _struct(self, entry: Any, name: str, *, is_needed: bool) -> types.StructType:
        own = name_of(entry)
        line = attribute(entry, "DW_AT_decl_line")
        place = (line, _size(entry)) if own else (id(entry.dwarfinfo), entry.offset)
        key = (_STRUCTS[entry.tag], own or name, place)
        found = self._structs.get(key)
        if found is None:
            found = LazyStruct(key[0], key[1])
            found.read = lambda: self._fill(found, entry)
            self._structs[key] = found
        if is_needed:
            found.member("")  # a value, or a part of one: its layout is needed at once
        return found

    @guarded
    def _fill(self, struct: types.StructType, entry: Any) -> None:
        if "DW_AT_declaration" in entry.attributes:
            entry = self._definition(entry)
        if entry is None:
            return
        struct.is_complete = True
        struct.size = _size(entry)
        members = [self._member(child, struct.size) for child in entry.iter_children()]
        struct.members = tuple(member for member in members if member is not None)
        alignment = attribute(entry, "DW_AT_alignment")
        struct.alignment = alignment or _natural_alignment(struct)

    def _definition(self, declaration: Any) -> Any:
        """Return the entry of a struct that another unit defines; None when none does."""
        name = name_of(declaration)
        found = self._debug.named({declaration.tag}, name) if name else []
        return next((entry for entry in found if "DW_AT_declaration" not in entry.attributes), None)

    def _member(self, entry: Any, struct_size: int) -> types.Member | None:
        if entry.tag not in {"DW_TAG_member", "DW_TAG_inheritance"} or "DW_AT_external" in entry.attributes:
            return None
        type_ = self._referred(entry, "", 0)
        name = "" if entry.tag == "DW_TAG_inheritance" else name_of(entry)
        bits = attribute(entry, "DW_AT_bit_size")
        if not bits:
            return types.Member(name, type_, _member_offset(entry))
        unit = type_.size or 1
        offset, bit_offset = types.place_bitfield(_bit_position(entry, unit, bits), bits, unit, struct_size)
        return types.Member(name, type_, offset, bit_offset, bits)


class LazyStruct(types.StructType):
    """A struct that is read at the first question about it, and from then on is a plain StructType."""

    read: Callable[[], None]

    def __getattribute__(self, name: str) -> Any:
        """Read the definition before anything of it is told."""
        if name in _DEFINITION:
            read = object.__getattribute__(self, "read")
            object.__setattr__(self, "__class__", types.StructType)
            read()
        return object.__getattribute__(self, name)


_DEFINITION = frozenset({"size", "alignment", "members", "is_complete", "member"})
_MAKERS: dict[str, Callable[[TypeReader, Any, str, int], Type]] = {
    "DW_TAG_base_type": TypeReader._base,
    "DW_TAG_enumeration_type": TypeReader._enum,
    "DW_TAG_array_type": TypeReader._array,
}


def _size(entry: Any) -> int:
    found = attribute(entry, "DW_AT_byte_size")
    return found if isinstance(found, int) and 0 <= found < 1 << 40 else 0


def _count(subrange: Any) -> int:
    """Return the number of elements in one dimension; 0 when it is not known or not constant."""
    count, last = attribute(subrange, "DW_AT_count"), attribute(subrange, "DW_AT_upper_bound")
    found = count if isinstance(count, int) else last + 1 if isinstance(last, int) else 0
    return found if 0 <= found < 1 << 40 else 0


def _is_character(array: Any) -> bool:
    """Tell whether the elements are `char`, rather than `signed char`, which has the same encoding."""
    entry = array
    for _ in range(MAX_DEPTH):
        if "DW_AT_type" not in entry.attributes:
            return False
        entry = entry.get_DIE_from_attribute("DW_AT_type")
        if entry.tag not in _QUALIFIERS:
            return name_of(entry) in _CHARACTERS
    return False


def _member_offset(entry: Any) -> int:
    found = attribute(entry, "DW_AT_data_member_location")
    if isinstance(found, list):  # DWARF 2: an expression, DW_OP_plus_uconst and the offset
        found = _uleb128(bytes(found[1:])) if found[:1] == [0x23] else 0
    return found if isinstance(found, int) and 0 <= found < 1 << 40 else 0


def _uleb128(data: bytes) -> int:
    value = 0
    for index, byte in enumerate(data[:9]):
        value |= (byte & 0x7F) << 7 * index
    return value


def _bit_position(entry: Any, unit: int, bits: int) -> int:
    """Return the bit of the struct at which a bitfield begins."""
    position = attribute(entry, "DW_AT_data_bit_offset")
    if isinstance(position, int):
        return position
    start = 8 * _member_offset(entry)
    from_top = attribute(entry, "DW_AT_bit_offset")  # before DWARF 4: from the unit's highest bit
    if not isinstance(from_top, int):
        return start
    return start + 8 * (_size(entry) or unit) - from_top - bits


def _natural_alignment(struct: types.StructType) -> int:
    """Return the alignment that the members ask for, less where their places show that the struct is packed."""
    alignment = max((member.type.alignment for member in struct.members), default=1)
    is_packed = struct.size % alignment or any(
        member.offset % member.type.alignment for member in struct.members if not member.bits
    )
    return 1 if is_packed else alignment
