"""Reads maps from the shared memory while targets write to them.

Structures: `utrace/runtime/array.h` (values of another generation are zero), `hash.h` (chains of nodes).
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import unpack_from
from typing import Final, TypeAlias

from utrace.backend.layout import (
    CONTROL_GENERATIONS,
    HASH_HEADER_BYTES,
    NODE_HEADER_BYTES,
    MapLayout,
)
from utrace.backend.shared_memory import SharedMemory
from utrace.backend.spec import MapType

RawEntry: TypeAlias = tuple[bytes, list[bytes]]
"""A key and its raw values: one, or for per-CPU maps one for each thread slot that has used the key."""

_LINK_INDEX: Final = 0x7FFFFFFF
_STATE_MASK: Final = 3
_LIVE: Final = 1
_WALK_ATTEMPTS: Final = 100


def read_map(memory: SharedMemory, map: MapLayout) -> list[RawEntry]:
    """Give all entries; a program that changes an entry meanwhile is seen before or after it.

    The entries of arrays have their index as key and are all there; those of per-CPU arrays that no thread has
    used have no values. ValueError for ring buffers.
    """
    match map.type:
        case MapType.ARRAY:
            return _read_array(memory, map)
        case MapType.PERCPU_ARRAY:
            return _read_slot_array(memory, map)
        case MapType.HASH | MapType.LRU_HASH:
            return [(key, [value]) for key, value in _read_hash(memory, map)]
        case MapType.PERCPU_HASH | MapType.LRU_PERCPU_HASH:
            return _read_slot_hash(memory, map)
    raise ValueError(f"maps of type {map.type} have no entries")


def _read_array(memory: SharedMemory, map: MapLayout) -> list[RawEntry]:
    content = memory.read(map.shared_offset, map.shared_bytes)
    return [
        (key.to_bytes(4, "little"), [content[at : at + map.value_size]])
        for key, at in enumerate(range(0, len(content), map.value_stride))
    ]


def _read_slot_array(memory: SharedMemory, map: MapLayout) -> list[RawEntry]:
    (generation,) = unpack_from("<I", memory.view, CONTROL_GENERATIONS + 4 * map.index)
    slots = [
        content[8:]
        for content in _slot_parts(memory, map, map.slot_bytes)
        if unpack_from("<I", content)[0] == generation
    ]
    return [
        (key.to_bytes(4, "little"), [slot[at : at + map.value_size] for slot in slots])
        for key, at in enumerate(range(0, map.max_entries * map.value_stride, map.value_stride))
    ]


def _read_slot_hash(memory: SharedMemory, map: MapLayout) -> list[RawEntry]:
    """A slot's value of a node counts if it carries the node's `meta` word."""
    nodes = [
        (key, index * map.value_stride, meta.to_bytes(8, "little"))
        for key, index, meta, _ in _walk(memory, map)
    ]
    end = max((at for _, at, _ in nodes), default=0) + map.value_stride
    slots = list(_slot_parts(memory, map, end))
    return [
        (
            key,
            [
                _slot_value(memory, map, slot[at + 8 : at + map.value_stride])
                for slot in slots
                if slot[at : at + 8] == meta
            ],
        )
        for key, at, meta in nodes
    ]


def _slot_value(memory: SharedMemory, map: MapLayout, content: bytes) -> bytes:
    """Follow what stands behind `meta` in a slot: the value, or the number of its block."""
    if not map.blocks_offset:
        return content[: map.value_size]
    block = int.from_bytes(content, "little") - 1
    if not 0 <= block < map.block_count:
        return bytes(map.value_size)
    return memory.read(map.blocks_offset + block * map.block_bytes, map.value_size)


def _slot_parts(memory: SharedMemory, map: MapLayout, size: int) -> Iterator[bytes]:
    for index in range(1, memory.slots_used + 1):
        yield memory.read(memory.layout.slot_offset(index) + map.slot_offset, size)


def _read_hash(memory: SharedMemory, map: MapLayout) -> Iterator[tuple[bytes, bytes]]:
    for key, _, _, node in _walk(memory, map):
        yield key, node[map.value_offset : map.value_offset + map.value_size]


def _walk(memory: SharedMemory, map: MapLayout) -> Iterator[tuple[bytes, int, int, bytes]]:
    """Yield key, index, `meta` and content of the live nodes of all chains."""
    (used,) = unpack_from("<Q", memory.view, map.shared_offset)
    if not used:
        return
    buckets = memory.read(map.shared_offset + HASH_HEADER_BYTES, 8 << map.bucket_bits)
    for bucket, link in enumerate(memoryview(buckets).cast("Q")):
        if link:
            yield from _walk_chain(memory, map, map.shared_offset + HASH_HEADER_BYTES + 8 * bucket)


def _walk_chain(memory: SharedMemory, map: MapLayout, bucket: int) -> list[tuple[bytes, int, int, bytes]]:
    """Walk until it succeeds: a node that has changed its generation has left the chain meanwhile."""
    for _ in range(_WALK_ATTEMPTS):
        found = _try_chain(memory, map, memory.word(bucket))
        if found is not None:
            return found
    return []


def _try_chain(memory: SharedMemory, map: MapLayout, link: int) -> list[tuple[bytes, int, int, bytes]] | None:
    seen: dict[bytes, tuple[int, int, bytes]] = {}
    for _ in range(map.node_count):
        index = link & _LINK_INDEX
        if not index:
            break
        if index > map.node_count:
            return None
        at = map.nodes_offset + index * map.node_bytes
        node = bytes(memory.view[at : at + map.node_bytes])
        meta = memory.word(at)
        if meta >> 32 != link >> 32:
            return None
        # The first node of a key decides; older ones are superseded.
        seen.setdefault(node[NODE_HEADER_BYTES : NODE_HEADER_BYTES + map.key_size], (index, meta, node))
        (link,) = unpack_from("<Q", node, 16)
    return [
        (key, index, meta, node) for key, (index, meta, node) in seen.items() if meta & _STATE_MASK == _LIVE
    ]
