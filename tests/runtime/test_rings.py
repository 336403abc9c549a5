"""Rings: every record arrives once, whole and in order, or is refused; gaps of killed threads are passed over."""

from __future__ import annotations

import struct
import time
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

import pytest

from tests.runtime.driver import SECONDS, SPECS, build
from tests.runtime.native import native
from utrace.backend.layout import RING_HEADER_BYTES
from utrace.backend.rings import RingReader
from utrace.backend.shared_memory import SharedMemory
from utrace.backend.spec import MapSpec, MapType

HEADER = struct.Struct("<IIQ")
THREADS = 8


@pytest.fixture(scope="module")
def sender(tmp_path_factory):
    return build("sender", tmp_path_factory.mktemp("sender"))


def records(batch: memoryview) -> Iterator[tuple[int, int, bytes]]:
    """Ring, time stamp and payload of each."""
    at = 0
    while at < len(batch):
        size, ring, tsc = HEADER.unpack_from(batch, at)
        at += HEADER.size
        yield ring, tsc, bytes(batch[at : at + size])
        at += -(-size // 8) * 8
    assert at == len(batch)


def test_senders_are_drained_while_they_send(sender):
    count = 12_000
    with native(SPECS) as (shared, image):
        reader = RingReader(image, shared.layout, 1e9)
        process = sender.start(
            shared.descriptor, THREADS, count, 20, 50_000, descriptors=(shared.descriptor,)
        )
        seen: Counter[int] = Counter()
        last: dict[int, int] = {}
        is_final = False
        while True:
            is_final = process.poll() is not None
            for batch in reader.batches(is_final=is_final):
                stamps = []
                for _, tsc, payload in records(batch):
                    thread, number, *words = struct.unpack(f"<{len(payload) // 8}Q", payload)
                    assert len(words) == number % 20
                    assert words == [thread * 1000003 + number * i for i in range(2, 2 + len(words))]
                    assert number > last.get(thread, -1)
                    last[thread] = number
                    seen[thread] += 1
                    stamps.append(tsc)
                assert all(earlier <= later for earlier, later in pairwise(stamps))
            if is_final:
                break
        output, _ = process.communicate(timeout=SECONDS)
        sent, refused = map(int, output.split())
        assert sent + refused == THREADS * count
        assert seen.total() == sent == reader.records
        assert reader.gaps == 0
        assert len(seen) == THREADS


def test_a_full_ring_refuses_and_keeps_what_it_has(sender):
    with native(SPECS) as (shared, image):
        output = sender.run(shared.descriptor, 2, 10_000, 1, 0, descriptors=(shared.descriptor,))
        sent, refused = map(int, output.split())
        assert sent == 2 * (shared.layout.ring_bytes // 32)
        assert sent + refused == 20_000
        batches = [list(records(batch)) for batch in RingReader(image, shared.layout, 1e9).batches()]
        numbers = [struct.unpack("<2Q", payload) for batch in batches for _, _, payload in batch]
        assert sorted(numbers) == [(thread, number) for thread in (0, 1) for number in range(sent // 2)]


def push(
    shared: SharedMemory, ring: int, position: int, payload: bytes, tsc: int, *, commit: bool = True
) -> int:
    """Write a record as the runtime does; gives the next position."""
    layout = shared.layout
    at = layout.rings_offset + ring * layout.ring_stride
    place = at + RING_HEADER_BYTES + position % layout.ring_bytes
    end = position + HEADER.size + -(-len(payload) // 8) * 8
    if commit:
        sequence = (position >> 3 & 0xFFFFFFFF) ^ 0x80000000
        shared.write(place, HEADER.pack(len(payload), sequence, tsc) + payload)
    shared.write(at, end.to_bytes(8, "little"))
    return end


@pytest.fixture
def rings():
    specs = {"r": MapSpec("r", MapType.RINGBUF, 0, 0, 4096)}
    with native(specs) as (shared, image):
        shared.write(80, (2).to_bytes(8, "little"))  # rings_used
        yield shared, RingReader(image, shared.layout, 1e9)


def drained(reader: RingReader, **options: bool) -> list[bytes]:
    return [payload for batch in reader.batches(**options) for _, _, payload in records(batch)]


def test_records_of_several_rings_are_merged_by_time(rings):
    shared, reader = rings
    positions = [0, 0]
    for tsc in range(1, 21):
        ring = tsc % 3 // 2
        positions[ring] = push(shared, ring, positions[ring], bytes([tsc]), tsc)
    assert drained(reader) == [bytes([tsc]) for tsc in range(1, 21)]
    assert drained(reader) == []


def test_an_unfinished_record_blocks_its_ring_for_a_second_only(rings):
    shared, reader = rings
    position = push(shared, 0, 0, b"first", 1)
    position = push(shared, 0, position, b"never", 2, commit=False)
    push(shared, 0, position, b"third", 3)
    push(shared, 1, 0, b"other", 4)
    assert drained(reader) == [b"first", b"other"]
    assert drained(reader) == []
    reader._state[0] = 1  # a tick instead of a second
    assert drained(reader) == [b"third"]
    assert reader.gaps == 1


def test_an_unfinished_record_does_not_block_the_end(rings):
    shared, reader = rings
    position = push(shared, 0, 0, b"never", 2, commit=False)
    push(shared, 0, position, b"second", 3)
    assert drained(reader, is_final=True) == [b"second"]
    assert reader.gaps == 1


@pytest.mark.parametrize("head", [2**63, 4096 + 8, 2**64 - 1, 40])
def test_overwritten_rings_do_no_harm(rings, head):
    shared, reader = rings
    push(shared, 0, 0, b"x", 1)
    at = shared.layout.rings_offset
    shared.write(at + RING_HEADER_BYTES, struct.pack("<IIQ", 0xFFFFFFF0, 0x80000000, 5))
    shared.write(at, head.to_bytes(8, "little"))
    push(shared, 1, 0, b"good", 7)
    assert drained(reader, is_final=True)[-1] == b"good"
    assert reader.gaps == 1


def test_draining_is_fast(sender):
    """5 million records a second on an idle machine; here only that it is not Python that does it."""
    with native(SPECS) as (shared, image):
        reader = RingReader(image, shared.layout, 1e9)
        sender.run(shared.descriptor, THREADS, 2000, 1, 0, descriptors=(shared.descriptor,))
        started = time.perf_counter()
        for _ in reader.batches():
            pass
        elapsed = time.perf_counter() - started
        assert reader.records == THREADS * 2000
        assert reader.records / elapsed > 1_000_000
