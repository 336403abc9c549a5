"""Tables of strings for numbers: errors, signals, system calls.

A call with a number that is known is that string.  For any other the whole table goes into the program's constants,
so that the string exists where the program runs: it can be a key, be compared, be kept.
"""

from __future__ import annotations

import os
from functools import cache

from utrace.lazy_dataclass import dataclass

MAX_ERROR = 133
MAX_SIGNAL = 64


@dataclass(frozen=True)
class NumberNames:
    """The strings for 0, 1, 2 ... and the one for all other numbers."""

    rows: tuple[bytes, ...]
    unknown: bytes
    ignores_sign: bool = False
    """Whether -5 stands for 5: functions return errors as negative numbers."""

    @property
    def width(self) -> int:
        """Return the bytes that the longest takes with a NUL behind it, a multiple of 8."""
        longest = max(len(self.unknown), *map(len, self.rows))
        return (longest // 8 + 1) * 8

    def of(self, number: int) -> bytes:
        """Return the string for a number."""
        number = abs(number) if self.ignores_sign else number
        return self.rows[number] if 0 <= number < len(self.rows) else self.unknown


@cache
def number_names(function: str) -> NumberNames:
    """Return the table behind `strerror`, `signal_name` or `syscall_name`."""
    return {"strerror": _errors, "signal_name": _signals, "syscall_name": _syscalls}[function]()


def _errors() -> NumberNames:
    texts = [os.strerror(number) for number in range(MAX_ERROR + 1)]
    unknown = "Unknown error"
    rows = tuple((unknown if text.startswith(unknown) else text).encode() for text in texts)
    return NumberNames(rows, unknown.encode(), ignores_sign=True)


def _signals() -> NumberNames:
    from signal import strsignal

    names = [strsignal(number) if number else None for number in range(MAX_SIGNAL + 1)]
    rows = tuple((name or f"Unknown signal {number}").encode() for number, name in enumerate(names))
    return NumberNames(rows, b"N/A")


def _syscalls() -> NumberNames:
    from utrace.frontend.syscall_names import SYSCALL_NAMES

    unknown = b"unknown system call"
    rows = tuple(
        SYSCALL_NAMES[number].encode() if number in SYSCALL_NAMES else unknown
        for number in range(max(SYSCALL_NAMES) + 1)
    )
    return NumberNames(rows, unknown)
