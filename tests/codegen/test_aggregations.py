"""Aggregations count what they should, in the layouts that the output expects."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.codegen.compiling import Compiled, compile_script, number, words
from tests.codegen.machine import MASK
from utrace.frontend.buckets import LinearBuckets, LogBuckets

KEYLESS = bytes(4)
INT64 = st.integers(-(2**63), 2**63 - 1) | st.integers(-2, 70)


def test_count_is_kept_per_cpu() -> None:
    compiled = compile_script("@ = count();")
    machine = compiled.machine()
    compiled.hit(machine)
    machine.cpu = 1
    compiled.hit(machine)
    compiled.hit(machine)
    assert [words(value) for value in machine.per_cpu("AT_")[KEYLESS]] == [(1,), (2,)]


def test_keyed_count() -> None:
    compiled = compile_script("@[comm, arg0] = count();")
    machine = compiled.machine()
    for argument in (1, 2, 1):
        compiled.hit(machine, argument)
    assert sorted(words(values[0]) for values in machine.per_cpu("AT_").values()) == [(1,), (2,)]


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        ("sum", (3, 3)),
        ("avg", (3, 3)),
        ("stats", (3, 3)),
        ("min", (MASK >> 1 ^ -7 & MASK, 1)),
        ("max", (9 | 1 << 63, 1)),
    ],
)
def test_numbers(function: str, expected: tuple[int, int]) -> None:
    compiled = compile_script(f"@ = {function}(arg0); @k[1] = {function}((int64)arg0);")
    machine = compiled.machine()
    for argument in (1, -7, 9):
        compiled.hit(machine, argument)
    assert words(machine.per_cpu("AT_")[KEYLESS][0]) == expected
    assert [words(values[0]) for values in machine.per_cpu("AT_k").values()] == [expected]


def test_min_and_max_of_unsigned_numbers() -> None:
    compiled = compile_script("@a = min((uint64)arg0); @b = max((uint64)arg0);")
    machine = compiled.machine()
    for argument in (5, -1):
        compiled.hit(machine, argument)
    assert words(machine.per_cpu("AT_a")[KEYLESS][0]) == (MASK ^ 5, 1)
    assert words(machine.per_cpu("AT_b")[KEYLESS][0]) == (MASK, 1)


def bucket_hit(compiled: Compiled, argument: int) -> int:
    machine = compiled.machine()
    compiled.hit(machine, argument)
    counters = words(machine.per_cpu("AT_")[KEYLESS][0])
    assert sum(counters) == 1
    return counters.index(1)


_COMPILED: dict[str, Compiled] = {}


def compiled_once(text: str) -> Compiled:
    if text not in _COMPILED:
        _COMPILED[text] = compile_script(text)
    return _COMPILED[text]


@pytest.mark.parametrize("bits", [0, 2, 5])
@settings(max_examples=60, deadline=None)
@given(argument=INT64)
def test_hist(bits: int, argument: int) -> None:
    compiled = compiled_once(f"@ = hist(arg0, {bits});")
    assert bucket_hit(compiled, argument) == LogBuckets(bits).index(argument)


@pytest.mark.parametrize("bounds", [(0, 100, 10), (-5, 20, 3), (10, 11, 1)])
@settings(max_examples=60, deadline=None)
@given(argument=INT64)
def test_lhist(bounds: tuple[int, int, int], argument: int) -> None:
    compiled = compiled_once("@ = lhist(arg0, {}, {}, {});".format(*bounds))
    assert bucket_hit(compiled, argument) == LinearBuckets(*bounds).index(argument)


def test_aggregations_read_as_integers_over_all_cpus() -> None:
    updates = "@c = count(); @s = sum(arg0); @m = min(arg0); @x = max(arg0); @a = avg(arg0); @k[1] = count();"
    reads = "@r[1] = (int64)@c; @r[2] = (int64)@s; @r[3] = (int64)@m; @r[4] = (int64)@x; @r[5] = (int64)@a;"
    more = "@r[6] = (int64)@k[1]; @r[7] = (int64)@k[2]; @r[8] = @c > 2 ? 1 : 0;"
    compiled = compile_script(f"uprobe:/b:f {{ {updates} {reads} {more} }}")
    machine = compiled.machine()
    for cpu, argument in ((0, -30), (1, 4), (1, 5)):
        machine.cpu = cpu
        compiled.hit(machine, argument)
    values = {number(key): number(value) for key, value in machine.entries("AT_r").items()}
    assert values == {1: 3, 2: -21, 3: -30, 4: 5, 5: -7, 6: 3, 7: 0, 8: 1}
