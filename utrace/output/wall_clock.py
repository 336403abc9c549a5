"""From the boot clock, which programs read, to the time of day."""

from __future__ import annotations

import time
from functools import cache

NS_PER_SECOND = 1_000_000_000


@cache
def boot_to_wall_ns() -> int:
    """Return what has to be added to the boot clock for nanoseconds since 1970; asked once in a run."""
    before = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    wall = time.time_ns()
    after = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    return wall - (before + after) // 2


def wall_clock_ns(boot_ns: int) -> int:
    """Return a reading of the boot clock as nanoseconds since 1970."""
    return boot_ns + boot_to_wall_ns()


def strftime(format_: str, wall_ns: int) -> str:
    """Return local time in a format of the C library, which has no `%f`: the microseconds in six digits."""
    seconds, rest = divmod(wall_ns, NS_PER_SECOND)
    with_fraction = format_.replace("%f", f"{rest // 1000:06}")
    try:
        return time.strftime(with_fraction, time.localtime(seconds))
    except (OverflowError, ValueError, OSError):
        # A number of nanoseconds that is no time: some hundred years ahead the C library gives up.
        return str(wall_ns)
