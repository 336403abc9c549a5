"""The targets' clock: right, continuous when it is renewed, and monotonic."""

from __future__ import annotations

import ctypes
import struct
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.runtime.native import native
from utrace.backend.clock import (
    ClockParameters,
    Sample,
    TargetClock,
    corrected,
    has_leapt,
    is_tsc_reliable,
)
from utrace.backend.layout import CLOCK_BYTES, CONTROL_CLOCK_SEQUENCE, CONTROL_CLOCKS

RATE = 0.4
"""Nanoseconds per tick."""


@given(st.floats(0.9999, 1.0001), st.integers(-200_000, 200_000))
def test_a_wrong_rate_and_a_wrong_start_are_corrected(drift, error_ns):
    parameters = ClockParameters(1000, 10**12 + error_ns, round(RATE * drift * 2**32))
    origin = Sample(1000, 10**12, 50)
    for second in range(1, 6):
        tsc = 1000 + int(second * 1e9 / RATE)
        now = Sample(tsc, 10**12 + second * 10**9, 50)
        assert not has_leapt(parameters, now)
        renewed = corrected(parameters, origin, now)
        assert renewed.at(tsc) == parameters.at(tsc)
        assert renewed.at(tsc + 1000) > renewed.at(tsc)
        parameters = renewed
    assert abs(parameters.at(tsc) - now.boot_ns) < 10


def test_the_machine_has_slept():
    parameters = ClockParameters(1000, 10**12, round(RATE * 2**32))
    assert has_leapt(parameters, Sample(2000, 10**12 + 60 * 10**9, 50))
    assert has_leapt(parameters, Sample(10, 10**12 + 60 * 10**9, 50))


def clock_in_c(memory) -> int:
    """What targets would compute now; the counter is read last."""
    sequence = memory.word(CONTROL_CLOCK_SEQUENCE)
    at = CONTROL_CLOCKS + CLOCK_BYTES * (sequence & 1)
    return struct.unpack_from("<5Q", memory.view, at)


@pytest.mark.skipif(not is_tsc_reliable(), reason="this machine keeps time without the processor's counter")
def test_targets_know_the_time():
    with native({}) as (memory, image):
        read_tsc = image.function("rt_tracer_tsc", ctypes.c_uint64)
        clock = TargetClock(memory, read_tsc)
        for _ in range(5):
            is_tsc, base_tsc, base_ns, multiplier, suspended = clock_in_c(memory)
            assert is_tsc == 1
            assert suspended < 10**18
            before = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
            now = ClockParameters(base_tsc, base_ns, multiplier).at(read_tsc())
            after = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
            assert before - 100_000 < now < after + 100_000
            time.sleep(0.02)
            clock.renew()
