"""The pieces of a plan: room in the address space, records on their way to the guardian, stubs' unwind information."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from utrace.backend.attach.address_space import REACH_BYTES, clusters, find_room
from utrace.backend.attach.records import AttachRecord, PatchRecord, RegionRecord
from utrace.backend.attach.return_thunks import SLOT_BYTES, ThunkPool
from utrace.backend.attach.unwind import OBJECT_BYTES, object_list, unwind_info
from utrace.errors import AttachError
from utrace.target.process import Mapping

MIB = 1 << 20
places = st.integers(1, (1 << 47) // MIB - 4096).map(lambda place: place * MIB)


def mapping(start: int, end: int, path: str = "") -> Mapping:
    return Mapping(start, end, "r-xp", 0, 0, 0, path)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(places, st.integers(1, 600)), max_size=20), places, st.integers(1, 400))
def test_room_is_free_and_in_reach(blocks: list[tuple[int, int]], probed: int, mib: int) -> None:
    mappings = [mapping(start, start + size * MIB) for start, size in blocks] + [
        mapping(probed, probed + MIB)
    ]
    try:
        start = find_room(mappings, [probed, probed + MIB - 1], mib * MIB)
    except AttachError:
        return
    end = start + mib * MIB
    assert start % 4096 == 0
    assert all(end <= used.start or start >= used.end for used in mappings)
    assert max(end, probed + MIB) - min(start, probed) <= REACH_BYTES + MIB


def test_heap_keeps_room_to_grow() -> None:
    program, heap = mapping(0x400000, 0x401000, "/bin/x"), mapping(0x1000000, 0x2000000, "[heap]")
    start = find_room([program, heap], [0x400100], 600 * MIB)
    assert start >= heap.end + 512 * MIB


def test_no_room() -> None:
    everything = [mapping(0x10000, (1 << 47) - 4096)]
    with pytest.raises(AttachError, match="no 64 MiB of free address space"):
        find_room(everything, [1 << 40], 64 * MIB)


def test_far_apart_probes_are_clustered() -> None:
    assert clusters([0x7F0000000000, 0x400000, 0x401000, 0x7F0000100000], 256 * MIB) == [
        [0x400000, 0x401000],
        [0x7F0000000000, 0x7F0000100000],
    ]


addresses = st.integers(0, (1 << 64) - 1)
regions = st.builds(RegionRecord, *[addresses] * 9, unwind_header=addresses)
patches = st.builds(
    PatchRecord,
    addresses,
    st.binary(max_size=20),
    st.binary(max_size=20),
    st.lists(st.tuples(addresses, addresses)).map(tuple),
    st.booleans(),
)


@given(
    st.builds(
        AttachRecord,
        st.integers(1, 1 << 22),
        addresses,
        st.text(),
        st.lists(regions).map(tuple),
        st.lists(patches).map(tuple),
        st.lists(st.tuples(addresses, addresses)).map(tuple),
        addresses,
    )
)
def test_records_survive_the_journal(record: AttachRecord) -> None:
    line = record.to_json()
    assert "\n" not in line
    assert AttachRecord.from_json(line) == record


def test_unwind_information_covers_the_thunks() -> None:
    pool = ThunkPool(data=0x10000, slots=0x20000, count=64, finder=0)
    info = unwind_info(pool, 0x30000)
    header = info.content[info.object.header - 0x30000 :]
    version, frame_encoding, count_encoding, table_encoding, frame, count, first, entry = struct.unpack(
        "<BBBBQIii", header
    )
    assert (version, frame_encoding, count_encoding, table_encoding, count) == (1, 0, 3, 0x3B, 1)
    assert frame == 0x30000
    assert info.object.header + first == pool.slots
    fde = info.content[info.object.header + entry - 0x30000 :]
    length, to_cie, start, size = struct.unpack_from("<IIQQ", fde)
    assert (start, size) == (pool.slots, 64 * SLOT_BYTES)
    assert info.object.header + entry + 4 - to_cie == 0x30000
    assert length % 4 == 0


def test_list_of_thunks_has_room_to_grow() -> None:
    pool = ThunkPool(data=0x10000, slots=0x20000, count=64, finder=0)
    objects = object_list([unwind_info(pool, 0x30000).object] * 2, 0x40000)
    starts = [struct.unpack_from("<Q", objects, place)[0] for place in range(0, len(objects), OBJECT_BYTES)]
    assert starts[:3] == [pool.slots, pool.slots, 0]
    assert len(starts) > 20
