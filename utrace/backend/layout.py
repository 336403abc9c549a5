"""Where everything lies in the memory that tracer and targets share, and the constants that follow from it.

The memory is: the control page, the table of slot owners, the maps whose values are shared, the slots (one per
thread at a time: its state, then its values of all per-CPU maps), the rings (one per slot that has sent an event), and
blocks for the large values of slots. Pages that nobody touches take no memory. Structures:
`utrace/runtime/runtime.h`, `hash.h`, `hash_ops.h`, `ring.h`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import astuple, replace
from enum import IntEnum
from typing import Final

from utrace.backend.spec import MapSpec, MapType
from utrace.errors import UsageError
from utrace.lazy_dataclass import dataclass

PAGE_BYTES: Final = 4096
TEMPORARY_MAP: Final = "utrace_scratch"
"""The per-CPU array of a script's temporary buffers; natively it has an entry for each depth of nested hits."""
LOOP_MAP: Final = "utrace_loops"
"""The per-CPU array of what loops over maps copy; it exists natively only, with an entry for each depth, too."""
TEMPORARY_DEPTHS: Final = 4
STACKS_NAME: Final = "stack_traces"
"""The map from ids to the addresses of a stack."""
MEMORY_NAME: Final = "memfd:utrace-"
"""What the names of all sessions' shared memories begin with in /proc/PID/maps."""
TOTAL_LIMIT: Final = 1 << 30
"""Code refers to the shared memory by 32-bit distances, and a target must have a hole for it."""
SLOT_LIMIT: Final = 4096
SLOTS_BUDGET: Final = 256 << 20
FEWEST_SLOTS: Final = 64
RINGS_BUDGET: Final = 256 << 20
BLOCKS_BUDGET: Final = 384 << 20
LARGEST_VALUE_IN_SLOT: Final = 64
"""Larger values of per-CPU hashes, chiefly histograms, lie in blocks that slots take as they need them."""
SPARE_NODES: Final = 256
"""Nodes of a hash beyond its entries: for insertions under way, and for what killed threads leave unusable."""

# struct rt_private
PRIVATE_BYTES: Final = 10 * PAGE_BYTES
PRIVATE_WIPED_BYTES: Final = 9 * PAGE_BYTES
"""The first bytes of the private memory, to be made MADV_WIPEONFORK; the rest is kept in a fork's child."""
PRIVATE_ENABLED: Final = 0
"""Offset of the u32 that the injector sets to 1; a fork's child has 0."""
PRIVATE_PROCESS_ID: Final = 4
"""Offset of the u32 process id as the target itself sees it; needed where NO_SYSTEM_CALLS is set."""
PRIVATE_TID_OFFSET: Final = PRIVATE_WIPED_BYTES
"""Offset of the u64 distance from the thread pointer to the C library's copy of the thread id, 0 if unknown."""
PRIVATE_NO_SYSTEM_CALLS: Final = PRIVATE_WIPED_BYTES + 8
"""Offset of the u32 that is 1 for a process whose seccomp filter might forbid gettid, getpid, tgkill, newfstatat,
rt_sigprocmask, process_vm_readv, prctl, getuid, getgid, getcpu, or clock_gettime."""

PRIVATE_TID_CANDIDATE: Final = PRIVATE_WIPED_BYTES + 16
"""Offset of a u64 to be written instead of PRIVATE_TID_OFFSET for a process whose C library has not started yet (720
for glibc, 48 for musl on x86-64): the runtime takes it over when it has found a thread's id there."""

PRIVATE_THUNK_RANGES: Final = PRIVATE_WIPED_BYTES + 24
"""Offset of the list of all return thunks in the process: u64 first slot, first entry, end of the slots, each."""
THUNK_RANGES: Final = 32

# struct rt_control
CONTROL_BYTES: Final = PAGE_BYTES
CONTROL_MAGIC: Final = 0x3165636172747500
CONTROL_LOST_HITS: Final = 16
CONTROL_RENDEZVOUS_ASKED: Final = 24
CONTROL_RENDEZVOUS_SERVED: Final = 32
CONTROL_RENDEZVOUS_MISSED: Final = 40
CONTROL_LOOPS_CUT: Final = 48
CONTROL_CHILD: Final = 56
CONTROL_SLOTS_USED: Final = 64
CONTROL_RINGS_USED: Final = 80
CONTROL_CLOCK_SEQUENCE: Final = 128
CONTROL_CLOCKS: Final = 192
CLOCK_BYTES: Final = 64
CONTROL_GENERATIONS: Final = 2048
GENERATIONS: Final = 512

SLOT_HEADER_BYTES: Final = 40
SLOT_RING: Final = 28
HASH_HEADER_BYTES: Final = 64
HASH_REFUSED: Final = 40
"""Offset in a hash of the u64 that counts the updates which found it full."""
NODE_HEADER_BYTES: Final = 24
NODE_VALUE: Final = 8
RING_HEADER_BYTES: Final = 128
DEFAULT_RING_BYTES: Final = 1 << 18

_SLOT_ALIGNMENT: Final = 128  # two cache lines: processors fetch them in pairs


class ThreadPointer(IntEnum):
    """How native code finds its thread id; the numbers of `runtime.h`."""

    SEGMENT = 0
    """Relative to fs (on aarch64: tpidr_el0): the fastest.

    PRIVATE_TID_OFFSET must be 0 as long as a thread's fs base is 0: see PRIVATE_TID_CANDIDATE.
    """
    RDFSBASE = 1
    """By the instruction, 7 ns, for targets that take fs away from their C library; needs bit 1 of AT_HWCAP2."""
    NONE = 2
    """By gettid(2) at each hit, 100 ns."""


@dataclass(frozen=True)
class MapLayout:
    """`struct rt_map`: the members in order, each a u64.

    Offsets are bytes from the start of the shared memory, except `slot_offset`, which counts from that of a slot.
    """

    type: int
    key_size: int
    value_size: int
    max_entries: int
    flags: int
    index: int
    shared_offset: int = 0
    slot_offset: int = 0
    value_stride: int = 0
    bucket_bits: int = 0
    node_bytes: int = 0
    node_count: int = 0
    nodes_offset: int = 0
    value_offset: int = 0
    blocks_offset: int = 0
    block_bytes: int = 0
    block_count: int = 0

    def words(self) -> tuple[int, ...]:
        """Give the constant `struct rt_map` of the map as u64 words."""
        return astuple(self)

    @property
    def slot_bytes(self) -> int:
        """The size of the map's part of a slot."""
        match self.type:
            case MapType.PERCPU_ARRAY:
                return 8 + self.max_entries * self.value_stride
            case MapType.PERCPU_HASH | MapType.LRU_PERCPU_HASH:
                return (1 + self.node_count) * self.value_stride
        return 0

    @property
    def shared_bytes(self) -> int:
        """The size of the map's part of the shared maps."""
        if self.type == MapType.ARRAY:
            return self.max_entries * self.value_stride
        if self.node_count:
            return self.nodes_offset - self.shared_offset + (1 + self.node_count) * self.node_bytes
        return 0


@dataclass(frozen=True)
class ShmLayout:
    """The whole memory: sizes and offsets in bytes from its start."""

    maps: Mapping[str, MapLayout]
    owners_offset: int
    slots_offset: int
    slot_bytes: int
    slot_count: int
    rings_offset: int
    ring_stride: int
    ring_bytes: int
    ring_count: int
    zeros_offset: int
    total_bytes: int

    def config_words(self, thread_pointer: ThreadPointer, *, filter_forks: bool = False) -> tuple[int, ...]:
        """Give the constant `struct rt_config` as u64 words.

        With `filter_forks`, programs do nothing in a process whose PRIVATE_ENABLED word is 0, such as the child
        of a traced process.
        """
        return (
            int(thread_pointer),
            int(filter_forks),
            self.owners_offset,
            self.slots_offset,
            self.slot_bytes,
            self.slot_count,
            self.rings_offset,
            self.ring_stride,
            self.ring_bytes,
            self.ring_count,
            self.zeros_offset,
        )

    def map_words(self) -> dict[str, tuple[int, ...]]:
        """Give the `struct rt_map` of every map as u64 words."""
        return {name: layout.words() for name, layout in self.maps.items()}

    def slot_offset(self, index: int) -> int:
        """Give the offset of a slot; indices count from 1."""
        return self.slots_offset + (index - 1) * self.slot_bytes


def plan(specs: Mapping[str, MapSpec]) -> ShmLayout:
    """Lay out the memory for a session's maps; UsageError if they need more than there can be."""
    maps, shared_end = _place_shared(
        {name: _describe(spec, i) for i, (name, spec) in enumerate(specs.items())}
    )
    maps, slot_bytes = _place_in_slot(maps)
    slot_count = max(min(SLOT_LIMIT, SLOTS_BUDGET // slot_bytes), FEWEST_SLOTS)
    zeros_offset = _round_up(shared_end, 64)
    slots_offset = _round_up(zeros_offset + _largest_value(maps.values()), PAGE_BYTES)
    rings_offset = _round_up(slots_offset + slot_count * slot_bytes, PAGE_BYTES)
    ring_bytes = _ring_bytes(specs)
    ring_stride = RING_HEADER_BYTES + ring_bytes
    ring_count = max(min(slot_count, RINGS_BUDGET // ring_stride), 1) if ring_bytes else 0
    maps, end = _place_blocks(maps, rings_offset + ring_count * ring_stride)
    total = _round_up(end, PAGE_BYTES)
    if total > TOTAL_LIMIT:
        raise UsageError(
            f"the maps of this script need {total >> 20} MiB of shared memory, more than {TOTAL_LIMIT >> 20}",
            ["Lower max_map_keys, perf_rb_pages or the number of histogram buckets."],
        )
    return ShmLayout(
        maps,
        CONTROL_BYTES,
        slots_offset,
        slot_bytes,
        slot_count,
        rings_offset,
        ring_stride,
        ring_bytes,
        ring_count,
        zeros_offset,
        total,
    )


def _round_up(size: int, step: int) -> int:
    return -(-size // step) * step


def _largest_value(maps: Iterable[MapLayout]) -> int:
    return max((max(map.value_stride, map.block_bytes) for map in maps), default=0)


def _describe(spec: MapSpec, index: int) -> MapLayout:
    """Sizes of a map, without its places."""
    if spec.name in (TEMPORARY_MAP, LOOP_MAP):
        spec = replace(spec, max_entries=TEMPORARY_DEPTHS)
    if index >= GENERATIONS:
        raise UsageError(f"a script can have {GENERATIONS} maps")
    base = MapLayout(int(spec.type), spec.key_size, spec.value_size, spec.max_entries, spec.flags, index)
    match spec.type:
        case MapType.ARRAY | MapType.PERCPU_ARRAY:
            return replace(base, value_stride=_round_up(spec.value_size, 8))
        case MapType.HASH | MapType.PERCPU_HASH | MapType.LRU_HASH | MapType.LRU_PERCPU_HASH:
            return _describe_hash(base)
        case MapType.RINGBUF:
            return base
    raise UsageError(f"map {spec.name}: maps of type {spec.type.name} are not supported")


def _describe_hash(base: MapLayout) -> MapLayout:
    """Values of up to 8 bytes lie in the node's header, longer ones behind the key, per-CPU ones in the slots."""
    value_bytes = _round_up(base.value_size, 8)
    node_bytes = NODE_HEADER_BYTES + _round_up(base.key_size, 8)
    layout = replace(
        base, bucket_bits=(2 * base.max_entries - 1).bit_length(), node_count=base.max_entries + SPARE_NODES
    )
    if base.type in (MapType.PERCPU_HASH, MapType.LRU_PERCPU_HASH):
        layout = replace(layout, node_bytes=_round_up(node_bytes, 32))
        if base.value_size <= LARGEST_VALUE_IN_SLOT:
            return replace(layout, value_stride=8 + value_bytes, block_bytes=value_bytes)
        return replace(layout, value_stride=16, block_bytes=_round_up(value_bytes, 64))
    if base.value_size <= 8:
        return replace(layout, node_bytes=_round_up(node_bytes, 64), value_offset=NODE_VALUE)
    return replace(layout, node_bytes=_round_up(node_bytes + value_bytes, 64), value_offset=node_bytes)


def _place_shared(maps: Mapping[str, MapLayout]) -> tuple[dict[str, MapLayout], int]:
    """Place what all threads share behind the owner table; gives the end, too."""
    at = _round_up(CONTROL_BYTES + 8 * (SLOT_LIMIT + 1), PAGE_BYTES)
    placed = dict(maps)
    for name, map in maps.items():
        if map.node_count or map.type == MapType.ARRAY:
            at = _round_up(at, 64)
            nodes_offset = (
                _round_up(at + HASH_HEADER_BYTES + (8 << map.bucket_bits), 64) if map.node_count else 0
            )
            placed[name] = replace(map, shared_offset=at, nodes_offset=nodes_offset)
            at += placed[name].shared_bytes
    return placed, at


def _place_in_slot(maps: Mapping[str, MapLayout]) -> tuple[dict[str, MapLayout], int]:
    """Place per-CPU values in the slot, the smallest next to the header; gives the slot's size, too."""
    at = SLOT_HEADER_BYTES
    placed = dict(maps)
    for name, map in sorted(maps.items(), key=lambda item: item[1].slot_bytes):
        if map.slot_bytes:
            placed[name] = replace(map, slot_offset=at)
            at += map.slot_bytes
    return placed, _round_up(at, _SLOT_ALIGNMENT)


def _place_blocks(maps: Mapping[str, MapLayout], end: int) -> tuple[dict[str, MapLayout], int]:
    """Place the blocks of large per-CPU values behind `end`; gives the new end, too."""
    large = {name: map for name, map in maps.items() if map.block_bytes > LARGEST_VALUE_IN_SLOT}
    placed = dict(maps)
    for name, map in large.items():
        count = min(SLOT_LIMIT * map.node_count, BLOCKS_BUDGET // len(large) // map.block_bytes)
        end = _round_up(end, PAGE_BYTES)
        placed[name] = replace(map, blocks_offset=end, block_count=count)
        end += count * map.block_bytes
    return placed, end


def _ring_bytes(specs: Mapping[str, MapSpec]) -> int:
    """One ring per thread is as large as the script's whole ring buffer would be."""
    sizes = [spec.max_entries for spec in specs.values() if spec.type == MapType.RINGBUF]
    if len(sizes) > 1:
        raise UsageError("a script can have one ring buffer")
    return 1 << max(sizes[0] - 1, 4095).bit_length() if sizes else 0
