"""Writing a plan into a process: the only place where a target is changed for attaching."""

from __future__ import annotations

import errno
import struct
from collections.abc import Sequence

from utrace.backend.attach.plan import RegionPlan
from utrace.backend.attach.records import PatchRecord, RegionRecord
from utrace.backend.attach.unwind import MAX_OBJECTS, OBJECT_BYTES, ThunkObject, object_entries
from utrace.backend.inject.base import Inferior, Thread, remote_descriptor
from utrace.backend.layout import PRIVATE_ENABLED, PRIVATE_TID_OFFSET, PRIVATE_WIPED_BYTES
from utrace.errors import AttachError

_SYS_MMAP, _SYS_MPROTECT, _SYS_MADVISE = 9, 10, 28
_READ, _WRITE, _EXEC = 1, 2, 4
_SHARED, _PRIVATE, _FIXED, _ANONYMOUS, _NORESERVE, _FIXED_NOREPLACE = 1, 2, 0x10, 0x20, 0x4000, 0x100000
_MADV_WIPEONFORK = 18
_NO_FILE = -1


def map_region(inferior: Inferior, plan: RegionPlan, descriptor: int, tid_offset: int) -> None:
    """Maps a region and fills it; `tid_offset` is that of `thread_id_offset`.

    Raises AttachError when something else has been mapped there since the plan was made.
    """
    region = plan.region
    _reserve(inferior, region)
    with remote_descriptor(inferior, descriptor, scratch=region.private) as shared:
        inferior.system_call(
            _SYS_MMAP, region.shared, region.end - region.shared, _READ | _WRITE, _SHARED | _FIXED, shared, 0
        )
    for address, content in plan.writes:
        inferior.write(address, content)
    code = region.thunk_slots
    inferior.system_call(_SYS_MPROTECT, code, region.private - code, _READ | _EXEC)
    inferior.write(region.private + PRIVATE_ENABLED, struct.pack("<I", 1))
    inferior.write(region.private + PRIVATE_TID_OFFSET, struct.pack("<Q", tid_offset))
    inferior.system_call(_SYS_MADVISE, region.private, PRIVATE_WIPED_BYTES, _MADV_WIPEONFORK)


def _reserve(inferior: Inferior, region: RegionRecord) -> None:
    flags = _PRIVATE | _ANONYMOUS | _NORESERVE | _FIXED_NOREPLACE
    try:
        inferior.system_call(_SYS_MMAP, region.base, region.size, _READ | _WRITE, flags, _NO_FILE, 0)
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
    """Threads that stand behind a patch's first instruction, or whose system call would be restarted there."""
    interior = {there: here for patch in patches for there, here in patch.moves if there != patch.address}
    ends = {patch.address + len(patch.original) for patch in patches}
    for thread in threads:
        place = thread.registers.rip
        if place not in interior:
            continue
        if place in ends and not (thread.registers.in_system_call and place - 2 in _insides(patches)):
            continue
        inferior.move(thread.tid, interior[place])


def _insides(patches: Sequence[PatchRecord]) -> set[int]:
    return {there for patch in patches for there, _ in patch.moves}
