"""From the clocks that programs read to the time of day."""

from __future__ import annotations

import time
from functools import cache

NS_PER_SECOND = 1_000_000_000


_CLOCKS = {
    "boot": time.CLOCK_BOOTTIME,
    "monotonic": time.CLOCK_MONOTONIC,
    "tai": time.CLOCK_TAI,
    "sw_tai": time.CLOCK_TAI,
}


@cache
def to_wall_ns(clock: str) -> int:
    """Return what has to be added to a clock of the language for nanoseconds since 1970; asked once in a run."""
    before = time.clock_gettime_ns(_CLOCKS[clock])
    wall = time.time_ns()
    after = time.clock_gettime_ns(_CLOCKS[clock])
    return wall - (before + after) // 2


def wall_clock_ns(reading_ns: int, clock: str = "boot") -> int:
    """Return a reading of a clock as nanoseconds since 1970."""
    return reading_ns + to_wall_ns(clock)


def strftime(format_: str, wall_ns: int) -> str:
    """Return local time in a format of the C library, which has no `%f`: the microseconds in six digits."""
    seconds, rest = divmod(wall_ns, NS_PER_SECOND)
    with_fraction = format_.partition("\0")[0].replace("%f", f"{rest // 1000:06}")
    try:
        return time.strftime(with_fraction, time.localtime(seconds))
    except (OverflowError, ValueError, OSError):
        # A number of nanoseconds that is no time: some hundred years ahead the C library gives up.
        return str(wall_ns)
