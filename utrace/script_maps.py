"""The script's maps while targets write to them: reading, clearing, zeroing."""

from __future__ import annotations

import ctypes
from collections.abc import Iterable
from typing import TYPE_CHECKING

from utrace.backend.layout import HASH_REFUSED
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

    def _descriptor(self, info: MapInfo) -> ctypes.Array[ctypes.c_uint64]:
        words = self._memory.layout.maps[info.ebpf_name].words()
        return (ctypes.c_uint64 * len(words))(*words)
