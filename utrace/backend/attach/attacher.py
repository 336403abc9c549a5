"""Attaching one image to processes: plan while they run, stop them shortly, write, let them go."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from utrace.backend.attach.apply import keeps_own_address, map_region, thread_id_offset, write_patches
from utrace.backend.attach.base import Site
from utrace.backend.attach.plan import LoadedSite, Skipped, plan_regions
from utrace.backend.attach.records import AttachRecord
from utrace.backend.attach.unwinders import unwinder_code, unwinder_sites
from utrace.backend.code_image import CodeImage
from utrace.backend.inject.base import Inferior, Injector
from utrace.errors import AttachError, TargetError
from utrace.target.elf import ElfFile
from utrace.target.process import Mapping, Process
from utrace.target.scan import mappings_of


class ThreadPointerUnknown(AttachError):
    """fs:0 does not hold the thread pointer in this process: the image must be built the careful way."""


@dataclass(frozen=True, slots=True)
class SharedBlock:
    """The session's shared memory: its descriptor, size, and the name it has in /proc/PID/maps."""

    descriptor: int
    size: int
    mark: str


@dataclass(frozen=True, slots=True)
class Attached:
    """What became of an attach."""

    record: AttachRecord
    skipped: tuple[Skipped, ...]
    sites: tuple[Site, ...]


class Attacher:
    """Attaches one image. `journal` is told of every record before anything is changed by it."""

    def __init__(
        self,
        image: CodeImage,
        shared: SharedBlock,
        injector: Injector,
        journal: Callable[[AttachRecord], None],
        private_content: Callable[[int], bytes],
        assumes_own_address: bool,
    ) -> None:
        """`private_content(tid_offset)` is what the runtime's private memory begins with."""
        self._image = image
        self._shared = shared
        self._injector = injector
        self._journal = journal
        self._private_content = private_content
        self._assumes_own_address = assumes_own_address

    def attach(self, process: Process, sites: Sequence[Site], stopped: Inferior | None = None) -> Attached:
        """Puts all sites whose file the process has mapped into it; the other sites are left out.

        `stopped` is the process if it is held already; it stays held. Raises TargetError, AttachError; the process is
        then as it was.
        """
        mappings = process.maps()
        loaded = [here for site in sites for here in _load(process, site)]
        has_returns = any(here.site.returns for here in loaded)
        hooks = unwinder_sites(process, mappings) if has_returns else []
        plans, skipped = plan_regions(process, mappings, [*loaded, *hooks], self._image, self._shared.size)
        record = AttachRecord(
            pid=process.pid,
            start_time=process.id.start_time,
            mark=self._shared.mark,
            regions=tuple(plan.region for plan in plans),
            patches=tuple(patch for plan in plans for patch in plan.patches),
            unwinder_code=unwinder_code(process, mappings) if has_returns else (),
        )
        refused = {lost.site for lost in skipped}
        done = tuple(here.site for here in loaded if here.site not in refused)
        result = Attached(record, tuple(skipped), done)
        if not plans:
            return result
        inferior = stopped or self._injector.open(process.pid)
        try:
            if not process.is_alive():
                raise TargetError(f"process {process.pid} is gone")
            private = self._private(inferior, process)
            self._journal(record)
            for plan in plans:
                map_region(inferior, plan, self._shared.descriptor, private)
            write_patches(inferior, record.patches)
        finally:
            if stopped is None:
                inferior.close()
        return result

    def _private(self, inferior: Inferior, process: Process) -> bytes:
        with inferior.frozen() as threads:
            if self._assumes_own_address and not keeps_own_address(inferior, threads):
                raise ThreadPointerUnknown(f"process {process.pid} does not keep its thread pointer at fs:0")
            tids = {thread.tid: _namespace_tid(process.pid, thread.tid) for thread in threads}
            return self._private_content(thread_id_offset(inferior, threads, tids))


def _load(process: Process, site: Site) -> list[LoadedSite]:
    mappings: Sequence[Mapping] = mappings_of(process, site.file)
    if not mappings:
        return []
    return [
        LoadedSite(site, bias) for bias in ElfFile(process.readable_path(mappings[0])).load_biases(mappings)
    ]


def _namespace_tid(pid: int, tid: int) -> int:
    """The thread's id as the process itself knows it, in its innermost pid namespace."""
    try:
        with open(f"/proc/{pid}/task/{tid}/status") as file:
            for line in file:
                if line.startswith("NSpid:"):
                    return int(line.split()[-1])
    except OSError:
        pass
    return tid
