"""Functions whose beginning is hard to replace by a jump: counted exactly, or refused and left alone."""

import time

import pytest

from tests.attach.rig import Rig
from tests.programs.footprint import footprint

HITS = {
    "only_ret": 1,
    "short_padded": 3,  # two other functions jump there
    "short_packed": 1,
    "after_packed": 1,
    "plain_add": 1,
    "marked_add": 1,
    "jump_first": 1,
    "call_first": 1,
    "loop_entry": 5,
    "loop_inside": 1,
    "relative_load": 1,
    "branch_first": 1,
    "count_first": 1,
    "call_self": 1,
    "tiny_jump": 1,
    "indirect_jump": 1,
    "stack_call": 1,
    "marked_short": 1,
}
"""Function: how often its first instruction runs for each `call 1`."""

RETURNS = {name: 1 for name in HITS} | {"short_padded": 3}
PROVIDERS = {"uprobe": ("uprobe",), "uretprobe": ("uretprobe",), "both": ("uprobe", "uretprobe")}
CALLS = 1000


def assert_same(before, pid):
    after = footprint(pid)
    assert after == before, before.difference(after)


def script(path, name, providers):
    return " ".join(f"{provider}:{path}:{name} {{ @{provider}++; }}" for provider in providers)


@pytest.mark.parametrize("providers", PROVIDERS.values(), ids=PROVIDERS.keys())
@pytest.mark.parametrize("name", HITS)
def test_counted_exactly(start, program, name, providers):
    target = start("starts")
    before = footprint(target.pid)
    with Rig(script(program("starts"), name, providers), target.pid) as rig:
        rig.cycle(lambda: target.do(f"call {CALLS}"))
        if "uprobe" in providers:
            assert rig.count("@uprobe") == HITS[name] * CALLS
        if "uretprobe" in providers and name != "loop_entry":  # each round of its loop is an entry
            assert rig.count("@uretprobe") == RETURNS[name] * CALLS
    assert_same(before, target.pid)
    target.do(f"call {CALLS}")


def test_all_at_once(trace, start, program):
    target, path = start("starts"), program("starts")
    before = footprint(target.pid)
    probes = ",".join(f"uprobe:{path}:{name}" for name in HITS)
    returns = ",".join(f"uretprobe:{path}:{name}" for name in HITS if name != "loop_entry")
    session = trace(
        f"{probes} {{ @in[func] = count(); }} {returns} {{ @out[func] = count(); }}", "-p", target.pid
    ).armed()
    target.do(f"call {CALLS}")
    result = session.end()
    assert result.keys("@in") == {name: hits * CALLS for name, hits in HITS.items()}
    assert result.keys("@out") == {n: hits * CALLS for n, hits in RETURNS.items() if n != "loop_entry"}
    assert_same(before, target.pid)
    target.do(f"call {CALLS}")


@pytest.mark.parametrize("providers", PROVIDERS.values(), ids=PROVIDERS.keys())
def test_cycles_while_all_of_them_are_busy(start, program, providers):
    target, path = start("starts"), program("starts")
    target.do("busy 4")
    before = footprint(target.pid)
    text = " ".join(script(path, name, providers) for name in HITS)
    with Rig(text, target.pid) as rig:
        for _ in range(40):
            rig.cycle()
        assert_same(before, target.pid)
    target.do("stop")


BLOCKED = {"raw_read": 0, "bare_syscall": 1}


def blocked_target(start, name):
    target = start("starts")
    target.do(f"block {BLOCKED[name]}")
    deadline = time.monotonic() + 20
    while not any(
        _waits_in_read(target.pid, tid) for tid in footprint(target.pid).threads if tid != target.pid
    ):
        assert time.monotonic() < deadline
    return target


def _waits_in_read(pid, tid):
    with open(f"/proc/{pid}/task/{tid}/syscall") as file:
        return file.read().startswith("0 ")


@pytest.mark.parametrize("providers", PROVIDERS.values(), ids=PROVIDERS.keys())
@pytest.mark.parametrize("name", BLOCKED)
@pytest.mark.parametrize("signals", [False, True], ids=["quiet", "signals"])
def test_attach_and_detach_around_a_blocked_system_call(start, program, name, providers, signals):
    target = blocked_target(start, name)
    before = footprint(target.pid)
    with Rig(script(program("starts"), name, providers), target.pid) as rig:
        for _ in range(5):
            rig.cycle(lambda: target.do("interrupt") if signals else None)
            assert_same(before, target.pid)
            if signals:
                target.do("interrupt")
        assert rig.count("@uretprobe" if "uprobe" not in providers else "@uprobe") == 0
    target.do("unblock")
    assert target.quit() == 0


@pytest.mark.parametrize("name", BLOCKED)
@pytest.mark.parametrize("signals", [False, True], ids=["quiet", "signals"])
def test_a_blocked_system_call_returns_while_attached(start, program, name, signals):
    target = blocked_target(start, name)
    with Rig(script(program("starts"), name, PROVIDERS["both"]), target.pid) as rig:
        rig.attach()
        if signals:
            target.do("interrupt")
        target.do("unblock")
        # The call began before us.
        assert (rig.count("@uprobe"), rig.count("@uretprobe")) == (0, 0)
        assert rig.detach() == []
    assert target.quit() == 0


@pytest.mark.parametrize("providers", PROVIDERS.values(), ids=PROVIDERS.keys())
@pytest.mark.parametrize("name", BLOCKED)
def test_detach_from_a_call_that_blocked_while_attached(start, program, name, providers):
    target = start("starts")
    with Rig(script(program("starts"), name, providers), target.pid) as rig:
        rig.attach()
        target.do(f"block {BLOCKED[name]}")
        deadline = time.monotonic() + 20
        while not any(
            _waits_in_read(target.pid, tid) for tid in footprint(target.pid).threads if tid != target.pid
        ):
            assert time.monotonic() < deadline
        assert rig.detach() == []
        target.do("interrupt")
        target.do("unblock")
        assert rig.count("@uretprobe") == 0 or "uretprobe" not in providers
    assert target.quit() == 0
