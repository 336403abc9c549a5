"""The two descriptions of the shared memory, in C and in Python, are the same."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from tests.runtime.driver import RUNTIME, SECONDS, SPECS
from utrace.backend import layout
from utrace.backend.layout import MapLayout, ThreadPointer, plan
from utrace.backend.spec import MapSpec, MapType
from utrace.errors import UsageError

OFFSETS = {
    "rt_private": {
        "enabled": layout.PRIVATE_ENABLED,
        "process_id": layout.PRIVATE_PROCESS_ID,
        "tid_offset": layout.PRIVATE_TID_OFFSET,
        "no_system_calls": layout.PRIVATE_NO_SYSTEM_CALLS,
        "tid_candidate": layout.PRIVATE_TID_CANDIDATE,
        "thunk_ranges": layout.PRIVATE_THUNK_RANGES,
    },
    "rt_control": {
        "magic": 0,
        "lost_hits": layout.CONTROL_LOST_HITS,
        "rendezvous_asked": layout.CONTROL_RENDEZVOUS_ASKED,
        "rendezvous_served": layout.CONTROL_RENDEZVOUS_SERVED,
        "slots_used": layout.CONTROL_SLOTS_USED,
        "rings_used": layout.CONTROL_RINGS_USED,
        "clock_sequence": layout.CONTROL_CLOCK_SEQUENCE,
        "clocks": layout.CONTROL_CLOCKS,
        "generations": layout.CONTROL_GENERATIONS,
    },
    "rt_thread": {"ring": layout.SLOT_RING},
    "rt_hash": {"buckets": layout.HASH_HEADER_BYTES},
    "rt_node": {"meta": 0, "value": layout.NODE_VALUE, "link": 16, "key": layout.NODE_HEADER_BYTES},
    "rt_ring": {"head": 0, "data": layout.RING_HEADER_BYTES},
    "rt_record": {"size": 0, "sequence": 4, "tsc": 8, "payload": 16},
    "rt_slot_array": {"generation": 0, "values": 8},
    "rt_slot_value": {"meta": 0, "bytes": 8},
    "rt_clock": {
        "is_tsc": 0,
        "base_tsc": 8,
        "base_boot_ns": 16,
        "multiplier": 24,
        "boot_minus_monotonic_ns": 32,
    },
}
SIZES = {
    "rt_private": layout.PRIVATE_BYTES,
    "rt_control": layout.CONTROL_BYTES,
    "rt_thread": layout.SLOT_HEADER_BYTES,
    "rt_clock": layout.CLOCK_BYTES,
    "rt_config": 8 * len(plan({}).config_words(ThreadPointer.NONE)),
    "rt_map": 8 * len(MapLayout(0, 0, 0, 0, 0, 0).words()),
}


def members(structure: str) -> list[str]:
    text = (RUNTIME / "runtime.h").read_text()
    body = re.search(rf"struct {structure} {{(.*?)\n}};", text, re.DOTALL)
    assert body
    return re.findall(r"^  u64 (\w+);", body[1], re.MULTILINE)


@pytest.mark.parametrize("architecture", ["x86_64", "aarch64"])
def test_offsets_and_sizes(tmp_path, architecture):
    lines = ['#include "runtime.c"']
    for structure, offsets in OFFSETS.items():
        for member, offset in offsets.items():
            lines.append(
                f'_Static_assert(RT_OFFSET_OF(struct {structure}, {member}) == {offset}, "{structure}.{member}");'
            )
    lines += [f'_Static_assert(sizeof(struct {name}) == {size}, "{name}");' for name, size in SIZES.items()]
    lines.append(f'_Static_assert(RT_GENERATIONS == {layout.GENERATIONS}, "generations");')
    lines.append(f'_Static_assert(RT_THUNK_RANGES == {layout.THUNK_RANGES}, "thunk ranges");')
    lines.append(f'_Static_assert(RT_MAGIC == {layout.CONTROL_MAGIC}, "magic");')
    source = tmp_path / "asserts.c"
    source.write_text("\n".join(lines) + "\n")
    command = [sys.executable, "-m", "ziglang", "clang", f"--target={architecture}-unknown-linux-gnu"]
    flags = ["-ffreestanding", "-mgeneral-regs-only", "-fsyntax-only", "-I", str(RUNTIME)]
    subprocess.run([*command, *flags, str(source)], check=True, timeout=SECONDS)


def test_constants_come_in_the_order_of_the_structures():
    assert members("rt_map") == list(MapLayout.__dataclass_fields__)
    planned = plan(SPECS)
    words = dict(zip(members("rt_config"), planned.config_words(ThreadPointer.NONE), strict=True))
    for name, value in words.items():
        if name not in ("thread_pointer", "filter_forks"):
            assert value == getattr(planned, name)
    assert words["thread_pointer"] == 2


def test_nothing_overlaps():
    planned = plan(SPECS | {"h": MapSpec("h", MapType.PERCPU_HASH, 8, 528, 4096)})
    areas = [(0, layout.CONTROL_BYTES), (planned.owners_offset, 8 * (planned.slot_count + 1))]
    areas += [(map.shared_offset, map.shared_bytes) for map in planned.maps.values() if map.shared_bytes]
    areas.append((planned.zeros_offset, max(map.block_bytes for map in planned.maps.values())))
    areas += [(map.blocks_offset, map.block_bytes * map.block_count) for map in planned.maps.values()]
    areas.append((planned.slots_offset, planned.slot_bytes * planned.slot_count))
    areas.append((planned.rings_offset, planned.ring_stride * planned.ring_count))
    areas = sorted(area for area in areas if area[1])
    for (start, size), (following, _) in zip(areas, [*areas[1:], (planned.total_bytes, 0)], strict=True):
        assert start + size <= following
    slot = sorted((map.slot_offset, map.slot_bytes) for map in planned.maps.values() if map.slot_bytes)
    for (start, size), (following, _) in zip(slot, [*slot[1:], (planned.slot_bytes, 0)], strict=True):
        assert start >= layout.SLOT_HEADER_BYTES and start + size <= following


@pytest.mark.parametrize("value_size", [16, 528, 8000, 16400])
def test_many_threads_can_have_histograms(value_size):
    planned = plan({name: MapSpec(name, MapType.PERCPU_HASH, 16, value_size, 4096) for name in "abc"})
    assert planned.slot_count > 500
    for map in planned.maps.values():
        assert not map.blocks_offset or map.block_count > 4096


def test_limits():
    with pytest.raises(UsageError, match="MiB of shared memory"):
        plan({"m": MapSpec("m", MapType.PERCPU_HASH, 8, 8, 10_000_000)})
    with pytest.raises(UsageError, match="one ring buffer"):
        plan({name: MapSpec(name, MapType.RINGBUF, 0, 0, 4096) for name in "ab"})
    with pytest.raises(UsageError, match="STACK_TRACE"):
        plan({"m": MapSpec("m", MapType.STACK_TRACE, 8, 8, 10)})
    with pytest.raises(UsageError, match="512 maps"):
        plan({str(number): MapSpec(str(number), MapType.ARRAY, 4, 8, 1) for number in range(513)})
