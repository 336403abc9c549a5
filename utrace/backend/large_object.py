"""Large programs are emitted in a process of their own: LLVM ends the one that it runs in when a jump is too far.

A jump of instruction set version 3 reaches 32767 instructions; how many there are shows only while they are written.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from llvmlite import ir

from utrace.errors import UsageError

LARGE = 4000
"""Instructions from which on an object might be too large."""
_TOO_LARGE = 40_000
"""More than fit: there is no point in letting LLVM work on them for minutes."""


def is_large(module: ir.Module) -> bool:
    """Whether LLVM might refuse the module for its size. Raises UsageError when it certainly would."""
    most = max(map(_weight, module.functions), default=0)
    if most > _TOO_LARGE:
        raise _too_large()
    return most > LARGE


def _weight(function: ir.Function) -> int:
    """Count instructions; copying and clearing memory becomes one or two for each word."""
    count = 0
    for block in function.blocks:
        count += len(block.instructions)
        for instruction in block.instructions:
            if getattr(getattr(instruction, "callee", None), "name", "").startswith("llvm.mem"):
                count += instruction.args[-2].constant // 4
    return count


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
        raise _too_large()
    return data


def _too_large() -> UsageError:
    return UsageError(
        "the script is too large: a probe of it has more instructions than an eBPF jump can skip",
        ["share work between several probes, or use a loop"],
    )


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
