"""Attaching and detaching over and over while the program is busy, in one process of tests to be quick.

The footprint (code, mappings, threads, descriptors) is the same after each detach, whatever the program was at.
"""

import time

import pytest

from tests.attach.rig import Rig
from tests.programs.footprint import footprint

STORMS = ("plain", "recursive", "tail", "nap", "throw", "coroutine", "signals")
FUNCTIONS = {
    "plain": ("plain",),
    "recursive": ("recursive",),
    "tail": ("tail_caller", "tail_target"),
    "nap": ("napper",),
    "throw": ("thrower",),
    "coroutine": ("yielder",),
    "signals": ("plain", "recursive"),
}
PROVIDERS = {"uprobe": ("uprobe",), "uretprobe": ("uretprobe",), "both": ("uprobe", "uretprobe")}


def script(path, functions, providers):
    return " ".join(
        f"{provider}:{path}:{function} {{ @{provider}++; }}"
        for function in functions
        for provider in providers
    )


def rounds(target):
    return int(target.do("progress")[0].split()[1])


def wait_until(condition, timeout_s=20):
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.002)


def same(before, pid):
    after = footprint(pid)
    assert after == before, before.difference(after)


@pytest.mark.slow
@pytest.mark.parametrize("providers, times", [("uprobe", 100), ("uretprobe", 100), ("both", 500)])
def test_many_times_under_eight_busy_threads(start, program, providers, times):
    providers = PROVIDERS[providers]
    target = start("threads")
    target.do("busy 8")
    before = footprint(target.pid)
    with Rig(script(program("threads"), ["work"], providers), target.pid) as rig:
        for _ in range(times):
            rig.cycle()
        same(before, target.pid)
        hits = [rig.count(f"@{provider}") for provider in providers]
    assert all(count > 0 for count in hits)
    assert int(target.do("stop")[0].split()[1]) >= max(hits)


def cycle_in_a_storm(target, path, storm, providers, times):
    target.do(f"begin {STORMS.index(storm)} 4")
    before = footprint(target.pid)
    # An exception leaves without returning.
    counter = "@uprobe" if "uprobe" in providers else None if storm == "throw" else "@uretprobe"
    with Rig(script(path, FUNCTIONS[storm], providers), target.pid) as rig:
        for _ in range(times):
            rig.cycle()
            same(before, target.pid)
        rig.attach()
        wait_until(lambda: counter is None or rig.count(counter) > 0)
        assert rig.detach() == []
        if storm == "throw" and "uretprobe" in providers:
            assert rig.count("@uretprobe") == 0
    same(before, target.pid)
    past = rounds(target)
    wait_until(lambda: rounds(target) > past)
    target.do("stop")


@pytest.mark.parametrize("providers", PROVIDERS.values(), ids=PROVIDERS.keys())
@pytest.mark.parametrize("storm", STORMS)
def test_cycles_in_a_storm(start, program, storm, providers):
    cycle_in_a_storm(start("storm"), program("storm"), storm, providers, 20)


@pytest.mark.parametrize("storm", STORMS)
def test_cycles_in_a_storm_of_a_static_program(start, program, storm):
    path = program("storm", "static")
    cycle_in_a_storm(start("storm", "static"), path, storm, PROVIDERS["both"], 8)


BLOCKS = {"read": ("reader", 0), "alternate-stack": ("reader", 1), "coroutines": ("yielder", 2)}


@pytest.mark.parametrize("times", [1, 20])
@pytest.mark.parametrize("function, mode", BLOCKS.values(), ids=BLOCKS.keys())
def test_detach_while_a_call_has_not_returned(start, program, function, mode, times):
    target = start("storm")
    target.do("prepare")
    target.do("begin 0 1")
    target.do("stop")
    before = footprint(target.pid)
    with Rig(script(program("storm"), [function], PROVIDERS["both"]), target.pid) as rig:
        rig.attach()
        target.do(f"block {mode}")
        wait_until(lambda: rig.count("@uprobe") > 0)
        assert rig.detach() == []
        for _ in range(times - 1):
            rig.cycle()
        counts = rig.count("@uprobe"), rig.count("@uretprobe")
        target.do(f"unblock {mode}")
        same(before, target.pid)
        # Calls that return after the detach are not seen.
        assert (rig.count("@uprobe"), rig.count("@uretprobe")) == counts
    assert target.quit() == 0


@pytest.mark.parametrize("function, mode", BLOCKS.values(), ids=BLOCKS.keys())
def test_attach_while_a_call_has_not_returned(start, program, function, mode):
    target = start("storm")
    target.do("prepare")
    target.do("begin 0 1")
    target.do("stop")
    target.do(f"block {mode}")
    before = footprint(target.pid).code
    with Rig(script(program("storm"), [function], PROVIDERS["both"]), target.pid) as rig:
        rig.attach()
        target.do(f"unblock {mode}")
        # Calls that were under way when we came are not seen; both coroutines begin a new chain of four.
        entered = 8 if mode == 2 else 0
        assert (rig.count("@uprobe"), rig.count("@uretprobe")) == (entered, 0)
        assert rig.detach() == []
    assert footprint(target.pid).code == before
    assert target.quit() == 0
