"""Writing a plan into a process: the only place where a target is changed for attaching."""

from __future__ import annotations

import errno
import struct
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

from utrace.backend.attach.plan import RegionPlan
from utrace.backend.attach.records import PatchRecord, RegionRecord
from utrace.backend.attach.return_thunks import HEADER_BYTES
from utrace.backend.attach.signal_frames import interrupted_places
from utrace.backend.attach.thread_identity import ThreadIdentity
from utrace.backend.attach.unwind import MAX_OBJECTS, OBJECT_BYTES, ThunkObject, object_entries
from utrace.backend.inject.base import Inferior, Thread, remote_descriptor
from utrace.backend.layout import (
    PAGE_BYTES,
    PRIVATE_ENABLED,
    PRIVATE_NO_SYSTEM_CALLS,
    PRIVATE_PROCESS_ID,
    PRIVATE_THUNK_RANGES,
    PRIVATE_TID_CANDIDATE,
    PRIVATE_TID_OFFSET,
    PRIVATE_WIPED_BYTES,
    THUNK_RANGES,
)
from utrace.errors import AttachError, TargetError
from utrace.target.process import parse_maps

_SYS_MMAP, _SYS_MPROTECT, _SYS_MUNMAP, _SYS_MADVISE, _SYS_MUNLOCK = 9, 10, 11, 28, 150
_NONE, _READ, _WRITE, _EXEC = 0, 1, 2, 4
_SHARED, _PRIVATE, _FIXED, _ANONYMOUS, _NORESERVE, _FIXED_NOREPLACE = 1, 2, 0x10, 0x20, 0x4000, 0x100000
_MADV_DONTDUMP, _MADV_WIPEONFORK = 16, 18
_NO_FILE = -1


def map_regions(
    inferior: Inferior, plans: Sequence[RegionPlan], descriptor: int, identity: ThreadIdentity
) -> None:
    """Maps regions and fills them; all of them or, with an error, none.

    Raises OSError, and AttachError when something else has been mapped there since the plans were made.
    """
    with ExitStack() as mapped:
        for plan in plans:
            _reserve(inferior, plan.region)
            mapped.callback(_give_back, inferior, plan.region)
            _fill(inferior, plan, descriptor, identity)
        mapped.pop_all()


def _give_back(inferior: Inferior, region: RegionRecord) -> None:
    with suppress(OSError, TargetError):
        inferior.system_call(_SYS_MUNMAP, region.base, region.size)


def _fill(inferior: Inferior, plan: RegionPlan, descriptor: int, identity: ThreadIdentity) -> None:
    region = plan.region
    _make_usable(inferior, region.base, region.shared - region.base)
    shared_bytes = region.end - region.shared
    with remote_descriptor(inferior, descriptor, scratch=region.private) as shared:
        inferior.system_call(_SYS_MMAP, region.shared, shared_bytes, _NONE, _SHARED | _FIXED, shared, 0)
    _make_usable(inferior, region.shared, shared_bytes)
    inferior.system_call(_SYS_MADVISE, region.shared, shared_bytes, _MADV_DONTDUMP)
    for address, content in plan.writes:
        inferior.write(address, content)
    code = region.thunk_slots
    inferior.system_call(_SYS_MPROTECT, code, region.private - code, _READ | _EXEC)
    _write_private(inferior, region.private, identity)
    inferior.system_call(_SYS_MADVISE, region.private, PRIVATE_WIPED_BYTES, _MADV_WIPEONFORK)


def _write_private(inferior: Inferior, private: int, identity: ThreadIdentity) -> None:
    words = {
        PRIVATE_PROCESS_ID: struct.pack("<I", identity.process_id),
        PRIVATE_TID_OFFSET: struct.pack("<Q", identity.tid_offset),
        PRIVATE_TID_CANDIDATE: struct.pack("<Q", identity.tid_candidate),
        PRIVATE_NO_SYSTEM_CALLS: struct.pack("<I", identity.no_system_calls),
        PRIVATE_ENABLED: struct.pack("<I", 1),
    }
    inferior.write(private, bytes(PAGE_BYTES))  # it has served as scratch memory
    for offset, content in words.items():
        inferior.write(private + offset, content)


def _make_usable(inferior: Inferior, address: int, size: int) -> None:
    """Opens memory that was mapped closed. A process that locks all its memory would otherwise fill every page."""
    inferior.system_call(_SYS_MUNLOCK, address, size)
    inferior.system_call(_SYS_MPROTECT, address, size, _READ | _WRITE)


def _reserve(inferior: Inferior, region: RegionRecord) -> None:
    flags = _PRIVATE | _ANONYMOUS | _NORESERVE | _FIXED_NOREPLACE
    try:
        inferior.system_call(_SYS_MMAP, region.base, region.size, _NONE, flags, _NO_FILE, 0)
    except OSError as error:
        if error.errno == errno.EEXIST:
            raise AttachError(f"the memory at {region.base:#x} has been taken in the meantime") from error
        raise AttachError(
            f"process {inferior.pid} can't map {region.size >> 20} MiB: {error.strerror}",
            hints=("its limit of address space (RLIMIT_AS) may be too low",),
        ) from error


def announce_thunks(inferior: Inferior, lists: Sequence[int], thunks: Sequence[ThunkObject]) -> None:
    """Adds thunks to the list (the one address of `lists` that isn't 0) of hooks that are in place already."""
    address = next((address for address in lists if address), 0)
    if not address or not thunks:
        return
    for _ in range(MAX_OBJECTS - len(thunks)):
        if not any(inferior.read(address, 8)):
            inferior.write(address, object_entries(thunks, address))
            return
        address += OBJECT_BYTES
    raise AttachError(f"process {inferior.pid} has too many groups of return probes")


def share_thunks(inferior: Inferior, regions: Sequence[RegionRecord]) -> None:
    """Tells all regions of a process of the thunks of each, so that stacks show true return addresses.

    The regions come in the order in which they were made: what was written for earlier ones does not change.
    """
    pools = [region for region in regions if region.thunk_slots != region.base]
    ranges = [(pool.thunk_slots, pool.base + HEADER_BYTES, pool.stubs) for pool in pools[:THUNK_RANGES]]
    content = b"".join(struct.pack("<QQQ", *words) for words in ranges)
    for region in regions if ranges else ():
        inferior.write(region.private + PRIVATE_THUNK_RANGES, content)


def write_patches(inferior: Inferior, patches: Sequence[PatchRecord]) -> None:
    """Puts the jumps in, all threads frozen. A thread inside a replaced instruction goes on in its copy.

    Raises AttachError, before anything is changed, when the code is no longer what the plan was made from.
    """
    with inferior.frozen() as threads:
        for patch in patches:
            if inferior.read(patch.address, len(patch.original)) != patch.original:
                raise AttachError(f"the code at {patch.address:#x} has changed in the meantime")
        for patch in patches:
            inferior.write(patch.address, patch.patched)
        _move_threads(inferior, threads, patches)


def _move_threads(inferior: Inferior, threads: Sequence[Thread], patches: Sequence[PatchRecord]) -> None:
    """Threads that stand behind a patch's first instruction, or whose system call would be restarted there.

    So do those that a signal handler will return to.
    """
    interior = {there: here for patch in patches for there, here in patch.moves if there != patch.address}
    ends = {patch.address + len(patch.original) for patch in patches}
    for thread in threads:
        here = thread.registers.rip
        if here not in interior:
            continue
        if here in ends and not (thread.registers.in_system_call and here - 2 in _insides(patches)):
            continue
        inferior.move(thread.tid, interior[here])
    mappings = parse_maps(Path(f"/proc/{inferior.pid}/maps").read_text())
    for place in interrupted_places(inferior, mappings, threads):
        if place.instruction in interior and place.instruction not in ends:
            inferior.write(place.word, struct.pack("<Q", interior[place.instruction]))


def _insides(patches: Sequence[PatchRecord]) -> set[int]:
    return {there for patch in patches for there, _ in patch.moves}
