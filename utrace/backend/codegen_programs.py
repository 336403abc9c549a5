"""Which probes share one eBPF program, and how a shared one knows which of them it runs for.

Probes that come from one block (a pattern with many matches) share a program. When the block asks for `probe` or
`func`, the program looks them up by the cookie that its attachment has (the helper bpf_get_attach_cookie).
"""

from __future__ import annotations

from collections.abc import Iterable

from utrace.frontend.names import UPROBES
from utrace.frontend.typed import TypedProbe, TypedProgram
from utrace.lazy_dataclass import dataclass


@dataclass(frozen=True)
class ProbeProgram:
    """The program that a probe runs, and its cookie: the probe's place among those that share the program."""

    name: str
    cookie: int


def program_groups(typed: TypedProgram) -> list[list[TypedProbe]]:
    """Return the probes of each program, in the script's order; the program has the name of the first."""
    groups: dict[object, list[TypedProbe]] = {}
    for probe in typed.probes:
        groups.setdefault(_shared(typed, probe), []).append(probe)
    return list(groups.values())


def _shared(typed: TypedProgram, probe: TypedProbe) -> object:
    """What probes of one program have in common; only uprobes are given cookies.

    Where there is an `uaddr()`, these are also the distances to the symbols, which are constants of the program.
    """
    provider = probe.attach_point.provider
    own = (provider, -1 if provider in UPROBES else probe.index) if probe.names_itself else ("", -1)
    site = probe.attach_point.site
    distances = tuple(distance for (_, there), distance in typed.distances.items() if there == site)
    return (probe.body, probe.predicate, probe.section, own, distances)


def probe_programs(typed: TypedProgram) -> dict[int, ProbeProgram]:
    """Return the program of every probe by its index."""
    return {
        probe.index: ProbeProgram(group[0].program_name, cookie)
        for group in program_groups(typed)
        for cookie, probe in enumerate(group)
    }


def name_of(probe: TypedProbe, builtin: str) -> bytes:
    """Return the value of `probe`, `func` or `probetype` in a probe."""
    if builtin == "probe":
        return probe.name.encode()
    if builtin == "func":
        return probe.function.encode()
    provider = probe.attach_point.provider
    return b"special" if provider in ("begin", "end") else provider.encode()


def name_table(probes: Iterable[TypedProbe], builtin: str, size: int) -> bytes:
    """Return the values of `probe`, `func` or `probetype` for all of a program's probes, `size` bytes each."""
    return b"".join(name_of(probe, builtin)[: size - 1].ljust(size, b"\0") for probe in probes)
