"""Return probes without state: one thunk for each pair of probed function and return address.

The stub at a function's entry goes on in the thunk, which drops the return address, calls the function's body and,
when that returns, pushes the return address back and goes to the exit stub. Every `call` has its `ret`, so the
processor's return predictor and a shadow stack stay balanced; recursion, longjmp and exceptions need no bookkeeping,
because a thunk knows its one return address as a constant.

A pool is an array of equal 32-byte slots of code and, at a fixed distance, an array of 32-byte entries that the
runtime fills on first use (utrace/runtime/return_thunk.c has the same layout):

    entry:  u64 return address, u64 body, u64 exit stub, u64 state (0 free, 1 being filled, 2 filled)
    header: u64 address of the first slot, u64 mask (entries - 1), u64 calls that found no free entry
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from utrace.backend.attach.assembler import Assembler

SLOT_BYTES = 32
HEADER_BYTES = 4096
RETURN_SITE = 11
"""Offset in a slot of the instruction to which a probed function returns."""
_MIN_SLOTS, _MAX_SLOTS, _SLOTS_PER_FUNCTION = 1024, 1 << 17, 32


@dataclass(frozen=True, slots=True)
class ThunkPool:
    """Where a pool lies in a process: header and entries at `data`, code at `slots`; `finder` is rt_return_thunk."""

    data: int
    slots: int
    count: int
    finder: int

    @property
    def first_entry(self) -> int:
        """Address of the first data entry."""
        return self.data + HEADER_BYTES

    def header(self) -> bytes:
        """Initial content of the header."""
        return struct.pack("<QQQ", self.slots, self.count - 1, 0)

    def code(self) -> bytes:
        """All slots. They are the same bytes, since the distance to the entry is the same for each."""
        slot = Assembler(self.slots)
        entry = self.first_entry
        slot.move_stack(8)
        slot.call_at(entry + 8)
        assert slot.here - self.slots == RETURN_SITE
        slot.push_at(entry)
        slot.jump_at(entry + 16)
        slot.align(SLOT_BYTES)
        return slot.code * self.count


def slots_for(functions: int) -> int:
    """A pool size for so many probed functions, a power of two."""
    if not functions:
        return 0
    wanted = min(max(_MIN_SLOTS, functions * _SLOTS_PER_FUNCTION), _MAX_SLOTS)
    return 1 << (wanted - 1).bit_length()


def data_bytes(slots: int) -> int:
    """Size of header and entries."""
    return HEADER_BYTES + slots * SLOT_BYTES if slots else 0
