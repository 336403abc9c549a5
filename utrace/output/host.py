"""What scripts ask of the machine that the tracer runs on: the content of files, the output of commands."""

from __future__ import annotations

import os
import sys


def read_start(path: bytes, most: int) -> bytes:
    """Return the first `most` bytes of a file; raises OSError, also for one that has nothing to read yet."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
    try:
        content = bytearray()
        while len(content) < most:
            part = os.read(descriptor, most - len(content))
            if not part:
                break
            content += part
        return bytes(content)
    finally:
        os.close(descriptor)


def run_command(command: bytes) -> bytes:
    """Run a command in the shell and return what it prints on its standard output; raises OSError.

    Its standard error is ours, and its exit status doesn't matter.
    """
    import subprocess

    sys.stderr.flush()
    return subprocess.run([b"/bin/sh", b"-c", command], stdout=subprocess.PIPE, check=False).stdout
