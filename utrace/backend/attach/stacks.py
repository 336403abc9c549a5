"""Getting threads out of the probes' code, and return thunks off their stacks.

A thread stands in a copied instruction: it goes on in the original. It stands anywhere else in our code: it has to be
let run. A return address on a stack that leads to a thunk is replaced by the one that the thunk stands for. A signal
frame whose interrupted instruction lies in our code: the handler has to come back first.

The layout of a signal frame is `struct rt_sigframe` of Linux's arch/x86/include/asm/sigframe.h.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence

from utrace.backend.attach.records import PatchRecord, RegionRecord
from utrace.backend.attach.return_thunks import HEADER_BYTES, RETURN_SITE, SLOT_BYTES
from utrace.backend.inject.base import Inferior, Thread
from utrace.target.process import Mapping, parse_maps

_RED_ZONE_BYTES = 128
_CHUNK_BYTES = 1 << 22
_FRAME_IP, _FRAME_FLAGS, _FRAME_CS = 176, 184, 192
_USER_CS = 0x33
_SIGRETURN = b"\x48\xc7\xc0\x0f\x00\x00\x00\x0f\x05"  # mov rax, 15; syscall


class StackRepair:
    """Looks through one stopped process."""

    def __init__(
        self, inferior: Inferior, regions: Sequence[RegionRecord], patches: Sequence[PatchRecord]
    ) -> None:
        self._inferior = inferior
        self._regions = regions
        self._back = {here: there for patch in patches for there, here in patch.moves}
        with open(f"/proc/{inferior.pid}/maps") as file:
            self._mappings = parse_maps(file.read())

    def leave(self, thread: Thread) -> bool:
        """Moves the thread out of our code and repairs its stack. False: it has to run on for a moment."""
        stack_is_clear = self._repair_stack(thread.registers.rsp)
        place = thread.registers.rip
        if self._region_of(place) is None:
            return stack_is_clear
        if place not in self._back:
            return False
        self._inferior.move(thread.tid, self._back[place])
        return stack_is_clear

    def other_memory(self, stack_pointers: Sequence[int]) -> bool:
        """Repairs stacks that no thread stands on now: coroutines, alternate signal stacks.

        Only thunks can be referred to from there, so without thunks there is nothing to do.
        """
        if all(region.thunk_slots == region.base for region in self._regions):
            return True
        ours = [(region.base, region.end) for region in self._regions]
        clear = True
        for mapping in self._mappings:
            if "w" not in mapping.perms or "s" in mapping.perms or "r" not in mapping.perms:
                continue
            if any(pointer in mapping for pointer in stack_pointers):
                continue
            if not any(start <= mapping.start < end for start, end in ours):
                clear &= self._repair_range(mapping.start, mapping.end)
        return clear

    def _repair_stack(self, stack_pointer: int) -> bool:
        mapping = next((mapping for mapping in self._mappings if stack_pointer in mapping), None)
        return mapping is None or self._repair_range(
            max(mapping.start, (stack_pointer - _RED_ZONE_BYTES) & -8), mapping.end
        )

    def _repair_range(self, start: int, end: int) -> bool:
        clear = True
        for address, value in self._references(start, end):
            region = self._region_of(value)
            if region is None:
                continue
            if region.thunk_slots <= value < region.stubs:
                self._replace_thunk(region, address, value)
            elif self._is_signal_frame(address):
                clear &= self._move_interrupted(address, value)
        return clear

    def _move_interrupted(self, address: int, value: int) -> bool:
        """A copied instruction was interrupted: its original is the place to come back to."""
        if value not in self._back:
            return False
        self._inferior.write(address, struct.pack("<Q", self._back[value]))
        return True

    def _replace_thunk(self, region: RegionRecord, address: int, value: int) -> None:
        index, offset = divmod(value - region.thunk_slots, SLOT_BYTES)
        if offset == RETURN_SITE:
            entry = region.base + HEADER_BYTES + index * SLOT_BYTES
            self._inferior.write(address, self._inferior.read(entry, 8))

    def _is_signal_frame(self, address: int) -> bool:
        """Whether the word at `address` is the interrupted instruction of a signal frame, not a stale value."""
        start = address - _FRAME_IP
        try:
            frame = self._inferior.read(start, _FRAME_CS + 8)
            restorer = struct.unpack_from("<Q", frame)[0]
            code = self._inferior.read(restorer, len(_SIGRETURN))
        except OSError:
            return False
        return struct.unpack_from("<H", frame, _FRAME_CS)[0] == _USER_CS and code == _SIGRETURN

    def _references(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """All aligned words in memory that may be addresses of our code, as (address, value)."""
        tails = {
            part.to_bytes(5, "little")
            for region in self._regions
            for part in range(region.thunk_slots >> 24, ((region.private - 1) >> 24) + 1)
        }
        for chunk in range(start, end, _CHUNK_BYTES):
            try:
                content = self._inferior.read(chunk, min(_CHUNK_BYTES, end - chunk))
            except OSError:
                continue
            for tail in tails:
                yield from _words_with_tail(content, tail, chunk)

    def _region_of(self, address: int) -> RegionRecord | None:
        return next((r for r in self._regions if r.thunk_slots <= address < r.private), None)


def _words_with_tail(content: bytes, tail: bytes, base: int) -> Iterator[tuple[int, int]]:
    """Words at multiples of 8 whose five upper bytes are `tail`."""
    position = content.find(tail)
    while position >= 0:
        if position % 8 == 3:
            yield base + position - 3, int.from_bytes(content[position - 3 : position + 5], "little")
        position = content.find(tail, position + 1)

