"""The kernel's verifier as a judge of objects, through bpftool."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

# In a mount namespace of its own, so that the pinned programs go away with the process.
_SCRIPT = (
    'mount -t bpf bpf "$1" && ulimit -l unlimited 2>/dev/null; exec bpftool prog loadall "$2" "$1/programs"'
)


@cache
def unavailable() -> str | None:
    """Why the kernel cannot be asked here; None when it can."""
    missing = [tool for tool in ("bpftool", "unshare", "mount") if shutil.which(tool) is None]
    if missing:
        return f"no {missing[0]} here"
    if os.geteuid() != 0:
        return "loading eBPF programs needs root"
    probe = subprocess.run(
        ["bpftool", "prog", "list"], check=False, capture_output=True, text=True, timeout=60
    )
    return f"no eBPF here: {probe.stderr.strip()}" if probe.returncode else None


@contextmanager
def object_file(data: bytes) -> Iterator[Path]:
    """A file with the object in it."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "object.o")
        path.write_bytes(data)
        yield path


def refusal(data: bytes) -> str | None:
    """What the kernel has against an object; None when it accepts all programs and the BTF."""
    with object_file(data) as path:
        mount_point = path.parent / "bpf"
        mount_point.mkdir()
        command = ["unshare", "-m", "sh", "-c", _SCRIPT, "sh", mount_point, path]
        result = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    output = result.stdout + result.stderr
    return output if result.returncode or "rror" in output else None
