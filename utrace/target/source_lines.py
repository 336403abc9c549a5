"""Probes on source lines: `uprobe:BINARY@file.c:12`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from utrace.errors import TargetError

if TYPE_CHECKING:
    from utrace.frontend.nodes import AttachPoint
    from utrace.target.binary_debug import BinaryDebug
    from utrace.target.catalogue import Binary

_MAX_NEAR = 2


def source_line_addresses(binary: Binary, point: AttachPoint) -> list[int]:
    """Return the places of a source line, ascending: in each function that has code of it, where that begins.

    Empty when the line has no code. Raises TargetError for a binary without debug information about the file.
    """
    lines = _debug(binary, point).lines
    found = lines.addresses_of(point.source_file, point.source_line, point.source_column)
    if not found and not lines.lines_of(point.source_file):
        raise TargetError(f"the debug information of {binary.name} knows no source file {point.source_file}")
    first: dict[str, int] = {}
    for address in found:
        place = binary.symbols.at(address)
        if place is not None:
            first.setdefault(place[0].name, address)
    return sorted(first.values())


def near_lines(binary: Binary, point: AttachPoint) -> list[str]:
    """Return the lines around the one of an attach point that have code, nearest first."""
    lines = _debug(binary, point).lines.lines_of(point.source_file)
    nearest = sorted(lines, key=lambda line: (abs(line - point.source_line), -line))
    return [f"{point.source_file}:{line}" for line in nearest[:_MAX_NEAR] if line != point.source_line]


def _debug(binary: Binary, point: AttachPoint) -> BinaryDebug:
    debug = binary.debug
    if debug is None:
        raise TargetError(
            f"{binary.name} has no debug information, so {point.source_file}:{point.source_line} is not known",
            ["--debuginfo DIR says where files with debug information are"],
        )
    return debug
