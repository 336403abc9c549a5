"""A signal handler that is probed itself interrupts a probe, at every instruction: nothing gets lost."""

from __future__ import annotations

import pytest

from tests.codegen.compiling import Compiled, compile_script
from tests.codegen.machine import MASK
from utrace.output.model import Histogram, Stats, TimeSeries, Value
from utrace.output.values import map_value

KEYLESS = bytes(4)
LATER = 100_000
"""Another interval of the same bucket, and the last one."""
KINDS = {
    "count()": 2,
    "sum(arg0)": 11,
    "avg(arg0)": 5,
    "stats(arg0)": Stats(2, 5, 11),
    "min(arg0)": 4,
    "max(arg0)": 7,
    "min((int64)arg0)": 4,
    "max((int64)arg0)": 7,
    "hist(arg0)": 2,
    'tseries(arg0, 100, 4, "sum")': 11,
    'tseries(arg0, 100, 4, "avg")': 5,
    'tseries(arg0, 100, 4, "min")': 4,
    'tseries(arg0, 100, 4, "max")': 7,
    'tseries(arg0, 100, 1, "sum")': 11,
    'tseries((int64)arg0, 100, 4, "max")': 7,
}


def interrupted(compiled: Compiled, at: int, outer: int, inner: int, *earlier: int) -> Value | None:
    """Return what a map holds when a hit was interrupted by another; None when it ended before that."""
    machine = compiled.machine(now_ns=LATER // 2)
    for argument in earlier:
        compiled.hit(machine, argument & MASK)
    machine.now_ns = LATER
    left = [at]

    def handle_signal() -> None:
        left[0] -= 1
        if left[0] == -1:
            saved = machine.registers
            compiled.hit(machine, inner & MASK)
            machine.registers = saved

    machine.before_instruction = handle_signal
    compiled.hit(machine, outer & MASK)
    return map_value(compiled.typed.maps[0], machine.per_cpu("AT_")[KEYLESS]) if left[0] < 0 else None


def figure(value: Value) -> object:
    """Return the one number of a value."""
    if isinstance(value, TimeSeries):
        return value.points[-1][1]
    return sum(bucket.count for bucket in value.buckets) if isinstance(value, Histogram) else value


@pytest.mark.parametrize("call", KINDS)
@pytest.mark.parametrize(("outer", "inner"), [(4, 7), (7, 4)])
def test_of_the_first_hit(call: str, outer: int, inner: int) -> None:
    compiled = compile_script(f"@ = {call};", unstable_tseries="enable")
    for at in range(500):
        value = interrupted(compiled, at, outer, inner)
        if value is None:
            break
        assert figure(value) == KINDS[call], at
    assert 3 < at < 499


@pytest.mark.parametrize("call", [call for call in KINDS if "tseries" in call])
@pytest.mark.parametrize(("outer", "inner"), [(4, 7), (7, 4)])
@pytest.mark.parametrize("earlier", [(1, 99), (4, 7), (7,)])
def test_of_the_first_hit_of_an_interval(call: str, outer: int, inner: int, earlier: tuple[int, ...]) -> None:
    compiled = compile_script(f"@ = {call};", unstable_tseries="enable")
    for at in range(500):
        value = interrupted(compiled, at, outer, inner, *earlier)
        if value is None:
            break
        assert figure(value) == KINDS[call], at
    assert at < 499


@pytest.mark.parametrize(("call", "expected"), [("min((int64)arg0)", -9), ("max((int64)arg0)", 9)])
@pytest.mark.parametrize(("outer", "inner"), [(-9, 9), (9, -9)])
def test_extremes_after_others(call: str, expected: int, outer: int, inner: int) -> None:
    compiled = compile_script(f"@ = {call};")
    values = [interrupted(compiled, at, outer, inner, 0, 3) for at in range(60)]
    assert {value for value in values if value is not None} == {expected}
