"""Types of the language and their bytes in maps, keys and events.

Encoding: little-endian C layout with natural alignment and zeroed padding.  Integers take 1, 2, 4 or 8
bytes, a bool 1, a pointer 8, `string[N]` is `char[N]`, a tuple is a C struct of its elements.

A string that is shorter than its buffer is padded with NULs; a buffer that is full without a NUL is a
string that was cut (output appends `Config.str_trunc_trailer`).

| type | bytes |
|---|---|
| array `T[n]` | the elements, one behind the other |
| `buffer[n]` | u32 number of bytes in use, then n bytes |
| record `(a=T, ...)` | as the tuple of the fields |
| struct, union | as in memory; bitfields at `Member.bit_offset` |
| enum | its integer |
| `inet` | i32 address family (2: IPv4, 10: IPv6), 16 bytes address, the rest zeros |
| `macaddr_t` | 6 bytes |
| `username_t` | u64 user id |
| `timestamp` | u64 nanoseconds, u32 index into `TypedProgram.time_formats`, u32 index of the clock in `CLOCKS` |
| `ustack_t` | u64 id of the frames in the map `stack_traces`, u32 pid, u32 number of frames |
| `usym_t` | u64 address, u32 pid, u32 zero |
"""

from __future__ import annotations

from functools import cached_property

from utrace.lazy_dataclass import dataclass

AGGREGATIONS = frozenset({"count", "sum", "min", "max", "avg", "stats", "hist", "lhist", "tseries"})
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
    is_array: bool = False
    """A `char[size]` of C, which is not a string that was cut when it has no NUL."""
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
        return "void*" if isinstance(self.pointee, NoneType) else f"{self.pointee}*"


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


@dataclass(frozen=True)
class ArrayType(Type):
    """`element[count]`; an array without a length, as in the last member of a struct, has count 0."""

    element: Type
    count: int

    @property
    def size(self) -> int:  # type: ignore[override]
        """Return the size of all elements."""
        return self.element.size * self.count

    @property
    def alignment(self) -> int:  # type: ignore[override]
        """Return the alignment of an element."""
        return self.element.alignment

    def __str__(self) -> str:
        dimensions, inner = f"[{self.count}]", self.element
        while isinstance(inner, ArrayType):
            dimensions, inner = f"{dimensions}[{inner.count}]", inner.element
        return f"{inner}{dimensions}"


@dataclass(frozen=True)
class BufferType(Type):
    """`buffer[capacity]`: up to `capacity` raw bytes."""

    capacity: int
    alignment = 4

    @property
    def size(self) -> int:  # type: ignore[override]
        """Return the size with the length in front."""
        return round_up(4 + self.capacity, 4)

    def __str__(self) -> str:
        return f"buffer[{self.capacity}]"


@dataclass(frozen=True)
class RecordType(Type):
    """A tuple whose elements have names."""

    names: tuple[str, ...]
    elements: tuple[Type, ...]

    @cached_property
    def layout(self) -> TupleType:
        """Return the tuple that has the same bytes."""
        return TupleType(self.elements)

    def field(self, name: str) -> Type:
        """Return the type of a field; KeyError when there is none of this name."""
        return dict(zip(self.names, self.elements, strict=True))[name]

    @property
    def size(self) -> int:  # type: ignore[override]
        """Return the size with the padding at the end."""
        return self.layout.size

    @property
    def alignment(self) -> int:  # type: ignore[override]
        """Return the largest alignment of the elements."""
        return self.layout.alignment

    def __str__(self) -> str:
        fields = zip(self.names, self.elements, strict=True)
        return f"({','.join(f'{name}={element}' for name, element in fields)})"


@dataclass(frozen=True, eq=False)
class Member:
    """One member of a struct or union; `name` is empty for an anonymous struct or union."""

    name: str
    type: Type
    offset: int
    """Bytes from the start of the struct; of a bitfield, those of the unit of its declared type that holds it, or
    of the byte of its first bit, where there is no such unit: see `place_bitfield`.  A bitfield is read by its own
    (bit_offset + bits + 7) // 8 bytes, which may be up to 9.
    """
    bit_offset: int = 0
    """Bits from `offset` (of the lowest bit, little-endian) to a bitfield."""
    bits: int = 0
    """Width of a bitfield, 0 for other members."""
    words: tuple[int, ...] = ()
    """Of a member of `args`: the argument words that hold it, numbered as arg0, arg1 ... are; none for a parameter
    that no probe can read, because it is in a vector register."""


@dataclass(eq=False)
class StructType(Type):
    """A struct or union of C; one object for each definition, since structs can point to themselves."""

    keyword: str
    """`struct` or `union`."""
    name: str
    """The tag, empty for an anonymous one."""
    size: int = 0
    alignment: int = 1
    members: tuple[Member, ...] = ()
    is_complete: bool = False
    """Whether its definition is known; a struct that is only declared can be pointed to."""

    def member(self, name: str) -> Member | None:
        """Return a member by name, also one of an anonymous member, with its offset in this struct."""
        for member in self.members:
            if member.name == name:
                return member
            inner = (
                member.type.member(name) if not member.name and isinstance(member.type, StructType) else None
            )
            if inner is not None:
                return Member(name, inner.type, member.offset + inner.offset, inner.bit_offset, inner.bits)
        return None

    def __str__(self) -> str:
        return f"{self.keyword} {self.name}" if self.name else f"{self.keyword} <anonymous>"


@dataclass(frozen=True)
class EnumType(Type):
    """An enum of C."""

    name: str
    integer: IntType
    constants: tuple[tuple[str, int], ...]

    @property
    def size(self) -> int:  # type: ignore[override]
        """Return the size of the integer behind it."""
        return self.integer.size

    @property
    def alignment(self) -> int:  # type: ignore[override]
        """Return the alignment of the integer behind it."""
        return self.integer.alignment

    def __str__(self) -> str:
        return f"enum {self.name or '<anonymous>'}"


@dataclass(frozen=True)
class OpaqueType(Type):
    """A value that is only kept, compared and printed; there is one object for each (see the table above)."""

    name: str
    size: int
    alignment: int

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class StackType(Type):
    """What `ustack()` yields: shown in a `mode` (bpftrace, perf, raw, build_id), `limit` frames at the most."""

    mode: str
    limit: int
    size = 16
    alignment = 8

    def __str__(self) -> str:
        return "ustack_t"


INET = OpaqueType("inet", 20, 4)
MACADDR = OpaqueType("macaddr_t", 6, 1)
USERNAME = OpaqueType("username_t", 8, 8)
CLOCKS = ("boot", "monotonic", "tai", "sw_tai")
"""What `nsecs()` can be asked for."""
TIMESTAMP = OpaqueType("timestamp", 16, 8)
USYM = OpaqueType("usym_t", 16, 8)
NONE = NoneType()
BOOL = BoolType()
INT8, INT16, INT32, INT64 = (IntType(bits, True) for bits in (8, 16, 32, 64))
UINT8, UINT16, UINT32, UINT64 = (IntType(bits, False) for bits in (8, 16, 32, 64))


def round_up(size: int, alignment: int) -> int:
    """Return the next multiple of `alignment` that is not below `size`."""
    return -(-size // alignment) * alignment


def place_bitfield(position: int, bits: int, unit: int, struct_size: int) -> tuple[int, int]:
    """Return `Member.offset` and `Member.bit_offset` of a bitfield that begins at bit `position` of its struct.

    `unit` is the size of its declared type; a unit that does not hold the whole field (in a packed struct), or that
    reaches behind the struct, gives way to the byte of the first bit.
    """
    start = position // 8 // unit * unit
    if start + unit > struct_size or position - 8 * start + bits > 8 * unit:
        start = position // 8
    return start, position - 8 * start


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
