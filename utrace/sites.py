"""From the probes of a typed program to the places in files where their programs are attached."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from utrace.backend.attach.base import Attachment, Site, merge
from utrace.errors import TargetError
from utrace.frontend.nodes import ProbeSite
from utrace.frontend.typed import TypedProbe
from utrace.target.catalogue import SymbolCatalogue
from utrace.target.special_functions import refusal

_UNKNOWN_FUNCTION_BYTES = 4096


def attach_sites(
    probes: Iterable[TypedProbe],
    attachments: Mapping[int, Attachment],
    catalogue: SymbolCatalogue,
    warn: Callable[[str], None],
) -> tuple[Site, ...]:
    """The places of all uprobes and uretprobes; programs at one place keep the script's order.

    `attachments` are the programs by index of the probe. Functions that a probe would break are left out
    with a warning; TargetError when nothing else was asked for.
    """
    sites, refused = [], []
    for probe in probes:
        place = probe.attach_point.site
        if place is None:
            continue
        reason = _refusal(probe, place, catalogue)
        if reason:
            refused.append(f"can't probe {probe.name}: {reason}")
        else:
            sites.append(_site(attachments[probe.index], probe, place, catalogue))
    if refused and not sites:
        raise TargetError(refused[0])
    for message in refused:
        warn(message)
    return merge(sites)


def _refusal(probe: TypedProbe, place: ProbeSite, catalogue: SymbolCatalogue) -> str:
    elf = catalogue.binary(place.path).elf
    return refusal(place.function, catalogue.address_of(place), elf, _is_return(probe))


def _is_return(probe: TypedProbe) -> bool:
    return probe.attach_point.provider == "uretprobe"


def _site(attachment: Attachment, probe: TypedProbe, place: ProbeSite, catalogue: SymbolCatalogue) -> Site:
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
    attachments = (attachment,)
    is_return = _is_return(probe)
    return Site(
        file=binary.elf.file_id,
        path=place.path,
        address=address,
        function_start=start,
        function_end=known_end,
        next_start=max(next_start, known_end),
        entries=() if is_return else attachments,
        returns=attachments if is_return else (),
    )
