"""The function that a dynamic loader calls whenever its list of loaded objects changes (link.h, `r_brk`)."""

from __future__ import annotations

from collections.abc import Sequence

from utrace.backend.attach.hooks import files_named, hooks_in
from utrace.backend.attach.plan import LoadedSite
from utrace.target.process import Mapping, Process

_HOOK = {"_dl_debug_state": "rt_rendezvous"}
_LOADERS = ("ld-linux", "ld-musl", "ld.so", "ld64", "ld-2.")


def loader_sites(process: Process, mappings: Sequence[Mapping]) -> list[LoadedSite]:
    """Where to hook in this process; nowhere in a static program."""
    return [
        hook
        for mapping in files_named(mappings, _LOADERS)[:1]
        for hook in hooks_in(process, mapping, _HOOK, serves_unwinder=False)
    ]
