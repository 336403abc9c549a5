"""Attach points to places in binaries."""

import pytest

from utrace.errors import TargetError
from utrace.frontend.attach_points import parse_attach_point
from utrace.source import Span
from utrace.target.catalogue import SymbolCatalogue
from utrace.target.process import Process


@pytest.fixture
def match(program):
    catalogue = SymbolCatalogue()

    def run(place: str, name: str = "functions", kind: str = "pie"):
        point = parse_attach_point(f"uprobe:{program(name, kind)}:{place}", Span(0, 1))
        return [(site.function, site.offset, catalogue.address_of(site)) for site in catalogue.match(point)]

    return run


def test_names_and_patterns(match):
    assert [site[:2] for site in match("frame_add")] == [("frame_add", 0)]
    assert match("nothing_such") == []
    assert {site[0] for site in match("[fpm]*_add")} == {"frame_add", "plain_add", "marked_add"}
    addresses = [site[2] for site in match("*")]
    assert addresses == sorted(addresses) and len(addresses) > 30


def test_offsets_and_addresses(match):
    ((_, _, address),) = match("frame_add")
    assert match("frame_add+1") == [("frame_add", 1, address + 1)]
    assert match(hex(address)) == [("frame_add", 0, address)]
    assert match(hex(address + 4)) == [("frame_add", 4, address + 4)]


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("frame_add+2", "into middle of instruction"),
        ("frame_add+10", r"Offset outside the function bounds \('frame_add' size is 10\)"),
        ("frame_add+99999999999", "Offset outside the function bounds"),
        ("0x1", "Could not resolve address"),
    ],
)
def test_places_where_no_probe_can_be(match, place, message):
    with pytest.raises(TargetError, match=message):
        match(place)


def test_demangled_names(match):
    mangled = "_ZN4shop7throwerEl"
    for place in ('cpp:"shop::thrower"', 'cpp:"shop::thrower(long)"'):
        assert [site[0] for site in match(place, "exceptions")] == [mangled]


def test_indirect_functions_are_refused_but_for_patterns(match):
    with pytest.raises(TargetError, match="indirect function"):
        match("chosen", "library", "shared")
    names = {site[0] for site in match("*o*", "library", "shared")}
    assert "chosen" not in names and {"library_work", "versioned"} <= names


def test_parts_that_are_jumped_to_have_no_return_probe(program):
    catalogue = SymbolCatalogue()

    def names(provider: str, function: str) -> set[str]:
        point = parse_attach_point(f"{provider}:{program('exceptions')}:{function}", Span(0, 1))
        return {site.function for site in catalogue.match(point)}

    assert "_start" in names("uprobe", "_star*") and "_start" not in names("uretprobe", "_star*")
    assert not any(".cold" in name for name in names("uprobe", "*"))
    with pytest.raises(TargetError, match=r"_start of .* is never called"):
        names("uretprobe", "_start")


def test_near_misses(program):
    point = parse_attach_point(f"uprobe:{program('functions')}:frame_ad", Span(0, 1))
    catalogue = SymbolCatalogue()
    assert catalogue.match(point) == ()
    assert catalogue.near_misses(point)[0] == "frame_add"


def test_all_binaries_of_a_process(start, program):
    target = start("functions")
    catalogue = SymbolCatalogue([Process(target.pid)])
    point = parse_attach_point("uprobe:*:frame_add", Span(0, 1))
    (site,) = catalogue.match(point)
    assert site.path == str(program("functions"))
    with pytest.raises(TargetError, match="can only be left out when a process is given"):
        SymbolCatalogue().match(point)
