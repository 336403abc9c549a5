"""Unwind information for a pool of return thunks: lets C++ exceptions and backtraces pass through them.

A frame "inside" a thunk has no stack of its own. Unwinders tell frames apart by their CFA, so it gets one that no
other frame can have (rsp - 4), and rsp itself is given by a value expression. The real return address is found
through the thunk's own address, which still stands where the probed function's return address was (rsp - 8).

Formats: DWARF 5, sections 2.5 and 6.4; the Linux Standard Base's .eh_frame and .eh_frame_hdr; dl_iterate_phdr(3).
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from utrace.backend.attach.return_thunks import RETURN_SITE, SLOT_BYTES, ThunkPool

_RSP, _RETURN_COLUMN = 7, 16
_DEF_CFA_EXPRESSION, _EXPRESSION, _VAL_EXPRESSION = 0x0F, 0x10, 0x16
_OP_BREG7, _OP_DEREF, _OP_CONST8S, _OP_PLUS = 0x77, 0x06, 0x0F, 0x22
_MINUS_4, _MINUS_8, _DATA_ALIGN_MINUS_8 = 0x7C, 0x78, 0x78  # SLEB128
_PT_LOAD, _PT_GNU_EH_FRAME, _READ_EXECUTE, _READ = 1, 0x6474E550, 5, 4
_PHDR_INFO_BYTES, _PHDR_BYTES, _HEADER_BYTES, _PAGE_BYTES = 64, 56, 24, 4096
_ABSOLUTE, _UDATA4, _DATAREL_SDATA4 = 0x00, 0x03, 0x3B


OBJECT_BYTES = 224
"""Size of a struct thunk_object."""
MAX_OBJECTS = 32
"""How many a list has room for: each attach to a process may add one for each group of nearby files."""


@dataclass(frozen=True, slots=True)
class ThunkObject:
    """The code range of one pool's thunks, and the address of its .eh_frame_hdr."""

    start: int
    end: int
    header: int


@dataclass(frozen=True, slots=True)
class UnwindInfo:
    """What has to be written for one pool, and what it is then known by."""

    content: bytes
    object: ThunkObject


def unwind_info(pool: ThunkPool, address: int) -> UnwindInfo:
    """.eh_frame and, behind it, .eh_frame_hdr."""
    cie = _record(0, _cie(pool))
    fde_address = address + len(cie)
    fde = _record(len(cie) + 4, struct.pack("<QQB", pool.slots, pool.count * SLOT_BYTES, 0))
    frame = cie + fde + bytes(4)
    header = address + len(frame)
    table = (pool.slots - header, fde_address - header)
    content = frame + struct.pack("<BBBBQIii", 1, _ABSOLUTE, _UDATA4, _DATAREL_SDATA4, address, 1, *table)
    return UnwindInfo(content, ThunkObject(pool.slots, pool.slots + pool.count * SLOT_BYTES, header))


def object_list(objects: Sequence[ThunkObject], address: int) -> bytes:
    """The list of struct thunk_object for utrace/runtime/find_object.c, to be written at `address`; it may grow."""
    return object_entries(objects, address).ljust((MAX_OBJECTS + 1) * OBJECT_BYTES, b"\0")


def object_entries(objects: Sequence[ThunkObject], address: int) -> bytes:
    """Entries of such a list, to be written at `address` within it."""
    return b"".join(_entry(thunks, address + index * OBJECT_BYTES) for index, thunks in enumerate(objects))


def _entry(thunks: ThunkObject, address: int) -> bytes:
    start, size = thunks.start, thunks.end - thunks.start
    headers = address + 3 * 8 + _PHDR_INFO_BYTES
    name = headers + 2 * _PHDR_BYTES
    phdr_info = struct.pack("<QQQHxxxxxxQQQQ", start, name, headers, 2, 0, 0, 0, 0)
    code = struct.pack("<IIQQQQQQ", _PT_LOAD, _READ_EXECUTE, 0, 0, 0, size, size, _PAGE_BYTES)
    place = (thunks.header - start) & ((1 << 64) - 1)
    frame = struct.pack(
        "<IIQQQQQQ", _PT_GNU_EH_FRAME, _READ, 0, place, place, _HEADER_BYTES, _HEADER_BYTES, 4
    )
    words = struct.pack("<QQQ", start, start + size, thunks.header)
    return (words + phdr_info + code + frame + b"utrace return thunks").ljust(OBJECT_BYTES, b"\0")


def _record(pointer: int, content: bytes) -> bytes:
    """A length, the CIE pointer (0 in a CIE itself), and the content filled up with DW_CFA_nop."""
    content = struct.pack("<I", pointer) + content
    content += bytes(-(len(content) + 4) % 8)
    return struct.pack("<I", len(content)) + content


def _cie(pool: ThunkPool) -> bytes:
    to_entry = pool.first_entry - pool.slots - RETURN_SITE
    cfa = bytes([_OP_BREG7, _MINUS_4])
    stack_pointer = bytes([_OP_BREG7, 0])
    return_address = (
        bytes([_OP_BREG7, _MINUS_8, _OP_DEREF, _OP_CONST8S]) + struct.pack("<q", to_entry) + bytes([_OP_PLUS])
    )
    return (
        bytes([1])
        + b"zR\0"
        + bytes([1, _DATA_ALIGN_MINUS_8, _RETURN_COLUMN, 1, _ABSOLUTE])
        + bytes([_DEF_CFA_EXPRESSION, len(cfa)])
        + cfa
        + bytes([_VAL_EXPRESSION, _RSP, len(stack_pointer)])
        + stack_pointer
        + bytes([_EXPRESSION, _RETURN_COLUMN, len(return_address)])
        + return_address
    )
