"""Large programs are emitted in a process of their own: LLVM ends the one that it runs in when a jump is too far.

A jump of instruction set version 3 reaches 32767 instructions; how many there are shows only while they are written.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from llvmlite import ir

from utrace.errors import UsageError

LARGE = 4000
"""Instructions of LLVM IR from which on an object might be too large."""


def is_large(module: ir.Module) -> bool:
    """Whether LLVM might refuse the module for its size."""
    return any(
        sum(len(block.instructions) for block in function.blocks) > LARGE for function in module.functions
    )


def emit_apart(emit: Callable[[], bytes]) -> bytes:
    """Run `emit` in a child process; what it returns. Raises UsageError when LLVM ends the child."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        _emit_into(writer, emit)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        data = pipe.read()
    _, status = os.waitpid(child, 0)
    if status != 0:
        raise UsageError(
            "the script is too large: a probe of it has more instructions than an eBPF jump can skip",
            ["share work between several probes, or use a loop"],
        )
    return data


def _emit_into(writer: int, emit: Callable[[], bytes]) -> None:
    """The child's whole life; what LLVM says when it ends the process is no message of ours."""
    status = 1
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        with os.fdopen(writer, "wb") as pipe:
            pipe.write(emit())
        status = 0
    finally:
        os._exit(status)
