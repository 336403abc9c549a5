"""The data of an eBPF object: its maps, its read-only constants, its licence."""

from __future__ import annotations

from llvmlite import ir

from utrace.backend.btf_debug import DebugInfo, Member
from utrace.backend.codegen_frame import I8, I64, PTR
from utrace.backend.layout import STACKS_NAME
from utrace.backend.spec import MapType
from utrace.frontend.typed import MapInfo, MapKind, TypedProgram
from utrace.frontend.types import (
    BoolType,
    IntType,
    PointerType,
    StackType,
    StringType,
    TupleType,
    Type,
    round_up,
)

LICENSE = b"GPL\0"
RING_NAME = "ringbuf"
LOSS_COUNTER_NAME = "event_loss_counter"
SCRATCH_NAME = "utrace_scratch"
START_TIME_NAME = "start_ns"
WALL_OFFSET_NAME = "wall_offset_ns"
CPU_COUNT_NAME = "cpu_count"
TAI_SHIFT_NAME = "tai_shift_ns"
PROCESSOR_COUNT_NAME = "processor_count"

STACKS_BUDGET_BYTES = 64 << 20
MOST_STACKS = 1 << 16
"""Entries of `stack_traces`, fewer where stacks are deep."""
NO_PREALLOCATION = 1
"""BPF_F_NO_PREALLOC of `include/uapi/linux/bpf.h`."""
PAGE_BYTES = 4096
DEFAULT_RING_PAGES = 256
DEFAULT_CPU_COUNT = 128
"""Enough for most machines when the object is loaded into a kernel by someone else's loader."""


_HASHES = {
    (False, False): MapType.HASH,
    (False, True): MapType.LRU_HASH,
    (True, False): MapType.PERCPU_HASH,
    (True, True): MapType.LRU_PERCPU_HASH,
}
"""By whether a map is per CPU, and whether it drops keys when it is full."""


class Globals:
    """The globals of one module; those that are not in the script come into being when first asked for."""

    def __init__(self, module: ir.Module, debug: DebugInfo, typed: TypedProgram) -> None:
        """Define the maps of the script."""
        self._module = module
        self._debug = debug
        self._config = typed.config
        self._made: dict[str, ir.GlobalVariable] = {}
        self._zero_bytes = 0
        self.stack_bytes = 8 * max(
            (kind.limit for kind in typed.types.values() if isinstance(kind, StackType)), default=0
        )
        """Size of the frames of a stack, room for the deepest that the script asks for."""
        licence = self._define("LICENSE", ir.ArrayType(I8, len(LICENSE)), "license", bytearray(LICENSE))
        debug.describe_variable(licence, debug.characters(len(LICENSE)))
        self._maps = [self._define_script_map(info) for info in typed.maps]

    def finish(self, scratch_bytes: int) -> None:
        """Settle the sizes that are known only when all programs are built."""
        if SCRATCH_NAME in self._made:
            words = self._debug.array(self._debug.integer(64, signed=False), 64, -(-scratch_bytes // 8))
            self._describe_array(self._made[SCRATCH_NAME], MapType.PERCPU_ARRAY, words)
        if "zeros" in self._made:
            zeros = self._made["zeros"]
            zeros.value_type = ir.ArrayType(I8, self._zero_bytes)
            zeros.initializer = ir.Constant(zeros.value_type, None)
            self._debug.describe_variable(zeros, self._debug.characters(self._zero_bytes))

    def map(self, info: MapInfo) -> ir.GlobalVariable:
        """Return the eBPF map that holds a map of the script."""
        return self._maps[info.id]

    @property
    def ring(self) -> ir.GlobalVariable:
        """The ring buffer of events."""
        if RING_NAME not in self._made:
            pages = self._config.perf_rb_pages or DEFAULT_RING_PAGES
            size = PAGE_BYTES << (pages - 1).bit_length()  # the kernel wants a power of two
            members = [("type", MapType.RINGBUF), ("max_entries", size)]
            self._describe(
                self._new_map(RING_NAME), [self._debug.number_member(*member) for member in members]
            )
        return self._made[RING_NAME]

    @property
    def loss_counter(self) -> ir.GlobalVariable:
        """The map of one u64 that counts the events for which the ring had no room."""
        if LOSS_COUNTER_NAME not in self._made:
            counter = self._debug.integer(64, signed=False)
            self._describe_array(self._new_map(LOSS_COUNTER_NAME), MapType.ARRAY, counter)
        return self._made[LOSS_COUNTER_NAME]

    @property
    def scratch(self) -> ir.GlobalVariable:
        """The per-CPU (natively: per-thread) memory for what does not fit the stack."""
        return self._made.get(SCRATCH_NAME) or self._new_map(SCRATCH_NAME)

    @property
    def stack_traces(self) -> ir.GlobalVariable:
        """The map from ids to the frames of stacks: u64 addresses, the innermost first."""
        if STACKS_NAME not in self._made:
            word = self._debug.integer(64, signed=False)
            frames = self._debug.array(word, 64, self.stack_bytes // 8)
            entries = min(MOST_STACKS, STACKS_BUDGET_BYTES // self.stack_bytes)
            self._describe_keyed(
                self._new_map(STACKS_NAME), MapType.HASH, entries, word, frames, NO_PREALLOCATION
            )
        return self._made[STACKS_NAME]

    @property
    def start_time(self) -> ir.GlobalVariable:
        """The u64 in `.rodata` that the loader sets to the boot-clock time of the start, in nanoseconds."""
        return self._setting(START_TIME_NAME, 0)

    @property
    def wall_offset(self) -> ir.GlobalVariable:
        """The u64 in `.rodata` that the loader sets to what makes nanoseconds since 1970 of the boot clock."""
        return self._setting(WALL_OFFSET_NAME, 0)

    @property
    def cpu_count(self) -> ir.GlobalVariable:
        """The u64 in `.rodata` that the loader sets to the number of values that a per-CPU map has for a key.

        The kernel's verifier goes through every iteration of a loop over them, so it has to be small there.
        """
        return self._setting(CPU_COUNT_NAME, DEFAULT_CPU_COUNT)

    @property
    def tai_shift(self) -> ir.GlobalVariable:
        """The u64 in `.rodata` that the loader sets to what atomic time was ahead of the boot clock at the start."""
        return self._setting(TAI_SHIFT_NAME, 0)

    @property
    def processor_count(self) -> ir.GlobalVariable:
        """The u64 in `.rodata` that the loader sets to the number of processors of the machine."""
        return self._setting(PROCESSOR_COUNT_NAME, 1)

    def zeros(self, size: int) -> ir.Value:
        """Return the address of `size` zero bytes in `.rodata`."""
        self._zero_bytes = max(self._zero_bytes, round_up(size, 8))
        if "zeros" not in self._made:
            self._define("zeros", ir.ArrayType(I8, 0), ".rodata", None).global_constant = True
        return self._made["zeros"]

    def constant_bytes(self, content: bytes) -> ir.Value:
        """Return the address of these bytes in `.rodata`, a multiple of 8."""
        import hashlib  # 3 ms that most scripts do not need

        name = f"constant_{hashlib.sha256(content).hexdigest()[:16]}"
        if name not in self._made:
            kind = ir.ArrayType(I8, len(content))
            variable = self._define(name, kind, ".rodata", bytearray(content))
            variable.global_constant = True
            variable.align = 8
            self._debug.describe_variable(variable, self._debug.characters(len(content)))
        return self._made[name]

    def _setting(self, name: str, value: int) -> ir.GlobalVariable:
        if name not in self._made:
            variable = self._define(name, I64, ".rodata", value)
            variable.global_constant = True
            variable.storage_class += " externally_initialized"  # or LLVM would fold the value
            self._debug.describe_variable(variable, self._debug.integer(64, signed=False))
        return self._made[name]

    def _define_script_map(self, info: MapInfo) -> ir.GlobalVariable:
        value = self._value_type(info)
        variable = self._new_map(info.ebpf_name)
        if info.key_type is None:
            kind = MapType.PERCPU_ARRAY if info.is_per_cpu else MapType.ARRAY
            self._describe_array(variable, kind, value)
        else:
            kind = _HASHES[info.is_per_cpu, info.is_evicting]
            entries = info.entries or self._config.max_map_keys
            self._describe_keyed(variable, kind, entries, self._type(info.key_type), value)
        return variable

    def _describe_array(self, variable: ir.GlobalVariable, kind: MapType, value: ir.DIValue) -> None:
        self._describe_keyed(variable, kind, 1, self._debug.integer(32, signed=False), value)

    def _describe_keyed(
        self,
        variable: ir.GlobalVariable,
        kind: MapType,
        entries: int,
        key: ir.DIValue,
        value: ir.DIValue,
        flags: int = 0,
    ) -> None:
        debug = self._debug
        numbers = [debug.number_member("type", kind), debug.number_member("max_entries", entries)]
        if flags:
            numbers.append(debug.number_member("map_flags", flags))
        self._describe(variable, [*numbers, debug.type_member("key", key), debug.type_member("value", value)])

    def _describe(self, variable: ir.GlobalVariable, members: list[Member]) -> None:
        variable.value_type = ir.LiteralStructType([PTR] * len(members))
        variable.initializer = ir.Constant(variable.value_type, None)
        self._debug.describe_map(variable, members)

    def _value_type(self, info: MapInfo) -> ir.DIValue:
        debug = self._debug
        word = debug.integer(64, signed=False)
        number = debug.integer(64, info.is_signed)
        if info.buckets is not None:
            return debug.array(word, 64, info.buckets.count)
        if info.series is not None:
            return debug.array(word, 64, info.series.size // 8)
        if info.kind is MapKind.COUNT:
            return word
        names = {
            MapKind.VALUE: ("value", "is_set"),
            MapKind.MIN: ("rank", "is_set"),
            MapKind.MAX: ("rank", "is_set"),
        }
        first, second = names.get(info.kind, ("total", "count"))
        members = [(Member(first, number, 64), 0)]
        if info.kind is MapKind.VALUE:
            members = [(Member(first, self._type(info.value_type), info.value_type.size * 8), 0)]
        if info.kind is not MapKind.VALUE or info.key_type is None:
            members.append((Member(second, word, 64), info.value_bytes * 8 - 64))
        return debug.struct(members, info.value_bytes * 8)

    def _type(self, described: Type) -> ir.DIValue:
        debug = self._debug
        if isinstance(described, StringType):
            return debug.characters(described.size)
        if isinstance(described, BoolType):
            return debug.boolean()
        if isinstance(described, TupleType):
            members = []
            for index, (element, offset) in enumerate(
                zip(described.elements, described.offsets, strict=True)
            ):
                members.append((Member(f"_{index}", self._type(element), element.size * 8), offset * 8))
            return debug.struct(members, described.size * 8)
        if isinstance(described, IntType):
            return debug.integer(described.bits, described.is_signed)
        if isinstance(described, PointerType):
            return debug.integer(64, signed=False)  # what it points to is not in the kernel's reach
        return debug.characters(described.size)  # all that a kernel needs to know is the size

    def _new_map(self, name: str) -> ir.GlobalVariable:
        return self._define(name, PTR, ".maps", None)

    def _define(self, name: str, value_type: ir.Type, section: str, value: object) -> ir.GlobalVariable:
        variable = ir.GlobalVariable(self._module, value_type, name)
        variable.storage_class = "dso_local"
        variable.section = section
        variable.align = 8
        variable.initializer = ir.Constant(value_type, value)
        self._made[name] = variable
        return variable
