"""Undoing an attach record: the code as it was, no mapping left, every thread going on where it was.

Works on the record alone, so the guardian can do it for a tracer that died, and on children forked from the recorded
process, which carry the same changes.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from utrace.backend.attach.records import AttachRecord, RegionRecord
from utrace.backend.attach.stacks import StackRepair
from utrace.backend.inject.base import Inferior, Injector
from utrace.errors import UtraceError
from utrace.target.process import Mapping, parse_maps

WAIT_S = 3.0
_PAUSE_S = 0.001
_SYS_CLOSE, _SYS_MUNMAP = 3, 11


@dataclass(frozen=True, slots=True)
class Leftover:
    """A process that could not be cleaned, and why."""

    pid: int
    reason: str


def detach_all(records: Sequence[AttachRecord], injector: Injector) -> list[Leftover]:
    """Detaches from every process that carries a mark of the records, forked children included."""
    leftovers: dict[int, Leftover] = {}
    while marked := [pid for pid in marked_processes(records) if pid not in leftovers]:
        for pid in marked:
            reason = _detach(pid, records, injector)
            if reason:
                leftovers[pid] = Leftover(pid, reason)
    return list(leftovers.values())


def marked_processes(records: Sequence[AttachRecord]) -> Iterator[int]:
    """Every process that carries a mark of the records, those of the records first."""
    marks = {record.mark for record in records}
    known = {record.pid for record in records}
    others = (int(name) for name in os.listdir("/proc") if name.isdigit())
    own = os.getpid()
    for pid in sorted(known | set(others), key=lambda pid: pid not in known):
        if pid == own:
            continue
        maps = _maps_text(pid)
        if any(mark in maps for mark in marks) and _changes(parse_maps(maps), records)[0]:
            yield pid


def _maps_text(pid: int) -> str:
    try:
        with open(f"/proc/{pid}/maps") as file:
            return file.read()
    except OSError:
        return ""


def _detach(pid: int, records: Sequence[AttachRecord], injector: Injector) -> str:
    """Detaches from one process; the reason why something had to stay, or an empty string."""
    deadline = time.monotonic() + WAIT_S
    reason = ""
    while True:
        regions, applied = _changes(parse_maps(_maps_text(pid)), records)
        if not regions:
            return ""
        try:
            with injector.open(pid) as inferior:
                if _undo(inferior, regions, applied):
                    return ""
                reason = "a thread is still inside the probes' code"
        except (UtraceError, OSError) as error:
            reason = str(error)
        if time.monotonic() > deadline:
            return reason
        time.sleep(_PAUSE_S)


def _changes(
    mappings: Sequence[Mapping], records: Iterable[AttachRecord]
) -> tuple[list[RegionRecord], list[AttachRecord]]:
    """The regions that the process has, and the records that they belong to."""
    regions: list[RegionRecord] = []
    applied: list[AttachRecord] = []
    for record in records:
        starts = {mapping.start for mapping in mappings if record.mark in mapping.path}
        mine = [region for region in record.regions if region.shared in starts]
        regions += mine
        applied += [record] if mine else []
    return regions, applied


def _undo(inferior: Inferior, regions: Sequence[RegionRecord], records: Sequence[AttachRecord]) -> bool:
    """One attempt, the process stopped: puts the code back, and unmaps the regions unless a thread is in them."""
    with inferior.frozen() as threads:
        _restore(inferior, records, hooks=False)
        if not StackRepair(inferior, records, regions).leave(threads):
            return False
        _restore(inferior, records, hooks=True)
        for region in regions:
            inferior.system_call(_SYS_MUNMAP, region.base, region.size)
        for descriptor in _marked_descriptors(inferior.pid, records):
            inferior.system_call(_SYS_CLOSE, descriptor)
    return True


def _marked_descriptors(pid: int, records: Iterable[AttachRecord]) -> Iterator[int]:
    """Descriptors of our memory: a tracer that died while attaching has not closed them."""
    marks = {record.mark for record in records}
    directory = f"/proc/{pid}/fd"
    for name in os.listdir(directory):
        try:
            if any(mark in os.readlink(f"{directory}/{name}") for mark in marks):
                yield int(name)
        except FileNotFoundError:
            continue


def _restore(inferior: Inferior, records: Sequence[AttachRecord], hooks: bool) -> None:
    """Puts back what still is as we wrote it; a library that was unloaded meanwhile has taken its patches along."""
    for patch in (patch for record in records for patch in record.patches):
        if patch.is_hook is not hooks:
            continue
        try:
            if inferior.read(patch.address, len(patch.patched)) == patch.patched:
                inferior.write(patch.address, patch.original)
        except OSError:
            continue
