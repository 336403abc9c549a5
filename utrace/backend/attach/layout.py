"""Where in a process everything of ours lies: one block of memory a group of nearby sites."""

from __future__ import annotations

from collections.abc import Sequence

from utrace.backend.attach.address_space import PAGE_BYTES, find_room
from utrace.backend.attach.records import RegionRecord
from utrace.backend.attach.return_thunks import SLOT_BYTES, ThunkPool, data_bytes, slots_for
from utrace.backend.code_image import CodeImage
from utrace.target.process import Mapping

_STUB_BYTES = 1024
"""More than the largest stub takes: a dozen programs that want a whole frame."""
_EXTRA_PAGES = 4
CALLBACK_FUNCTION = "rt_iterate_phdr"
"""The one runtime function that calls the target."""


def plan_region(
    mappings: Sequence[Mapping],
    addresses: Sequence[int],
    programs: int,
    functions_with_return: int,
    image: CodeImage,
    shm_bytes: int,
) -> tuple[RegionRecord, int]:
    """Chooses the place of a region. `programs` counts program calls over all stubs.

    Returns the region and the number of its thunk slots.
    """
    slots = slots_for(functions_with_return)
    thunk_data = _pages(data_bytes(slots))
    thunk_code = _pages(slots * SLOT_BYTES)
    stubs = _pages((len(addresses) + programs) * _STUB_BYTES) + _EXTRA_PAGES * PAGE_BYTES
    size = thunk_data + thunk_code + stubs + image.shm_offset + _pages(shm_bytes)
    base = find_room(mappings, addresses, size)
    code = base + thunk_data + thunk_code + stubs
    callback = image.functions[CALLBACK_FUNCTION]
    offsets = [*image.functions.values(), *(entry.offset for entry in image.entries.values())]
    region = RegionRecord(
        base=base,
        thunk_slots=base + thunk_data,
        stubs=base + thunk_data + thunk_code,
        code=code,
        private=code + image.private_offset,
        shared=code + image.shm_offset,
        end=base + size,
        callback_start=code + callback,
        callback_end=code + min((offset for offset in offsets if offset > callback), default=len(image.code)),
    )
    return region, slots


def thunk_pool(region: RegionRecord, slots: int, image: CodeImage) -> ThunkPool | None:
    """The region's thunks, if it has any."""
    if not slots:
        return None
    return ThunkPool(region.base, region.thunk_slots, slots, region.code + image.functions["rt_return_thunk"])


def _pages(size: int) -> int:
    return -(-size // PAGE_BYTES) * PAGE_BYTES
