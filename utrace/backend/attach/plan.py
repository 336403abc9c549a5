"""From sites of files to everything that will be written into one process. Nothing is changed here.

The plan is made while the process runs, so that it's stopped only for the writing.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from utrace.backend.attach.address_space import clusters
from utrace.backend.attach.assembler import Assembler
from utrace.backend.attach.base import Attachment, Site
from utrace.backend.attach.layout import plan_region, thunk_pool
from utrace.backend.attach.records import PatchRecord, RegionRecord
from utrace.backend.attach.relocation import JUMP_BYTES, FunctionCode, Window, plan_window
from utrace.backend.attach.return_thunks import ThunkPool
from utrace.backend.attach.stubs import ProgramCall, SitePlan, Stub, build_stub
from utrace.backend.attach.unwind import ThunkObject, UnwindInfo, object_list, unwind_info
from utrace.backend.code_image import CodeImage
from utrace.backend.layout import MEMORY_NAME
from utrace.errors import AttachError, TargetError
from utrace.target.elf import ElfFile
from utrace.target.process import Mapping, Process
from utrace.target.symbols import SymbolTable

_PADDING_BYTES = 64
_GAP_REACH = 128
_MAX_FUNCTION_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class LoadedSite:
    """A site at its place in a process. `intercept` names a runtime function that may answer in its place.

    One that `serves_unwinder` is given the list of all thunks.
    """

    site: Site
    bias: int
    intercept: str = ""
    serves_unwinder: bool = False

    @property
    def address(self) -> int:
        """Absolute address of the probed instruction."""
        return self.site.address + self.bias


@dataclass(frozen=True, slots=True)
class Skipped:
    """A site that can't be probed, and why."""

    site: Site
    reason: AttachError


@dataclass(frozen=True, slots=True)
class RegionPlan:
    """One region with the code to write into it (address, bytes) and the patches that lead there."""

    region: RegionRecord
    writes: tuple[tuple[int, bytes], ...]
    patches: tuple[PatchRecord, ...]
    thunk_objects: int


def plan_regions(
    process: Process,
    mappings: Sequence[Mapping],
    sites: Sequence[LoadedSite],
    image: CodeImage,
    shm_bytes: int,
    known_thunks: Sequence[ThunkObject],
) -> tuple[list[RegionPlan], list[Skipped]]:
    """Plans all regions for the sites of one process; sites without room for a jump are skipped with the reason.

    `known_thunks` are those that the process has already.
    """
    skipped: list[Skipped] = []
    drafts: list[_Draft] = []
    by_address = {site.address: site for site in sites}
    with _Code(process) as code:
        for group in clusters(list(by_address), image.shm_offset + shm_bytes):
            windows = _windows([by_address[address] for address in group], code, mappings, skipped)
            if windows:
                drafts.append(_draft(mappings, windows, image, shm_bytes))
    thunks = [*known_thunks, *(draft.unwind.object for draft in drafts if draft.unwind is not None)]
    return [_complete(draft, thunks, image) for draft in drafts], skipped


@dataclass(frozen=True, slots=True)
class _SiteGroup:
    """A window and the sites inside it, the first of them at its beginning."""

    window: Window
    sites: tuple[LoadedSite, ...]


class _Code:
    """Reads the code of a running process."""

    def __init__(self, process: Process) -> None:
        try:
            self._memory = os.open(f"{process.directory}/mem", os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise TargetError(f"can't read the memory of process {process.pid}: {error.strerror}") from error

    def __enter__(self) -> _Code:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._memory)

    def function(self, loaded: LoadedSite) -> FunctionCode:
        site, bias = loaded.site, loaded.bias
        start = max(site.function_start, site.address - _MAX_FUNCTION_BYTES) + bias
        end = min(site.function_end + bias, loaded.address + _MAX_FUNCTION_BYTES)
        try:
            content = os.pread(self._memory, end - start + _PADDING_BYTES, start)
        except OSError as error:
            raise AttachError(f"no code at {loaded.address:#x}: {error.strerror}") from error
        return FunctionCode(start, min(end, start + len(content)), site.next_start + bias, content)

    def gaps(self, loaded: LoadedSite) -> Iterator[FunctionCode]:
        """The functions near a site, for the filling behind them."""
        symbols = SymbolTable(ElfFile(loaded.site.path))
        for start, end, next_start in symbols.neighbours(loaded.site.address, _GAP_REACH):
            if next_start - start > _MAX_FUNCTION_BYTES:
                continue
            content = os.pread(self._memory, next_start - start, start + loaded.bias)
            yield FunctionCode(start + loaded.bias, end + loaded.bias, next_start + loaded.bias, content)


def _windows(
    sites: Sequence[LoadedSite], code: _Code, mappings: Sequence[Mapping], skipped: list[Skipped]
) -> list[_SiteGroup]:
    """One window for each site, or for several that lie within the same few instructions."""
    groups: list[_SiteGroup] = []
    for loaded in sorted(sites, key=lambda loaded: loaded.address):
        if groups and _inside(groups[-1].window, loaded.address):
            groups[-1] = replace(groups[-1], sites=(*groups[-1].sites, loaded))
            continue
        try:
            window = plan_window(code.function(loaded), loaded.address, partial(code.gaps, loaded))
            _refuse_foreign_jump(window, mappings)
        except AttachError as error:
            skipped.append(Skipped(loaded.site, error))
        else:
            groups.append(_SiteGroup(window, (loaded,)))
    return groups


def _refuse_foreign_jump(window: Window, mappings: Sequence[Mapping]) -> None:
    """Raise AttachError where another session's jump stands: its stub would vanish under ours when that one ends."""
    target = window.instructions[0].near_branch_target if window.instructions[0].is_jmp_near else 0
    holder = next((index for index, mapping in enumerate(mappings) if target in mapping), len(mappings))
    end = mappings[holder].end if holder < len(mappings) and not mappings[holder].is_file else 0
    for mapping in mappings[holder + 1 :]:
        if mapping.start != end:
            return
        if MEMORY_NAME in mapping.path:
            raise AttachError(
                f"another utrace has a probe at {window.address:#x}",
                hints=("end that one first, or put all probes into one script",),
            )
        end = mapping.end


def _inside(window: Window, address: int) -> bool:
    return any(instruction.ip == address for instruction in window.instructions)


@dataclass(frozen=True, slots=True)
class _Draft:
    """A region whose place is known, its stubs not yet written: their hooks must know the thunks of all regions."""

    groups: Sequence[_SiteGroup]
    region: RegionRecord
    pool: ThunkPool | None
    unwind: UnwindInfo | None


def _draft(
    mappings: Sequence[Mapping], groups: Sequence[_SiteGroup], image: CodeImage, shm_bytes: int
) -> _Draft:
    sites = [loaded.site for group in groups for loaded in group.sites]
    programs = sum(len(site.entries) + len(site.returns) for site in sites)
    with_return = sum(1 for site in sites if site.returns)
    addresses = [group.window.address for group in groups]
    region, slots = plan_region(mappings, addresses, programs, with_return, image, shm_bytes)
    pool = thunk_pool(region, slots, image)
    if pool is None:
        return _Draft(groups, region, None, None)
    unwind = unwind_info(pool, region.stubs)
    return _Draft(groups, replace(region, unwind_header=unwind.object.header), pool, unwind)


def _complete(draft: _Draft, thunks: Sequence[ThunkObject], image: CodeImage) -> RegionPlan:
    region, pool = draft.region, draft.pool
    writes = [(region.code, image.code)]
    if pool is not None:
        writes += [(pool.data, pool.header()), (pool.slots, pool.code())]
    assembler = Assembler(region.stubs)
    assembler.data(draft.unwind.content if draft.unwind else b"")
    assembler.align(16)
    has_hooks = any(loaded.serves_unwinder for group in draft.groups for loaded in group.sites)
    objects = assembler.data(object_list(thunks, assembler.here)) if has_hooks else 0
    patches = []
    for group in draft.groups:
        assembler.align(16)
        stub = build_stub(_site_plan(group, region, image, objects or region.stubs), assembler, pool)
        patches += _patches(group.window, stub, is_hook=bool(group.sites[0].intercept))
    if assembler.here > region.code:
        raise AttachError("the stubs of so many programs don't fit; split the script")
    writes.append((region.stubs, assembler.code))
    return RegionPlan(region, tuple(writes), tuple(patches), objects)


def _site_plan(group: _SiteGroup, region: RegionRecord, image: CodeImage, objects: int) -> SitePlan:
    first = group.sites[0]

    def calls(attachments: Sequence[Attachment]) -> tuple[ProgramCall, ...]:
        pairs = [(image.entries[attachment.program], attachment.cookie) for attachment in attachments]
        return tuple(
            ProgramCall(region.code + entry.offset, entry.context, cookie) for entry, cookie in pairs
        )

    return SitePlan(
        window=group.window,
        function_start=first.site.function_start + first.bias,
        entries={loaded.address: calls(loaded.site.entries) for loaded in group.sites},
        returns=tuple(call for loaded in group.sites for call in calls(loaded.site.returns)),
        intercept=region.code + image.functions[first.intercept] if first.intercept else 0,
        intercept_data=objects,
    )


def _patches(window: Window, stub: Stub, is_hook: bool) -> list[PatchRecord]:
    """The jump, and the island it goes through where only two bytes fit; islands are written first."""
    jump = Assembler(window.island or window.address)
    jump.jump(stub.start)
    if not window.island:
        jump.data(b"\x90" * (len(window.original) - JUMP_BYTES))
        return [PatchRecord(window.address, window.original, jump.code, stub.moves, is_hook)]
    short = Assembler(window.address)
    short.short_jump(window.island)
    short.data(b"\x90" * (len(window.original) - len(short.code)))
    return [
        PatchRecord(window.island, window.island_original, jump.code, (), is_hook),
        PatchRecord(window.address, window.original, short.code, stub.moves, is_hook),
    ]
