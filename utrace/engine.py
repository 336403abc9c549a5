"""The compiled programs of a session and the memory that they share with the tracer."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Self

from utrace.backend.clock import TargetClock
from utrace.backend.layout import (
    CONTROL_RENDEZVOUS_ASKED,
    CONTROL_RENDEZVOUS_SERVED,
    ShmLayout,
    ThreadPointer,
)
from utrace.backend.local_image import LocalImage
from utrace.backend.rings import RingReader
from utrace.backend.shared_memory import SharedMemory
from utrace.compile import Checked, compile_native, plan_memory
from utrace.errors import UsageError
from utrace.script_maps import ScriptMaps
from utrace.wait import wait_while, wake_all

_LOSS_COUNTER = "event_loss_counter"
_FOREVER = (1 << 64) - 1


class Engine:
    """Native code for the targets and, in the tracer itself, for begin, end and interval probes."""

    def __init__(self, checked: Checked, filter_forks: bool) -> None:
        """Compile and map everything. With `filter_forks` programs do nothing in children of the targets."""
        self._checked, layout = plan_memory(checked)
        self._stack = ExitStack()
        self.memory = self._stack.enter_context(_reserve(layout, self._checked))
        self.image = compile_native(
            self._checked, layout, ThreadPointer.SEGMENT, filter_forks, os.uname().machine
        )
        self._local = self._stack.enter_context(
            LocalImage(self.image, self.memory.descriptor, layout.total_bytes)
        )
        self.clock = TargetClock(self.memory, self._local.function("rt_tracer_tsc", ctypes.c_uint64))
        self.maps = ScriptMaps(self.memory, self._local)
        ticks = self.clock.ticks_per_second
        self._rings = RingReader(self._local, layout, ticks) if layout.ring_count else None

    def __enter__(self) -> Self:
        """Give the engine itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Unmap everything."""
        self._stack.close()

    @property
    def mark(self) -> str:
        """How the shared memory is called in /proc/PID/maps."""
        return (
            os.readlink(f"/proc/self/fd/{self.memory.descriptor}")
            .removesuffix(" (deleted)")
            .removeprefix("/")
        )

    def run(self, program: str) -> int:
        """Run a program here, in the tracer; what it returns, if it is a test or benchmark, else 0."""
        return self._local.run(program)

    def repeat(self, program: str, times: int) -> None:
        """Run a program here so many times, at least once, with nothing in between."""
        self._local.repeat(program, times)

    @property
    def has_events(self) -> bool:
        """Whether programs can send events at all."""
        return self._rings is not None

    def batches(self, is_final: bool = False) -> Iterator[memoryview]:
        """What has been sent since the last call, in order of time, in batches."""
        return iter(()) if self._rings is None else self._rings.batches(is_final=is_final)

    @property
    def lost_events(self) -> int:
        """How many events found no room, or were never finished by a thread that was killed."""
        gaps = 0 if self._rings is None else self._rings.gaps
        return self.maps.count(_LOSS_COUNTER) + gaps

    @property
    def rendezvous_asked(self) -> int:
        """How often targets have stopped for us because they loaded something."""
        return self.memory.word(CONTROL_RENDEZVOUS_ASKED)

    def serve_rendezvous(self, served: int) -> None:
        """Let targets go on that asked up to this number."""
        self.memory.write(CONTROL_RENDEZVOUS_SERVED, served.to_bytes(8, "little"))
        wake_all(self._local.shm_address + CONTROL_RENDEZVOUS_SERVED)

    def stop_rendezvous(self) -> None:
        """Never stop targets again."""
        self.serve_rendezvous(_FOREVER)

    def wait(self, seen_rendezvous: int, timeout_s: float) -> None:
        """Sleep until a target asks for us, a signal arrives, or the time is over."""
        address = self._local.shm_address + CONTROL_RENDEZVOUS_ASKED
        wait_while(address, seen_rendezvous & 0xFFFFFFFF, timeout_s)


def _reserve(layout: ShmLayout, checked: Checked) -> SharedMemory:
    try:
        return SharedMemory(layout, checked.maps)
    except OSError as error:
        size = f"{layout.total_bytes >> 20} MiB of address space"
        raise UsageError(
            f"can't reserve {size} for the script's maps and events: {error.strerror}"
        ) from error
