"""Exact figures: threads, threads that come and go, forks, signal handlers at every instruction, kills."""

from __future__ import annotations

import functools
from pathlib import Path

import pytest

from tests.runtime.driver import CAPACITY, WIDE_CAPACITY, Program, build, memory
from utrace.backend.layout import ThreadPointer
from utrace.backend.maps import read_map
from utrace.backend.shared_memory import SharedMemory

KEYS = 1000
THREADS = 8


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory):
    directory: Path = tmp_path_factory.mktemp("runtime")

    @functools.cache
    def get(name: str, mode: ThreadPointer = ThreadPointer.SEGMENT) -> Program:
        return build(name, directory, mode)

    return get


def total(shared: SharedMemory, name: str) -> int:
    entries = read_map(shared, shared.layout.maps[name])
    return sum(int.from_bytes(value, "little") for _, values in entries for value in values)


def totals(shared: SharedMemory) -> set[int]:
    return {total(shared, name) for name in ("counter", "counts", "plain")}


def test_eight_threads_with_a_million_hits_each(program):
    with memory() as shared:
        output = program("count").run(
            "threads", shared.descriptor, 1_000_000, 1, descriptors=(shared.descriptor,)
        )
        assert output.split() == ["0", "0", "0"]
        assert totals(shared) == {8_000_000}
        for name in ("counts", "plain"):
            assert len(read_map(shared, shared.layout.maps[name])) == KEYS


@pytest.mark.parametrize(
    ("mode", "knows_tid"),
    [
        (ThreadPointer.SEGMENT, 1),
        (ThreadPointer.SEGMENT, 0),
        (ThreadPointer.RDFSBASE, 1),
        (ThreadPointer.NONE, 1),
    ],
)
def test_threads_that_come_and_go(program, mode, knows_tid):
    with memory() as shared:
        output = program("count", mode).run(
            "churn", shared.descriptor, 2000, knows_tid, descriptors=(shared.descriptor,)
        )
        assert output.split() == ["0", "0", "0"]
        assert totals(shared) == {2000 * THREADS}
        # 800 threads have lived: their slots have been used again.
        assert shared.slots_used < 200


def test_forks_count_in_slots_of_their_own(program):
    with memory() as shared:
        output = program("count").run("forks", shared.descriptor, 50_000, 1, descriptors=(shared.descriptor,))
        assert output.split() == ["0", "0", "0"]
        assert totals(shared) == {50_000 * THREADS + 1}


def test_signals_while_counting(program):
    with memory() as shared:
        output = program("count").run(
            "storm", shared.descriptor, 300_000, 1, descriptors=(shared.descriptor,)
        )
        failures, lost, handler_hits = map(int, output.split())
        assert (failures, lost) == (0, 0)
        assert totals(shared) == {300_000 * THREADS + 1 + handler_hits}


def test_signal_handler_hits_after_every_instruction(program):
    with memory() as shared:
        output = program("nested").run(shared.descriptor, 12, 3, descriptors=(shared.descriptor,))
        hits, pushes, refused, failures, steps, once, fired = map(int, output.split())
        assert failures == 0
        assert refused < pushes
        assert once > 50
        assert totals(shared) == {hits}
        assert once - 1 <= fired <= once
        assert hits == 12 + steps + once + fired


def test_process_killed_after_every_instruction(program):
    with memory() as shared:
        output = program("interrupted").run("kill", shared.descriptor, 3, 9, descriptors=(shared.descriptor,))
        interruptions, *usable = map(int, output.split())
        assert interruptions > 100
        # Each kill can cost a node; there are more spare ones than kills here.
        assert usable == pytest.approx([CAPACITY, CAPACITY, WIDE_CAPACITY], abs=3)


def test_process_stopped_after_every_instruction(program):
    with memory() as shared:
        output = program("interrupted").run("stop", shared.descriptor, 2, 4, descriptors=(shared.descriptor,))
        interruptions, *usable = map(int, output.split())
        assert interruptions > 100
        assert usable == [CAPACITY, CAPACITY, WIDE_CAPACITY]
