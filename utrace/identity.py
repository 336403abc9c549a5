"""Under which name we run: called as `bpftrace`, by a link, we answer as bpftrace does."""

from __future__ import annotations

import os
import sys
from functools import cache

from utrace import __version__

BPFTRACE_VERSION = "0.26.1"
"""The version of bpftrace whose language this is."""


@cache
def program_name() -> str:
    """Return `bpftrace` when we are called so, else `utrace`."""
    return "bpftrace" if os.path.basename(sys.argv[0]) == "bpftrace" else "utrace"


def version_line() -> str:
    """Return the line of --version."""
    return f"bpftrace v{BPFTRACE_VERSION}" if program_name() == "bpftrace" else f"utrace v{__version__}"


def take_name() -> None:
    """Name our thread, so that `comm` in begin, end and interval probes is the program's name and not Python's."""
    try:
        with open("/proc/self/comm", "w") as file:
            file.write(program_name())
    except OSError:  # without /proc the name stays
        pass
