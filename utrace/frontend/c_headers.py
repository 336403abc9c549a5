"""Where a script's `#include`s are looked up.

The library that parses C brings no headers along. Those that belong to a compiler (stddef.h, stdarg.h ...) are ours
(`c_include/`), so that a machine without a compiler will do; all others are the system's.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Sequence
from pathlib import Path

OWN_DIRECTORY = Path(__file__).parent / "c_include"
KERNEL_TYPES = OWN_DIRECTORY / "kernel_types.h"


def clang_arguments(include_dirs: Sequence[str], include_files: Sequence[str]) -> list[str]:
    """Return clang's options: C as this machine's compilers see it, and the places of headers."""
    machine = os.uname().machine
    options = [
        "-x",
        "c",
        "-std=gnu17",
        "-target",
        f"{machine}-linux-gnu",
        "-nostdinc",
        "-w",
        "-ferror-limit=0",
    ]
    options += [f"-I{directory}" for directory in include_dirs]
    for directory in system_directories(machine):
        options += ["-isystem", directory]
    for file in include_files:
        options += ["-include", file]
    return options


def system_directories(machine: str) -> list[str]:
    """Return our directory, then the C library's and the kernel's, then a compiler's for what else it has."""
    found = [str(OWN_DIRECTORY), "/usr/local/include", f"/usr/include/{machine}-linux-gnu", "/usr/include"]
    compilers = sorted(glob.glob(f"/usr/lib/gcc/{machine}-*linux*/*/include"), reverse=True)
    return [directory for directory in [*found, *compilers[:1]] if os.path.isdir(directory)]
