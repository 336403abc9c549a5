"""Series: which bucket a value goes into, and what the output makes of the bytes."""

from __future__ import annotations

import pytest

from tests.codegen.compiling import Compiled, compile_script
from tests.codegen.machine import MASK, Machine
from utrace.output.model import TimeSeries
from utrace.output.values import map_value

KEYLESS = bytes(4)
HITS = {
    "last": ("", [(1, 10), (2, 5)], 5),
    "avg": (', "avg"', [(1, 10), (2, 5)], 7),
    "sum": (', "sum"', [(1, 10), (2, -5)], 5),
    "min": (', "min"', [(1, 10), (2, -5), (3, 7)], -5),
    "max": (', "max"', [(1, 10), (2, -5), (3, 17)], 17),
    "max of negative ones": (', "max"', [(1, -10), (2, -5)], -5),
    "min of positive ones": (', "min"', [(1, 10), (2, 5)], 5),
}


def series(count: int, more: str = "") -> Compiled:
    text = f"@now = arg0; @x = tseries(arg1, 100, {count}{more});"
    return compile_script(text, unstable_tseries="enable", dummy_ts_map="@now")


def points(compiled: Compiled, machine: Machine) -> tuple[tuple[int, int | None], ...]:
    value = map_value(compiled.typed.map("@x"), machine.per_cpu("AT_x")[KEYLESS])
    assert isinstance(value, TimeSeries)
    return value.points


@pytest.mark.parametrize("name", HITS)
def test_values_of_one_interval(name: str) -> None:
    more, hits, expected = HITS[name]
    compiled = series(4, more)
    machine = compiled.machine()
    for time, given in hits:
        compiled.hit(machine, time, given & MASK)
    assert points(compiled, machine) == ((0, expected),)


def test_a_bucket_is_used_again_by_a_later_interval() -> None:
    compiled = series(2, ', "sum"')
    machine = compiled.machine()
    for time, given in (
        (0, 1),
        (50, 2),
        (100, 3),
        (250, 4),
        (299, 5),
        (300, 6),
        (599, 7),
        (600, 8),
        (850, 9),
    ):
        compiled.hit(machine, time, given)
        if time == 300:
            assert points(compiled, machine) == ((200, 9), (300, 6))
    assert points(compiled, machine) == ((800, 9),)


def test_a_time_gone_back_to() -> None:
    compiled = series(2, ', "sum"')
    machine = compiled.machine()
    for time, given in ((0, 1), (100, 2), (99, 3)):
        compiled.hit(machine, time, given)
    assert points(compiled, machine) == ((0, 4), (100, 2))
    for time, given in ((300, 5), (100, 6), (0, 7)):
        compiled.hit(machine, time, given)
    assert points(compiled, machine) == ((300, 5),)
