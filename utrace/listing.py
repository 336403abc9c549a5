"""`-l`: which probes there are."""

from __future__ import annotations

import os
import sys

from utrace.compile import parse_script
from utrace.errors import UsageError
from utrace.frontend.attach_points import parse_attach_point
from utrace.frontend.nodes import AttachPoint
from utrace.options import Options
from utrace.script_file import read_script
from utrace.source import Span
from utrace.target.catalogue import SymbolCatalogue
from utrace.targets import traceable


def list_probes(options: Options) -> int:
    """Print the probes that a pattern matches, or those of a script; the exit code. Raises UtraceError."""
    catalogue = SymbolCatalogue(
        traceable(options.pids, options.unsafe), unsafe=options.unsafe, debuginfo_dirs=options.debug_info_directories
    )
    lines: dict[str, None] = {}
    for point in _attach_points(options):
        if point.provider in ("uprobe", "uretprobe"):
            for site in catalogue.match(point):
                place = (
                    f"{site.function}+{site.offset}" if site.offset else site.function or f"{site.offset:#x}"
                )
                lines[f"{point.provider}:{site.path}:{place}"] = None
        else:
            lines[point.text] = None
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return 0


def _attach_points(options: Options) -> list[AttachPoint]:
    if options.program_text is not None or options.script_path is not None:
        program = parse_script(read_script(options), os.environ).program
        return [point for probe in program.probes for point in probe.attach_points]
    pattern = options.list_pattern
    if pattern is None:
        raise UsageError("-l needs a pattern", ["for example: utrace -l 'uprobe:/bin/bash:read*'"])
    return [parse_attach_point(part.strip(), Span(0, len(part))) for part in pattern.split(",")]
