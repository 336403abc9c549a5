"""Attaching one image to processes: plan while they run, stop them shortly, write, let them go."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from utrace.backend.attach.apply import announce_thunks, map_regions, share_thunks, write_patches
from utrace.backend.attach.base import Site
from utrace.backend.attach.loader import loader_sites
from utrace.backend.attach.plan import LoadedSite, RegionPlan, Skipped, plan_regions
from utrace.backend.attach.records import AttachRecord
from utrace.backend.attach.thread_identity import identify
from utrace.backend.attach.unwind import ThunkObject
from utrace.backend.attach.unwinders import check_exceptions_pass, unwinder_code, unwinder_sites
from utrace.backend.code_image import CodeImage
from utrace.backend.inject.base import Inferior, Injector
from utrace.errors import AttachError, TargetError
from utrace.target.elf import ElfFile
from utrace.target.process import Mapping, Process
from utrace.target.scan import mappings_of


@dataclass(frozen=True, slots=True)
class SharedBlock:
    """The session's shared memory: its descriptor, size, and the name it has in /proc/PID/maps."""

    descriptor: int
    size: int
    mark: str


@dataclass(frozen=True, slots=True)
class Attached:
    """What became of an attach: the sites that could not be probed, and those that are attached now."""

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
    ) -> None:
        self._image = image
        self._shared = shared
        self._injector = injector
        self._journal = journal
        self.records: list[AttachRecord] = []

    def attach(
        self, process: Process, sites: Sequence[Site], watch_loader: bool, stopped: Inferior | None = None
    ) -> Attached:
        """Puts all sites whose file the process has mapped, and which are not attached yet, into it.

        With `watch_loader` the process also stops for us at every change of its loaded objects. `stopped` is the
        process if it is held already; it stays held. Raises TargetError, AttachError; the process is then as it was.
        """
        if stopped is None and self._injector.changes_mappings:
            with self._injector.open(process.pid) as inferior:
                return self.attach(process, sites, watch_loader, inferior)
        mappings = process.maps()
        earlier = self._records_of(mappings)
        attached = set(_attached_addresses(process, earlier))
        loaded = [here for site in sites for here in _load(process, site)]
        wanted = [here for here in loaded if here.address not in attached]
        thunks = [thunks for record in earlier for thunks in _thunks(record)]
        has_returns = bool(thunks) or any(here.site.returns for here in wanted)
        needs_hooks = has_returns and not any(record.thunk_objects for record in earlier)
        hooks = _hooks(process, mappings, needs_hooks, watch_loader)
        new = [*wanted, *(hook for hook in hooks if hook.address not in attached)]
        plans, skipped = plan_regions(process, mappings, new, self._image, self._shared.size, thunks)
        for lost in skipped:
            if not lost.site.is_wanted:
                raise lost.reason  # without our own hooks the others would not be safe
        record = AttachRecord(
            pid=process.pid,
            start_time=process.id.start_time,
            mark=self._shared.mark,
            regions=tuple(plan.region for plan in plans),
            patches=tuple(patch for plan in plans for patch in plan.patches),
            unwinder_code=unwinder_code(process, mappings) if has_returns else (),
            thunk_objects=max((plan.thunk_objects for plan in plans), default=0),
        )
        if plans:
            self._apply(process, record, plans, earlier, stopped)
        refused = {lost.site for lost in skipped}
        return Attached(
            tuple(skipped),
            tuple(here.site for here in loaded if here.site not in refused),
        )

    def _apply(
        self,
        process: Process,
        record: AttachRecord,
        plans: Sequence[RegionPlan],
        earlier: Sequence[AttachRecord],
        stopped: Inferior | None,
    ) -> None:
        inferior = stopped or self._injector.open(process.pid)
        try:
            if not process.is_alive():
                raise TargetError(f"process {process.pid} is gone")
            with inferior.frozen() as threads:
                identity = identify(process, inferior, threads)
            self._journal(record)
            map_regions(inferior, plans, self._shared.descriptor, identity)
            self.records.append(record)
            announce_thunks(inferior, [past.thunk_objects for past in earlier], _thunks(record))
            share_thunks(inferior, [region for known in (*earlier, record) for region in known.regions])
            write_patches(inferior, record.patches)
        except OSError as error:
            raise AttachError(f"can't attach to process {process.pid}: {error.strerror}") from error
        finally:
            if stopped is None:
                inferior.close()

    def _records_of(self, mappings: Sequence[Mapping]) -> list[AttachRecord]:
        """What the process has been changed by already, itself or the process that it was forked from."""
        ours = {mapping.start for mapping in mappings if self._shared.mark in mapping.path}
        return [record for record in self.records if any(region.shared in ours for region in record.regions)]


def _hooks(
    process: Process, mappings: Sequence[Mapping], needs_unwinder: bool, watch_loader: bool
) -> list[LoadedSite]:
    """Our own hooks. While the C library with the unwinder's functions isn't loaded, the loader is watched for it."""
    hooks = unwinder_sites(process, mappings) if needs_unwinder else []
    if watch_loader or (needs_unwinder and not hooks):
        hooks += loader_sites(process, mappings)
    if needs_unwinder and not hooks:
        check_exceptions_pass(process, mappings)
    return hooks


def _thunks(record: AttachRecord) -> list[ThunkObject]:
    return [
        ThunkObject(region.thunk_slots, region.stubs, region.unwind_header)
        for region in record.regions
        if region.unwind_header
    ]


def _attached_addresses(process: Process, records: Sequence[AttachRecord]) -> Iterator[int]:
    """Where our patches are in place. A library that was unloaded took them along, and may be back without them."""
    for patch in (patch for record in records for patch in record.patches):
        try:
            with open(f"{process.directory}/mem", "rb", buffering=0) as memory:
                if os.pread(memory.fileno(), len(patch.patched), patch.address) == patch.patched:
                    yield patch.address
        except OSError:  # nothing is mapped there any more, or the process is gone
            continue


def _load(process: Process, site: Site) -> list[LoadedSite]:
    mappings: Sequence[Mapping] = mappings_of(process, site.file)
    if not mappings:
        return []
    return [
        LoadedSite(site, bias) for bias in ElfFile(process.readable_path(mappings[0])).load_biases(mappings)
    ]
