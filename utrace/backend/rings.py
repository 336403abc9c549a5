"""Drains the rings: all threads' records, merged by time stamp, a batch at a time.

The loop is C (`utrace/runtime/drain.h`) and runs in the tracer's own copy of the code image. A batch is records one
behind the other: u32 size of the payload, u32 number of the ring, u64 time-stamp counter, payload, padding to 8.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from typing import Final

from utrace.backend.layout import ShmLayout
from utrace.backend.local_image import LocalImage

BATCH_BYTES: Final = 1 << 20
GAP_SECONDS: Final = 1.0
"""How long a record may stay reserved but unwritten before it is given up."""

_HEADER_WORDS: Final = 4
_READER_WORDS: Final = 4
_GAP_TICKS, _GAPS, _RECORDS, _IS_FINAL = range(_HEADER_WORDS)


class RingReader:
    """The only reader of a session's rings."""

    def __init__(self, image: LocalImage, layout: ShmLayout, ticks_per_second: float) -> None:
        """Start at the beginning of all rings; `ticks_per_second` is the rate of the time-stamp counter."""
        self._state = (ctypes.c_uint64 * (_HEADER_WORDS + _READER_WORDS * max(layout.ring_count, 1)))()
        self._state[_GAP_TICKS] = int(GAP_SECONDS * ticks_per_second)
        # A record of any size fits: the largest takes half a ring.
        self._batch = bytearray(max(BATCH_BYTES, layout.ring_bytes))
        self._address = ctypes.addressof(ctypes.c_char.from_buffer(self._batch))
        self._drain = image.function(
            "rt_tracer_drain", ctypes.c_uint64, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint64
        )

    def batches(self, *, is_final: bool = False) -> Iterator[memoryview]:
        """Yield what has been sent until now, oldest first; each batch is valid (and writable) until the next.

        `is_final` is for the end, when nobody sends any more: what was reserved and not written is passed over
        at once. Bounded: what arrives meanwhile is left to the next call, after at most as many bytes as all
        rings hold.
        """
        self._state[_IS_FINAL] = int(is_final)
        while True:
            length = self._drain(self._state, self._address, len(self._batch))
            if not length:
                return
            yield memoryview(self._batch)[:length]
            if length < len(self._batch) // 2:
                return

    @property
    def records(self) -> int:
        """How many records have been drained."""
        return int(self._state[_RECORDS])

    @property
    def gaps(self) -> int:
        """How many times a record was given up that a thread had begun and never finished."""
        return int(self._state[_GAPS])
