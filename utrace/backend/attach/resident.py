"""Which pages of a process exist: reading one that was never written would be slow, and would make it exist.

Format: Linux's Documentation/admin-guide/mm/pagemap.rst, 8 bytes a page, the two highest bits for present and swapped.
"""

from __future__ import annotations

from collections.abc import Iterator

_PAGE_BYTES = 4096
_ENTRY_BYTES = 8
_EXISTS = bytes(int(byte >= 0x40) for byte in range(256))


def resident_ranges(pid: int, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The parts of [start, end) whose pages exist, ascending; all of it where the kernel does not tell."""
    first = start // _PAGE_BYTES
    count = -(-end // _PAGE_BYTES) - first
    try:
        with open(f"/proc/{pid}/pagemap", "rb", buffering=0) as file:
            file.seek(first * _ENTRY_BYTES)
            entries = file.read(count * _ENTRY_BYTES)
    except OSError:
        entries = b""
    pages = entries[_ENTRY_BYTES - 1 :: _ENTRY_BYTES].translate(_EXISTS)
    if len(pages) < count:
        pages = b"\1" * count
    here = pages.find(1)
    while here >= 0:
        behind = pages.find(0, here)
        behind = count if behind < 0 else behind
        yield max(start, (first + here) * _PAGE_BYTES), min(end, (first + behind) * _PAGE_BYTES)
        here = pages.find(1, behind)
