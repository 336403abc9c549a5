"""Finding room in a process, within reach of the code that will jump there."""

from __future__ import annotations

from collections.abc import Sequence

from utrace.errors import AttachError
from utrace.target.process import Mapping

PAGE_BYTES = 4096
REACH_BYTES = (1 << 31) - (1 << 20)
"""How far a 32-bit displacement reaches, less a margin for the instructions around it."""
_LOWEST, _HIGHEST = 1 << 16, (1 << 47) - PAGE_BYTES
_HEAP_GROWTH_BYTES = 1 << 29
_STACK_GROWTH_BYTES = 1 << 27
_GUARD_BYTES = 1 << 20


def clusters(addresses: Sequence[int], room: int) -> list[list[int]]:
    """Splits addresses into groups, each of which one block of `room` bytes can serve."""
    groups: list[list[int]] = []
    for address in sorted(addresses):
        if groups and address - groups[-1][0] < REACH_BYTES - 2 * room:
            groups[-1].append(address)
        else:
            groups.append([address])
    return groups


def find_room(mappings: Sequence[Mapping], addresses: Sequence[int], size: int) -> int:
    """The start of `size` free bytes, all within reach of all addresses, as near as possible.

    The heap keeps room to grow upwards, stacks downwards. Raises AttachError when there is none.
    """
    lowest = max(_LOWEST, max(addresses) - REACH_BYTES)
    highest = min(_HIGHEST, min(addresses) + REACH_BYTES)
    middle = (min(addresses) + max(addresses)) // 2
    starts = [
        start
        for low, high in _gaps(mappings)
        if (start := _nearest(max(low, lowest), min(high, highest), size, middle)) is not None
    ]
    if not starts:
        raise AttachError(
            f"no {size >> 20} MiB of free address space near {middle:#x}",
            hints=("fewer map keys (max_map_keys) or smaller rings (perf_rb_pages) need less",),
        )
    return min(starts, key=lambda start: abs(start - middle))


def _gaps(mappings: Sequence[Mapping]) -> list[tuple[int, int]]:
    gaps, low = [], _LOWEST
    for mapping in sorted(mappings, key=lambda mapping: mapping.start):
        stack_growth = _STACK_GROWTH_BYTES if mapping.path.startswith("[stack") else _GUARD_BYTES
        gaps.append((low, mapping.start - stack_growth))
        low = max(low, mapping.end + (_HEAP_GROWTH_BYTES if mapping.path == "[heap]" else _GUARD_BYTES))
    gaps.append((low, _HIGHEST))
    return gaps


def _nearest(low: int, high: int, size: int, middle: int) -> int | None:
    low, high = -(-low // PAGE_BYTES) * PAGE_BYTES, high // PAGE_BYTES * PAGE_BYTES
    if high - low < size:
        return None
    return min(max(low, middle // PAGE_BYTES * PAGE_BYTES), high - size)
