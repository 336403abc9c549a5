"""However a session ends, the program is as it was: code, mappings, threads, descriptors, results."""

import os
import resource
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.attach.rig import Rig
from tests.programs.footprint import footprint
from utrace.backend.inject.base import Injector
from utrace.backend.inject.ptrace import PtraceInjector
from utrace.errors import UtraceError

SYS_CLOSE = 3
PROVIDERS = {"uprobe": ("uprobe",), "uretprobe": ("uretprobe",), "both": ("uprobe", "uretprobe")}
providers = pytest.mark.parametrize("providers", PROVIDERS.values(), ids=PROVIDERS.keys())


def limit_s():
    """A second of a processor's time: on a machine with other work the guardian gets its share only."""
    with open("/proc/loadavg") as file:
        runnable = int(file.read().split()[3].partition("/")[0])
    return max(1.0, runnable / (os.cpu_count() or 1))


def script(path, providers, body="@ = count();"):
    return " ".join(f"{provider}:{path}:work {{ {body} }}" for provider in providers)


def assert_same(before, pid):
    after = footprint(pid)
    assert after == before, before.difference(after)


def is_restored(before, pid):
    try:
        return footprint(pid) == before
    except OSError:  # a mapping was taken away while it was read
        return False


def warm(target, busy):
    target.do("run 8 100")  # the C library keeps the stacks of threads
    if busy:
        target.do("busy 8")
    return footprint(target.pid)


def finish(target, busy):
    if busy:
        assert int(target.do("stop")[0].split()[1]) > 0
    target.do("run 8 1000")
    assert target.quit() == 0


@providers
@pytest.mark.parametrize("busy", [False, True], ids=["idle", "busy"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ended_by_a_signal(trace, start, program, providers, busy, number):
    target = start("threads")
    before = warm(target, busy)
    session = trace(script(program("threads"), providers), "-p", target.pid).armed()
    assert footprint(target.pid).code != before.code
    if not busy:
        target.do("run 8 1000")
    result = session.end(number)
    assert result.count() == 8000 * len(providers) if not busy else result.count() > 0
    assert_same(before, target.pid)
    finish(target, busy)


@providers
@pytest.mark.parametrize("busy", [False, True], ids=["idle", "busy"])
def test_ended_by_the_script(trace, start, program, providers, busy):
    target = start("threads")
    before = warm(target, busy)
    body = (
        "@ = count(); if (arg0 >= 500) { exit(7); }"
        if "uprobe" in providers
        else "@ = count(); if (retval > 1000) { exit(7); }"
    )
    text = " ".join(f"{provider}:{program('threads')}:work {{ {body} }}" for provider in providers[:1])
    text += " ".join(
        f" {provider}:{program('threads')}:work {{ @r = count(); }}" for provider in providers[1:]
    )
    session = trace(text, "-p", target.pid).armed()
    if not busy:
        target.do("run 1 100000")
    assert session.wait().code == 7
    assert_same(before, target.pid)
    finish(target, busy)


@providers
@pytest.mark.parametrize("busy", [False, True], ids=["idle", "busy"])
def test_restored_within_a_second_when_the_tracer_is_killed(trace, start, program, providers, busy):
    target = start("threads")
    before = warm(target, busy)
    session = trace(script(program("threads"), providers), "-p", target.pid).armed()
    assert footprint(target.pid).code != before.code
    session.process.kill()
    killed, limit = time.monotonic(), limit_s()
    while not is_restored(before, target.pid):
        assert time.monotonic() < killed + limit, before.difference(footprint(target.pid))
    session.process.wait()
    finish(target, busy)


def test_a_killed_tracer_leaves_no_process(trace, start, program):
    target = start("threads")
    session = trace(script(program("threads"), ["uprobe"]), "-p", target.pid).armed()
    children = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(session.process.pid)], capture_output=True, text=True, check=False
    ).stdout.split()
    assert len(children) == 1  # the guardian
    session.process.kill()
    session.process.wait()
    deadline = time.monotonic() + 5
    while os.path.exists(f"/proc/{children[0]}") and _state(children[0]) != "Z":
        assert time.monotonic() < deadline
        time.sleep(0.01)


def _state(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0]
    except OSError:
        return "Z"


def test_children_are_restored_too(trace, run, own_program):
    path = own_program("storm")
    target, other = run(path), run(path)
    befores = [footprint(target.pid), footprint(other.pid)]
    session = trace(f"uretprobe:{path}:plain {{ @ = count(); }}").armed()
    session.end()
    for process, before in zip((target, other), befores, strict=True):
        assert_same(before, process.pid)
        assert process.quit() == 0


def test_the_second_of_two_processes_can_not_be_attached(trace, run, program):
    first = run(program("threads"))
    before = warm(first, busy=False)

    second = run(program("threads"))
    second.do("run 8 100")
    used = int(Path(f"/proc/{second.pid}/statm").read_text().split()[0]) * resource.getpagesize()
    resource.prlimit(second.pid, resource.RLIMIT_AS, (used, used))
    untouched = footprint(second.pid)
    text = script(program("threads"), ["uprobe", "uretprobe"])
    result = trace(text, "-p", first.pid, "-p", second.pid).wait()
    assert result.code == 255
    assert "ERROR: " in result.err
    assert "can't map" in result.err
    assert "Traceback" not in result.err
    assert_same(before, first.pid)
    assert_same(untouched, second.pid)
    finish(first, busy=False)
    assert second.quit() == 0


class FailingInjector(Injector):
    """Fails at the change with a given number; closing a descriptor never fails."""

    name = "failing"

    def __init__(self, fails_at: int) -> None:
        self.left = fails_at

    def open(self, pid):
        inferior = PtraceInjector().open(pid)
        for name in ("write", "move"):
            setattr(inferior, name, self._failing(getattr(inferior, name)))
        system_call = self._failing(inferior.system_call)
        inferior.system_call = lambda number, *rest: (
            inferior.__class__.system_call(inferior, number, *rest)
            if number == SYS_CLOSE
            else system_call(number, *rest)
        )
        return inferior

    def _failing(self, operation):
        def run(*arguments):
            self.left -= 1
            if self.left == 0:
                raise OSError(5, "failed on purpose")
            return operation(*arguments)

        return run


@pytest.mark.parametrize("busy", [False, True], ids=["idle", "busy"])
def test_failure_at_each_step_of_attaching(start, program, busy):
    target = start("threads")
    before = warm(target, busy)
    with Rig(script(program("threads"), PROVIDERS["both"]), target.pid) as rig:
        for step in range(1, 1000):
            rig.injector = FailingInjector(step)
            try:
                rig.attach()
            except (UtraceError, OSError):
                failed = True
            else:
                failed = rig.injector.left <= 0  # what failed was something that could be done without
            rig.injector = PtraceInjector()
            assert rig.detach() == []
            assert_same(before, target.pid)
            if not failed:
                break
    assert step > 15
    finish(target, busy)
