"""The runtime as the tracer itself runs it: a code image without programs, and calls of its functions."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from platform import machine

import pytest

from utrace.backend.layout import PRIVATE_BYTES, MapLayout, ThreadPointer, plan
from utrace.backend.local_image import LocalImage
from utrace.backend.maps import read_map
from utrace.backend.native import Job, compile_job, read_runtime
from utrace.backend.native_module import RuntimeConstants
from utrace.backend.shared_memory import SharedMemory
from utrace.backend.spec import MapSpec

ANY, NOEXIST, EXIST = 0, 1, 2


@dataclass(frozen=True)
class NativeMap:
    """A map, used through the runtime's own code."""

    memory: SharedMemory
    image: LocalImage
    layout: MapLayout

    def _call(self, name: str, *arguments: object) -> int:
        words = self.layout.words()
        kinds = [ctypes.c_uint64 if isinstance(argument, int) else ctypes.c_char_p for argument in arguments]
        function = self.image.function(f"rt_tracer_{name}", ctypes.c_int64, ctypes.c_void_p, *kinds)
        return function((ctypes.c_uint64 * len(words))(*words), *arguments)

    def update(self, key: bytes, value: bytes, flags: int = ANY) -> int:
        return self._call("update", key, value, flags)

    def delete(self, key: bytes) -> int:
        return self._call("delete", key)

    def lookup(self, key: bytes) -> bytes | None:
        address = self._call("lookup", key)
        return ctypes.string_at(address, self.layout.value_size) if address else None

    def clear(self) -> None:
        self._call("clear")

    def zero(self) -> None:
        self._call("zero")

    def entries(self) -> dict[bytes, list[bytes]]:
        found = read_map(self.memory, self.layout)
        assert len(dict(found)) == len(found), "a key is there twice"
        return dict(found)


@contextmanager
def native(specs: Mapping[str, MapSpec]) -> Iterator[tuple[SharedMemory, LocalImage]]:
    """The runtime compiled and loaded for these maps."""
    if machine() != "x86_64":
        pytest.skip("the runtime has not been run on this processor")
    layout = plan(specs)
    constants = RuntimeConstants(layout.config_words(ThreadPointer.SEGMENT), layout.map_words())
    image = compile_job(Job((), specs, {}, constants, PRIVATE_BYTES), read_runtime("x86_64"))
    with (
        SharedMemory(layout, specs) as memory,
        LocalImage(image, memory.descriptor, layout.total_bytes) as local,
    ):
        yield memory, local


@contextmanager
def native_map(spec: MapSpec) -> Iterator[NativeMap]:
    with native({spec.name: spec}) as (memory, image):
        yield NativeMap(memory, image, memory.layout.maps[spec.name])
