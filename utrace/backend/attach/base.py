"""What is to be attached, before any process is known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from utrace.target.elf import FileId


@dataclass(frozen=True, slots=True)
class Attachment:
    """A program (its name in the image) at a site; the cookie tells it which of its sites it was entered from."""

    program: str
    cookie: int = 0


@dataclass(frozen=True, slots=True)
class Site:
    """One probed instruction of a file, and the programs that run there.

    Addresses are those of the file. `function_end` is where the function's known code ends, `next_start` where
    something else begins. `entries` run before the instruction, `returns` when the function comes back.
    """

    file: FileId
    path: str
    address: int
    function_start: int
    function_end: int
    next_start: int
    entries: tuple[Attachment, ...] = ()
    returns: tuple[Attachment, ...] = ()

    @property
    def is_wanted(self) -> bool:
        """Whether the user asked for it; our own hooks have no programs."""
        return bool(self.entries or self.returns)


def merge(sites: Iterable[Site]) -> tuple[Site, ...]:
    """Joins the sites that lie at the same place; programs keep their order."""
    merged: dict[tuple[FileId, int], Site] = {}
    for site in sites:
        key = (site.file, site.address)
        known = merged.get(key)
        if known is None:
            merged[key] = site
            continue
        merged[key] = Site(
            site.file,
            site.path,
            site.address,
            known.function_start,
            known.function_end,
            known.next_start,
            known.entries + site.entries,
            known.returns + site.returns,
        )
    return tuple(merged.values())
