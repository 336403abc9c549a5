"""Keeps the targets' clock right: how the processor's counter translates to CLOCK_BOOTTIME.

Targets compute `base_boot_ns + (tsc - base_tsc) * multiplier / 2^32` from the control page
(`utrace/runtime/clock.h`). The kernel slews its clocks by up to some hundred parts per million, so the parameters are
renewed from time to time; a renewed clock starts where the old one is and catches up over the next period.
"""

from __future__ import annotations

import struct
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from utrace.backend.layout import CLOCK_BYTES, CONTROL_CLOCK_SEQUENCE, CONTROL_CLOCKS
from utrace.backend.shared_memory import SharedMemory
from utrace.lazy_dataclass import dataclass

PERIOD_SECONDS: Final = 1.0
"""How often `renew` wants to be called; nothing breaks if it is called less often."""

_FIRST_MEASUREMENT_SECONDS: Final = 0.002
_SAMPLES: Final = 5
_CLOCKSOURCE: Final = Path("/sys/devices/system/clocksource/clocksource0/current_clocksource")
_LARGEST_CORRECTION: Final = 0.001
_LEAP_NS: Final = 1_000_000_000


@dataclass(frozen=True)
class Sample:
    """The counter and the clock at the same moment; the moment is known to `uncertainty_ticks`."""

    tsc: int
    boot_ns: int
    uncertainty_ticks: int


@dataclass(frozen=True)
class ClockParameters:
    """One set of parameters, as in `struct rt_clock`."""

    base_tsc: int
    base_boot_ns: int
    multiplier: int

    def at(self, tsc: int) -> int:
        """Give the time in nanoseconds that targets compute from a counter value."""
        return self.base_boot_ns + (max(tsc - self.base_tsc, 0) * self.multiplier >> 32)


class TargetClock:
    """Publishes the clock in the control page; until then, and without a TSC, targets ask the kernel (100 ns)."""

    def __init__(self, memory: SharedMemory, read_tsc: Callable[[], int]) -> None:
        """Measure the counter's rate, which takes 2 ms, and publish; `read_tsc` reads it."""
        self._memory = memory
        self._read_tsc = read_tsc
        self._suspended_ns = _suspended_ns()
        self._parameters: ClockParameters | None = None
        self.ticks_per_second = 1e9
        """The counter's rate, as measured at first."""
        if not is_tsc_reliable():
            return
        self._origin = self._sample()
        time.sleep(_FIRST_MEASUREMENT_SECONDS)
        second = self._sample()
        rate = (second.boot_ns - self._origin.boot_ns) / (second.tsc - self._origin.tsc)
        self.ticks_per_second = 1e9 / rate
        self._publish(ClockParameters(second.tsc, second.boot_ns, round(rate * 2**32)))

    def renew(self) -> None:
        """Measure again and publish parameters that remove the clock's error within about a period."""
        if self._parameters is None:
            return
        now = self._sample()
        if has_leapt(self._parameters, now):
            self._origin = now
            self._suspended_ns = _suspended_ns()
            current = max(now.boot_ns, self._parameters.at(now.tsc))
            self._publish(ClockParameters(now.tsc, current, self._parameters.multiplier))
        else:
            self._publish(corrected(self._parameters, self._origin, now))

    def _sample(self) -> Sample:
        """Read both clocks as close to each other as can be had in a few attempts."""
        samples = []
        for _ in range(_SAMPLES):
            before = self._read_tsc()
            boot_ns = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
            after = self._read_tsc()
            samples.append(Sample((before + after) // 2, boot_ns, after - before))
        return min(samples, key=lambda sample: sample.uncertainty_ticks)

    def _publish(self, parameters: ClockParameters) -> None:
        """Write the set that is not in use, then make it the valid one."""
        sequence = self._memory.word(CONTROL_CLOCK_SEQUENCE) + 1
        place = CONTROL_CLOCKS + CLOCK_BYTES * (sequence & 1)
        words = (1, parameters.base_tsc, parameters.base_boot_ns, parameters.multiplier, self._suspended_ns)
        struct.pack_into("<5Q", self._memory.view, place, *words)
        struct.pack_into("<Q", self._memory.view, CONTROL_CLOCK_SEQUENCE, sequence)
        self._parameters = parameters


def _suspended_ns() -> int:
    """Measure how far CLOCK_BOOTTIME is ahead of CLOCK_MONOTONIC."""
    samples = []
    for _ in range(_SAMPLES):
        before = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
        boot_ns = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
        after = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
        samples.append((after - before, boot_ns - (before + after) // 2))
    return max(min(samples)[1], 0)


def has_leapt(old: ClockParameters, now: Sample) -> bool:
    """Tell whether clock and counter have come apart, as they do when the machine has slept."""
    return now.tsc <= old.base_tsc or abs(now.boot_ns - old.at(now.tsc)) > _LEAP_NS


def corrected(old: ClockParameters, origin: Sample, now: Sample) -> ClockParameters:
    """Continue `old` from now on with the rate that meets the true clock one period later.

    The true rate is measured from `origin`, the longer ago the better. The rate never differs from it by more
    than a thousandth, so that time neither stops nor leaps.
    """
    rate = (now.boot_ns - origin.boot_ns) / (now.tsc - origin.tsc)
    current = old.at(now.tsc)
    correction = (now.boot_ns - current) / (PERIOD_SECONDS * 1e9)
    correction = max(-_LARGEST_CORRECTION, min(_LARGEST_CORRECTION, correction))
    return ClockParameters(now.tsc, current, round(rate * (1 + correction) * 2**32))


def is_tsc_reliable() -> bool:
    """Whether the kernel itself keeps time by the processor's counter."""
    try:
        return _CLOCKSOURCE.read_text().strip() in {"tsc", "arch_sys_counter"}
    except OSError:
        return False
