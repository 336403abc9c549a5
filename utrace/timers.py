"""Interval probes: programs that the tracer runs by the clock."""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable, Iterable


class Timers:
    """Runs programs at fixed distances from the start, without drift; what was missed is not made up for."""

    def __init__(self, periods_ns: Iterable[tuple[int, str]], run: Callable[[str], object]) -> None:
        """`periods_ns` are pairs of period and program."""
        now = time.monotonic_ns()
        self._run = run
        self._queue = [(now + period, order, period, name) for order, (period, name) in enumerate(periods_ns)]
        heapq.heapify(self._queue)

    def run_due(self) -> None:
        """Run every program whose time has come."""
        while self._queue and self._queue[0][0] <= time.monotonic_ns():
            due, order, period, name = self._queue[0]
            self._run(name)
            late = time.monotonic_ns() - due
            heapq.heapreplace(self._queue, (due + (late // period + 1) * period, order, period, name))

    def pause_s(self, longest: float) -> float:
        """How long nothing is due, at most `longest` seconds."""
        if not self._queue:
            return longest
        return min(longest, max(0.0, (self._queue[0][0] - time.monotonic_ns()) / 1e9))
