"""The native code of one session's programs: position-independent, the same bytes for every process."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from utrace.lazy_dataclass import dataclass

PAGE_BYTES = 4096


class ContextKind(Enum):
    """How an entry point takes its context. Either way it preserves every register but r11."""

    REGISTERS = "registers"
    """(rdi, rsi, rdx, rcx, r8, r9) as they are at the probe; rdi holds rax at a return probe."""

    FRAME = "frame"
    """One argument: a pointer to a `struct pt_regs` with every register."""


@dataclass(frozen=True)
class EntryPoint:
    """Where a program starts (bytes from the image's start) and what it is to be given."""

    offset: int
    context: ContextKind
    has_result: bool = False
    """It returns an i64, in the register that the C convention has for it, instead of preserving that one, too."""


@dataclass(frozen=True)
class CodeImage:
    """Code and constants (mapped read + execute), then private memory, then the shared memory, back to back.

    All offsets and sizes are bytes from the image's start, whole pages. `functions` are runtime functions of
    the C calling convention that the tracer itself may call in its own copy.
    """

    code: bytes
    entries: Mapping[str, EntryPoint]
    private_offset: int
    private_size: int
    shm_offset: int
    functions: Mapping[str, int]
