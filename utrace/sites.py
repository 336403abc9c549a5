"""From the probes of a typed program to the places in files where their programs are attached."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from utrace.backend.attach.base import Site, merge
from utrace.errors import TargetError
from utrace.frontend.nodes import ProbeSite
from utrace.frontend.typed import TypedProbe
from utrace.target.catalogue import SymbolCatalogue

_UNKNOWN_FUNCTION_BYTES = 4096


def attach_sites(
    probes: Iterable[TypedProbe], programs: Mapping[int, str], catalogue: SymbolCatalogue
) -> tuple[Site, ...]:
    """The places of all uprobes and uretprobes; programs at one place keep the script's order.

    `programs` are the names of the programs by index of the probe.
    """
    return merge(
        _site(programs[probe.index], probe, probe.attach_point.site, catalogue)
        for probe in probes
        if probe.attach_point.site
    )


def _site(program: str, probe: TypedProbe, place: ProbeSite, catalogue: SymbolCatalogue) -> Site:
    binary = catalogue.binary(place.path)
    address = catalogue.address_of(place)
    symbols = binary.symbols.find(place.function) if place.function else ()
    next_start = binary.symbols.next_start(address)
    start = symbols[0].address if symbols else address
    known_end = (
        symbols[0].end if symbols and symbols[0].size else min(next_start, address + _UNKNOWN_FUNCTION_BYTES)
    )
    if binary.elf.file_id is None:
        raise TargetError(f"{place.path} is not a file of its own")
    is_return = probe.attach_point.provider == "uretprobe"
    programs = (program,)
    return Site(
        file=binary.elf.file_id,
        path=place.path,
        address=address,
        function_start=start,
        function_end=known_end,
        next_start=max(next_start, known_end),
        entries=() if is_return else programs,
        returns=programs if is_return else (),
    )
