"""Where signal handlers will return to: a thread in a handler has left its place in the code on a stack.

The layout of a signal frame is `struct rt_sigframe` of Linux's arch/x86/include/asm/sigframe.h. Its place is found by
the code segment in it, and confirmed by its return address, the two instructions that end every handler.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from utrace.backend.inject.base import Inferior, Thread
from utrace.backend.inject.way_back import RED_ZONE_BYTES, SIGNAL_RETURN
from utrace.target.process import Mapping

_CHUNK_BYTES = 1 << 22
_FRAME_SP, _FRAME_IP, _FRAME_CS = 168, 176, 192
_USER_SEGMENTS = b"\x33\x00\x00\x00\x00\x00"  # cs, and gs and fs, which 64-bit programs don't use


@dataclass(frozen=True, slots=True)
class InterruptedPlace:
    """An instruction that a handler will return to, and the address of the word that says so."""

    word: int
    instruction: int


def interrupted_places(
    inferior: Inferior, mappings: Sequence[Mapping], threads: Sequence[Thread]
) -> list[InterruptedPlace]:
    """Those of all threads, on every stack that a thread stands on or that a handler on another stack left."""
    found: list[InterruptedPlace] = []
    looked_at: dict[Mapping, int] = {}
    pointers = [thread.registers.rsp for thread in threads]
    while pointers:
        pointer = pointers.pop()
        mapping = next((mapping for mapping in mappings if pointer in mapping), None)
        if mapping is None:
            continue
        start = max(mapping.start, (pointer - RED_ZONE_BYTES) & -8)
        end = looked_at.get(mapping, mapping.end)
        if start >= end:
            continue
        looked_at[mapping] = start
        for frame in _frames(inferior, start, mapping.end):
            (stack_pointer, instruction) = struct.unpack("<QQ", inferior.read(frame + _FRAME_SP, 16))
            found.append(InterruptedPlace(frame + _FRAME_IP, instruction))
            pointers.append(stack_pointer)
    return list(dict.fromkeys(found))


def _frames(inferior: Inferior, start: int, end: int) -> Iterator[int]:
    for chunk in range(start, end, _CHUNK_BYTES):
        try:
            content = inferior.read(chunk, min(_CHUNK_BYTES, end - chunk))
        except OSError:
            continue
        position = content.find(_USER_SEGMENTS)
        while position >= 0:
            frame = chunk + position - _FRAME_CS
            if position % 8 == 0 and _is_frame(inferior, frame):
                yield frame
            position = content.find(_USER_SEGMENTS, position + 1)


def _is_frame(inferior: Inferior, frame: int) -> bool:
    try:
        restorer = int.from_bytes(inferior.read(frame, 8), "little")
        return inferior.read(restorer, len(SIGNAL_RETURN)) == SIGNAL_RETURN
    except OSError:
        return False
