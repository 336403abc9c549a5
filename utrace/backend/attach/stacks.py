"""Getting threads out of the probes' code, and return thunks off their stacks.

First everything is looked at, and only when no thread needs to run on for a moment is anything changed:

- A thread stands in a copied instruction: it goes on in the original. Anywhere else in our code: it has to run on.
- A signal frame whose interrupted instruction lies in our code is treated alike.
- A word on a stack is the return address to a thunk: it's replaced by the one that the thunk stands for.
- An unwinder is at work above such a word: it has read our unwind information and must come to an end first. Between
  its two phases (in a destructor) only the exception object remembers the frame to stop at, by its CFA, which for the
  caller of a thunk differs from the real one by 4 (utrace/backend/attach/unwind.py); that memory is corrected.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from utrace.backend.attach.records import AttachRecord, RegionRecord
from utrace.backend.attach.resident import resident_ranges
from utrace.backend.attach.return_thunks import HEADER_BYTES, RETURN_SITE, SLOT_BYTES
from utrace.backend.attach.signal_frames import interrupted_places
from utrace.backend.inject.base import Inferior, Thread
from utrace.backend.inject.way_back import RED_ZONE_BYTES
from utrace.target.process import Mapping, parse_maps

_CHUNK_BYTES = 1 << 22
_TAIL_BYTES = 6
_UNWINDERS = ("libgcc_s", "libunwind")
_THUNK_CFA, _REAL_CFA = 4, 8
"""What the CFA of a thunk's caller is, counted from the stack word, with the thunk and without it."""


@dataclass(slots=True)
class _Repairs:
    """What has to be changed: where threads go on, words at addresses, CFAs in exception objects."""

    moves: dict[int, int] = field(default_factory=dict)
    words: dict[int, int] = field(default_factory=dict)
    cfas: dict[int, int] = field(default_factory=dict)


class StackRepair:
    """Looks through one stopped process for references to our code, and removes them."""

    def __init__(
        self, inferior: Inferior, records: Sequence[AttachRecord], regions: Sequence[RegionRecord]
    ) -> None:
        self._inferior = inferior
        self._regions = regions
        self._back = {
            here: there for record in records for patch in record.patches for there, here in patch.moves
        }
        with open(f"/proc/{inferior.pid}/maps") as file:
            self._mappings = parse_maps(file.read())
        self._unwinder = [span for record in records for span in record.unwinder_code]
        self._unwinder += [(m.start, m.end) for m in self._mappings if m.is_executable and _is_unwinder(m)]
        spans = [(region.thunk_slots, region.stubs) for region in regions]
        spans += [(region.callback_start, region.callback_end) for region in regions]
        self._tails = _tails(span for span in spans if span[0] < span[1])

    def leave(self, threads: Sequence[Thread]) -> bool:
        """Removes every reference. False, with nothing changed, when a thread has to run on first."""
        repairs = _Repairs()
        # Not `all(...)` of a generator: cheap checks of all threads come first, whole memory is looked at last.
        if not all([self._look_at_thread(thread, repairs) for thread in threads]):
            return False
        if not self._look_at_handlers(threads, repairs):
            return False
        self._look_at_other_memory(repairs)
        for tid, address in repairs.moves.items():
            self._inferior.move(tid, address)
        for address, word in repairs.words.items():
            self._inferior.write(address, struct.pack("<Q", word))
        return True

    def _look_at_thread(self, thread: Thread, repairs: _Repairs) -> bool:
        place, stack_pointer = thread.registers.rip, thread.registers.rsp
        if self._region_of(place) is not None:
            if place not in self._back:
                return False
            repairs.moves[thread.tid] = self._back[place]
        mapping = next((mapping for mapping in self._mappings if stack_pointer in mapping), None)
        if mapping is None:
            return True
        start = max(mapping.start, (stack_pointer - RED_ZONE_BYTES) & -8)
        highest_thunk = self._look_at_range(start, mapping.end, repairs)
        return highest_thunk is not None and not (
            highest_thunk and (self._unwinds(place) or self._has_unwinder_word(stack_pointer, highest_thunk))
        )

    def _look_at_handlers(self, threads: Sequence[Thread], repairs: _Repairs) -> bool:
        for place in interrupted_places(self._inferior, self._mappings, threads):
            if self._region_of(place.instruction) is None:
                continue
            if place.instruction not in self._back:
                return False
            repairs.words[place.word] = self._back[place.instruction]
        return True

    def _look_at_range(self, start: int, end: int, repairs: _Repairs) -> int | None:
        """The highest address of a thunk's return address, 0 if there is none, None when a thread must run on."""
        highest = 0
        for address, value in self._words(start, end, self._tails):
            region = self._region_of(value)
            if region is None:
                continue
            if region.callback_start <= value < region.callback_end:
                return None
            if region.thunk_slots <= value < region.stubs:
                highest = max(highest, self._note_thunk(region, address, value, repairs))
        return highest

    def _note_thunk(self, region: RegionRecord, address: int, value: int, repairs: _Repairs) -> int:
        if (value - region.thunk_slots) % SLOT_BYTES != RETURN_SITE:
            return 0
        repairs.words[address] = self._behind_thunks(value)
        repairs.cfas[address + _THUNK_CFA] = address + _REAL_CFA
        return address

    def _behind_thunks(self, address: int) -> int:
        """Where a thunk for this return address leads in the end: after a tail call it's another thunk's."""
        region = self._region_of(address)
        while region is not None and address < region.stubs:
            index = (address - region.thunk_slots) // SLOT_BYTES
            entry = region.base + HEADER_BYTES + index * SLOT_BYTES
            address = int.from_bytes(self._inferior.read(entry, 8), "little")
            region = self._region_of(address)
        return address

    def _look_at_other_memory(self, repairs: _Repairs) -> None:
        """Stacks that no thread stands on now (coroutines, alternate signal stacks), and exception objects.

        They may share a mapping with the stack of a thread. Only thunks can be referred to from there, so without
        thunks there is nothing to do.
        """
        if all(region.thunk_slots == region.base for region in self._regions):
            return
        writable = [
            mapping
            for mapping in self._mappings
            if mapping.perms.startswith("rw-p") and not self._is_ours(mapping)
        ]
        for mapping in writable:
            self._look_at_range(mapping.start, mapping.end, repairs)
        if repairs.cfas and self._unwinder:
            tails = _tails((cfa, cfa + 1) for cfa in repairs.cfas)
            for mapping in writable:
                for address, value in self._words(mapping.start, mapping.end, tails):
                    if value in repairs.cfas:
                        repairs.words.setdefault(address, repairs.cfas[value])

    def _has_unwinder_word(self, start: int, end: int) -> bool:
        tails = _tails(self._unwinder)
        return any(self._unwinds(value) for _, value in self._words(start, end, tails))

    def _unwinds(self, place: int) -> bool:
        return any(start <= place < end for start, end in self._unwinder)

    def _words(self, start: int, end: int, tails: set[bytes]) -> Iterator[tuple[int, int]]:
        """All aligned words in memory with one of the upper halves, as (address, value)."""
        for first, last in resident_ranges(self._inferior.pid, start, end):
            for chunk in range(first, last, _CHUNK_BYTES):
                try:
                    content = self._inferior.read(chunk, min(_CHUNK_BYTES, last - chunk))
                except OSError:
                    continue
                for tail in tails:
                    yield from _words_with_tail(content, tail, chunk)

    def _is_ours(self, mapping: Mapping) -> bool:
        return any(region.base <= mapping.start < region.end for region in self._regions)

    def _region_of(self, address: int) -> RegionRecord | None:
        return next((r for r in self._regions if r.thunk_slots <= address < r.private), None)


def _is_unwinder(mapping: Mapping) -> bool:
    return mapping.path.rpartition("/")[2].startswith(_UNWINDERS)


def _tails(spans: Iterable[tuple[int, int]]) -> set[bytes]:
    """The six upper bytes, in memory order, that addresses in the spans can have.

    Not fewer: in a program at low addresses every small number would look like an address.
    """
    return {
        part.to_bytes(_TAIL_BYTES, "little")
        for start, end in spans
        for part in range(start >> 16, ((end - 1) >> 16) + 1)
    }


def _words_with_tail(content: bytes, tail: bytes, base: int) -> Iterator[tuple[int, int]]:
    """Words at multiples of 8 that end in `tail`."""
    position = content.find(tail)
    while position >= 0:
        if position % 8 == 2:
            yield base + position - 2, int.from_bytes(content[position - 2 : position + 6], "little")
        position = content.find(tail, position + 1)
