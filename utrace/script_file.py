"""Reading the script that the options name."""

from __future__ import annotations

import sys
from pathlib import Path

from utrace.errors import UsageError
from utrace.options import Options
from utrace.source import Source

MAX_SCRIPT_BYTES = 16 << 20
"""Larger files are refused: nobody wrote them, and every stage takes memory in proportion."""


def read_script(options: Options) -> Source:
    """Return the script's text and the name that messages show for it (`stdin` for -e, as in bpftrace)."""
    if options.program_text is not None:
        return Source("stdin", options.program_text)
    path = options.script_path
    if path is None:
        raise UsageError("no script given")
    name = "stdin" if path == "-" else path
    return Source(name, _decode(name, _read(path)))


def _read(path: str) -> bytes:
    try:
        if path == "-":
            return sys.stdin.buffer.read(MAX_SCRIPT_BYTES + 1)
        with Path(path).open("rb") as file:
            return file.read(MAX_SCRIPT_BYTES + 1)
    except OSError as error:
        raise UsageError(f"failed to open file '{path}': {error.strerror}") from error


def _decode(name: str, data: bytes) -> str:
    if len(data) > MAX_SCRIPT_BYTES:
        raise UsageError(f"script '{name}' is larger than {MAX_SCRIPT_BYTES >> 20} MiB")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UsageError(f"script '{name}' is not UTF-8 text: bad byte in line {line}") from error
