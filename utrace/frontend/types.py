"""Types of the language and their bytes in maps, keys and events.

Encoding: little-endian C layout with natural alignment and zeroed padding.  Integers take 1, 2, 4 or 8
bytes, a bool 1, a pointer 8, `string[N]` is `char[N]`, a tuple is a C struct of its elements.

A string that is shorter than its buffer is padded with NULs; a buffer that is full without a NUL is a
string that was cut (output appends `Config.str_trunc_trailer`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

AGGREGATIONS = frozenset({"count", "sum", "min", "max", "avg", "stats", "hist", "lhist"})
"""Functions that can only be assigned to a map: `@x = count()`."""


class Type:
    """Base of all types; `size` and `alignment` are in bytes."""

    size: int
    alignment: int


@dataclass(frozen=True)
class NoneType(Type):
    """The type of a call without a value, such as printf's."""

    size = 0
    alignment = 1

    def __str__(self) -> str:
        return "none"


@dataclass(frozen=True)
class BoolType(Type):
    """One byte, 0 or 1."""

    size = 1
    alignment = 1

    def __str__(self) -> str:
        return "bool"


@dataclass(frozen=True)
class IntType(Type):
    """`int8` ... `uint64`."""

    bits: int
    is_signed: bool

    @property
    def size(self) -> int:  # type: ignore[override]
        """Return the size in bytes."""
        return self.bits // 8

    @property
    def alignment(self) -> int:  # type: ignore[override]
        """Return the natural alignment, which is the size."""
        return self.bits // 8

    @property
    def minimum(self) -> int:
        """Return the lowest value."""
        return -(1 << (self.bits - 1)) if self.is_signed else 0

    @property
    def maximum(self) -> int:
        """Return the highest value."""
        return (1 << (self.bits - self.is_signed)) - 1

    def __str__(self) -> str:
        return f"{'' if self.is_signed else 'u'}int{self.bits}"


@dataclass(frozen=True)
class StringType(Type):
    """`string[size]`: room for `size` bytes, the NUL among them."""

    size: int
    alignment = 1

    def __str__(self) -> str:
        return f"string[{self.size}]"


@dataclass(frozen=True)
class PointerType(Type):
    """A user-space address of something of type `pointee`."""

    pointee: Type
    size = 8
    alignment = 8

    def __str__(self) -> str:
        return f"{self.pointee}*"


@dataclass(frozen=True)
class TupleType(Type):
    """A C struct of the elements; the empty tuple has size 0."""

    elements: tuple[Type, ...]

    @cached_property
    def offsets(self) -> tuple[int, ...]:
        """Return the offset of every element."""
        return struct_layout(self.elements)[0]

    @cached_property
    def size(self) -> int:  # type: ignore[override]
        """Return the size with the padding at the end."""
        return struct_layout(self.elements)[1]

    @cached_property
    def alignment(self) -> int:  # type: ignore[override]
        """Return the largest alignment of the elements."""
        return max((element.alignment for element in self.elements), default=1)

    def __str__(self) -> str:
        trailing = "," if len(self.elements) == 1 else ""
        return f"({','.join(map(str, self.elements))}{trailing})"


NONE = NoneType()
BOOL = BoolType()
INT8, INT16, INT32, INT64 = (IntType(bits, True) for bits in (8, 16, 32, 64))
UINT8, UINT16, UINT32, UINT64 = (IntType(bits, False) for bits in (8, 16, 32, 64))


def round_up(size: int, alignment: int) -> int:
    """Return the next multiple of `alignment` that is not below `size`."""
    return -(-size // alignment) * alignment


def struct_layout(elements: tuple[Type, ...]) -> tuple[tuple[int, ...], int]:
    """Return the offset of every element, and the size, of a C struct with these members."""
    offsets = []
    end = 0
    alignment = 1
    for element in elements:
        end = round_up(end, element.alignment)
        offsets.append(end)
        end += element.size
        alignment = max(alignment, element.alignment)
    return tuple(offsets), round_up(end, alignment)


def smallest_int(value: int) -> IntType | None:
    """Return the type of an integer literal, None when 64 bits cannot hold it."""
    for candidate in (INT8, INT16, INT32, INT64, UINT64):
        if candidate.minimum <= value <= candidate.maximum:
            return candidate
    return None
