"""Pure descriptions of an eBPF object: what the reader produces, the verifier judges and the lifter compiles.

Numbers are those of the kernel's `include/uapi/linux/bpf.h`; nothing here refers to a process or a machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from enum import IntEnum

from utrace.lazy_dataclass import dataclass

VALUE_SECTION = "uprobe/value"
"""The section of programs whose result the tracer wants; others must not change a register, so they have none."""

RDONLY_PROG = 0x80
"""Map flag BPF_F_RDONLY_PROG: programs may read the values but not write them (`.rodata`)."""


class MapType(IntEnum):
    """The kernel's `enum bpf_map_type`, as far as utrace knows how to serve them."""

    HASH = 1
    ARRAY = 2
    PERCPU_HASH = 5
    PERCPU_ARRAY = 6
    STACK_TRACE = 7
    LRU_HASH = 9
    LRU_PERCPU_HASH = 10
    RINGBUF = 27

    @property
    def is_array(self) -> bool:
        """Whether keys are u32 indices below `max_entries` and every entry always exists."""
        return self in (MapType.ARRAY, MapType.PERCPU_ARRAY)

    @property
    def is_per_cpu(self) -> bool:
        """Whether each thread (each CPU in the kernel) has its own value."""
        return self in (MapType.PERCPU_HASH, MapType.PERCPU_ARRAY, MapType.LRU_PERCPU_HASH)


@dataclass(frozen=True)
class MapSpec:
    """One map: sizes in bytes; `initial` is the content of the only entry of an internal map (`.rodata`)."""

    name: str
    type: MapType
    key_size: int
    value_size: int
    max_entries: int
    flags: int = 0
    initial: bytes | None = None

    @property
    def is_read_only(self) -> bool:
        """Whether a program may only read the values."""
        return bool(self.flags & RDONLY_PROG)


@dataclass(frozen=True)
class MapRef:
    """A resolved relocation on an lddw: the map, or (`is_value`) the address of its first value + offset."""

    map: str
    offset: int = 0
    is_value: bool = False


@dataclass(frozen=True)
class Insn:
    """One decoded instruction; an lddw is one Insn that takes two slots.

    `slot` is its index in 8-byte units, the unit of `off` in jumps. `imm` is signed 32-bit, or the unsigned
    64-bit constant of an lddw. `ref` is set on an lddw that loads a map or the address of a map's value.
    """

    opcode: int
    dst: int
    src: int
    off: int
    imm: int
    slot: int
    ref: MapRef | None = None

    @property
    def slots(self) -> int:
        """Its length in 8-byte units: 2 for lddw, else 1."""
        return 2 if self.opcode == 0x18 else 1


@dataclass(frozen=True)
class ProgramSpec:
    """One program: its instructions, followed by those of the functions it calls.

    A call of such a function has `src` 1 and an `imm` relative to the next slot, as the kernel wants it; so has a
    64-bit load of its address, with `src` 4, for helpers that call it.
    `functions` maps the slot where each function starts (0: the program itself) to its name.
    """

    name: str
    section: str
    insns: tuple[Insn, ...]
    license: str = "GPL"
    functions: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ObjectSpec:
    """Everything a relocatable eBPF object holds, relocations resolved.

    `variables` are the named places in the internal maps (`.rodata` and the like).
    """

    programs: Mapping[str, ProgramSpec]
    maps: Mapping[str, MapSpec]
    license: str = "GPL"
    btf: bytes = b""
    variables: Mapping[str, MapRef] = field(default_factory=dict)

    def with_variable(self, name: str, value: bytes) -> ObjectSpec:
        """The object with another initial value of a variable; the object itself if it has no such variable."""
        place = self.variables.get(name)
        if place is None:
            return self
        holder = self.maps[place.map]
        content = bytearray(holder.initial or bytes(holder.value_size))
        content[place.offset : place.offset + len(value)] = value
        return replace(self, maps={**self.maps, place.map: replace(holder, initial=bytes(content))})


class Region(IntEnum):
    """What a pointer points into, where the verifier found the same answer on every path."""

    CONTEXT = 1
    STACK = 2
    MAP_VALUE = 3
    MAP = 4
    SCALAR = 5
    MAP_KEY = 6
    FUNCTION = 7


@dataclass(frozen=True)
class Operand:
    """A register's content before an instruction, joined over all paths.

    `offset` is the constant offset from the region's start (STACK: from the frame pointer, hence negative),
    or the value of a constant SCALAR, unsigned, or the slot of a FUNCTION; None where it varies, and for the stack of
    another function. `map` is the map's name for MAP, MAP_KEY and MAP_VALUE.
    """

    region: Region
    offset: int | None = None
    map: str | None = None


@dataclass(frozen=True)
class VerifiedProgram:
    """A program that is safe to run, and what the verifier learnt about it.

    `operands[slot][register]` describes the registers an instruction reads, where every path agrees.
    `keys[slot]` is the constant u32 key of a map lookup, where there is one. `reachable` are the slots that
    some path reaches: the others are not compiled. `decided[slot]` is the slot that always follows a conditional
    jump which goes one way only. `reads_unwritten_stack` asks for a stack that is zero at
    the start, because undefined values would make the compiler's output unpredictable. `writes_elements` tells that
    a callback may write into the value that a loop over a map has given it.
    """

    spec: ProgramSpec
    operands: Mapping[int, Mapping[int, Operand]]
    keys: Mapping[int, int]
    reachable: frozenset[int]
    decided: Mapping[int, int]
    reads_unwritten_stack: bool = False
    writes_elements: bool = False
