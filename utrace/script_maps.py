"""The script's maps while targets write to them: reading, clearing, zeroing."""

from __future__ import annotations

import ctypes
from collections.abc import Iterable
from typing import TYPE_CHECKING

from utrace.backend.layout import HASH_REFUSED, STACKS_NAME, MapLayout
from utrace.backend.maps import RawEntry, read_map
from utrace.frontend.typed import MapInfo

if TYPE_CHECKING:
    from utrace.backend.local_image import LocalImage
    from utrace.backend.shared_memory import SharedMemory


class ScriptMaps:
    """Gives output its access to the maps (`utrace.output.events.MapAccess`)."""

    def __init__(self, memory: SharedMemory, image: LocalImage) -> None:
        self._memory = memory
        self._clear = image.function("rt_tracer_clear", None, ctypes.c_void_p)
        self._zero = image.function("rt_tracer_zero", None, ctypes.c_void_p)
        self._lookup = image.function(
            "rt_tracer_lookup", ctypes.c_void_p, ctypes.c_void_p, ctypes.POINTER(ctypes.c_uint64)
        )

    def read(self, info: MapInfo) -> Iterable[RawEntry]:
        """Return the entries of a map; one at most for a scalar map."""
        return read_map(self._memory, self._memory.layout.maps[info.ebpf_name])

    def clear(self, info: MapInfo) -> None:
        """Take all entries out."""
        self._clear(self._descriptor(info))

    def zero(self, info: MapInfo) -> None:
        """Set all values to zero and keep the keys."""
        self._zero(self._descriptor(info))

    def refused(self, info: MapInfo) -> int:
        """Return how many updates a map has refused because it was full."""
        layout = self._memory.layout.maps[info.ebpf_name]
        return self._memory.word(layout.shared_offset + HASH_REFUSED) if layout.node_count else 0

    def count(self, name: str) -> int:
        """Return the u64 of an array map of one entry, 0 if the object has no such map."""
        layout = self._memory.layout.maps.get(name)
        return self._memory.word(layout.shared_offset) if layout else 0

    @property
    def refused_stacks(self) -> int:
        """Return how often a stack was not kept because there were too many different ones."""
        layout = self._memory.layout.maps.get(STACKS_NAME)
        return self._memory.word(layout.shared_offset + HASH_REFUSED) if layout else 0

    def stack_frames(self, id: int) -> tuple[int, ...] | None:
        """Return the addresses of a stack (with zeros behind them); None if it was not kept for lack of room."""
        layout = self._memory.layout.maps[STACKS_NAME]
        address = self._lookup(_constant(layout), ctypes.byref(ctypes.c_uint64(id)))
        if not address:
            return None
        return tuple((ctypes.c_uint64 * (layout.value_size // 8)).from_address(address))

    def _descriptor(self, info: MapInfo) -> ctypes.Array[ctypes.c_uint64]:
        return _constant(self._memory.layout.maps[info.ebpf_name])


def _constant(layout: MapLayout) -> ctypes.Array[ctypes.c_uint64]:
    """Return the `struct rt_map` of a map."""
    words = layout.words()
    return (ctypes.c_uint64 * len(words))(*words)
