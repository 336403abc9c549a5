"""Processes and tracers that die at any moment of attaching."""

import os
import random
import signal
import time
from pathlib import Path

import pytest

from tests.attach.rig import Rig
from tests.attach.test_left_behind import is_restored
from tests.programs.footprint import footprint
from utrace.backend.guardian import Guardian
from utrace.backend.inject import ptrace_calls
from utrace.backend.inject.ptrace import PtraceInferior

ROUNDS = 12
SPAN_S = 0.5
"""About as long as a session takes from its start until it is armed and a little more."""


@pytest.mark.parametrize("busy", [False, True], ids=["idle", "busy"])
@pytest.mark.parametrize("provider", ["uprobe", "uretprobe"])
def test_the_process_dies(trace, run, program, provider, busy):
    moments = random.Random(f"{provider} {busy}")
    for round in range(ROUNDS):
        target = run(program("threads"))
        if busy:
            target.do("busy 4")
        session = trace(f"{provider}:{program('threads')}:work {{ @ = count(); }}", "-p", target.pid)
        time.sleep(SPAN_S * (round + moments.random()) / ROUNDS)
        target.process.kill()
        target.process.wait()
        result = session.wait(20)
        assert "Traceback" not in result.err
        if result.code != 0:
            assert result.code in (1, 255)
            assert "ERROR: " in result.err


@pytest.mark.parametrize("provider", ["uprobe", "uretprobe"])
def test_the_command_dies(trace, program, provider):
    """`crash` is no argument of the program, which so ends with status 2 or at once."""
    path = program("threads")
    for calls in (0, 1, 1000):
        session = trace(f"{provider}:{path}:work {{ @ = count(); }}", "-c", f"{path} 1 {calls}")
        result = session.wait()
        assert result.code == 0, result
        assert result.count() == calls


@pytest.mark.parametrize("provider", ["uprobe", "uretprobe"])
def test_one_of_two_processes_dies(trace, run, program, provider):
    moments = random.Random(provider)
    survivor = run(program("threads"))
    survivor.do("run 4 100")
    before = footprint(survivor.pid)
    for round in range(ROUNDS):
        target = run(program("threads"))
        pids = ["-p", survivor.pid, "-p", target.pid]
        session = trace(f"{provider}:{program('threads')}:work {{ @ = count(); }}", *pids)
        time.sleep(SPAN_S * (round + moments.random()) / ROUNDS)
        target.process.kill()
        target.process.wait()
        if session.process.poll() is None:
            session.process.send_signal(signal.SIGTERM)
        result = session.wait(20)
        assert "Traceback" not in result.err
        assert result.code in (0, 1, 255, -signal.SIGTERM), result
        after = footprint(survivor.pid)
        assert after == before, before.difference(after)
    survivor.do("run 4 1000")
    assert survivor.quit() == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_while_attaching(trace, run, program, number):
    target = run(program("threads"))
    target.do("busy 4")
    before = footprint(target.pid)
    moments = random.Random(int(number))
    path = program("threads")
    for round in range(ROUNDS):
        script = f"uprobe:{path}:work {{ @a = count(); }} uretprobe:{path}:work {{ @b = count(); }}"
        session = trace(script, "-p", target.pid)
        time.sleep(SPAN_S * (round + moments.random()) / ROUNDS)
        session.process.send_signal(number)
        session.wait(20)
        after = footprint(target.pid)
        assert after == before, before.difference(after)
    target.do("stop")
    assert target.quit() == 0


def test_the_tracer_is_killed_while_attaching(trace, run, program):
    target = run(program("threads"))
    target.do("busy 4")
    before = footprint(target.pid)
    moments = random.Random(9)
    path = program("threads")
    for round in range(2 * ROUNDS):
        script = f"uprobe:{path}:work {{ @a = count(); }} uretprobe:{path}:work {{ @b = count(); }}"
        session = trace(script, "-p", target.pid)
        time.sleep(SPAN_S * (round + moments.random()) / ROUNDS / 2)
        session.process.kill()
        session.process.wait()
        deadline = time.monotonic() + 5
        while not is_restored(before, target.pid):
            assert time.monotonic() < deadline, before.difference(footprint(target.pid))
    target.do("stop")
    assert target.quit() == 0


def has_code_of(before, pid):
    try:
        return footprint(pid).code == before.code
    except OSError:  # something was taken away while it was looked at
        return False


def _die_at(owner, name, number, script, pid):
    """In a child of ours: attach with a guardian, and be killed before that call of a function of `owner`."""
    guardian = Guardian()
    function = getattr(owner, name)
    made = 0

    def call_or_die(*arguments):
        nonlocal made
        made += 1
        if made == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*arguments)

    setattr(owner, name, call_or_die)
    with Rig(script, pid) as rig:
        rig.attach(journal=guardian.record)
        os._exit(0)  # made fewer calls than that


def is_killed_at(owner, name, number, script, pid):
    """Whether a tracer was killed before that call; otherwise it made fewer and attached."""
    tracer = os.fork()
    if tracer == 0:
        try:
            _die_at(owner, name, number, script, pid)
        finally:
            os._exit(1)
    _, status = os.waitpid(tracer, 0)
    assert os.WIFSIGNALED(status) or status == 0, status
    return os.WIFSIGNALED(status)


@pytest.mark.parametrize("number", range(1, 15))
def test_the_tracer_is_killed_between_the_calls_it_makes_in_the_process(run, program, number):
    target = run(program("threads"))
    target.do("run 8 100")
    before = footprint(target.pid)
    script = f"uprobe:{program('threads')}:work {{ @++; }}"
    if not is_killed_at(PtraceInferior, "system_call", number, script, target.pid):
        pytest.skip("attaching takes fewer calls")
    deadline = time.monotonic() + 5
    while not has_code_of(before, target.pid):
        assert time.monotonic() < deadline
    target.do("run 8 1000")
    assert target.quit() == 0


def signal_mask(pid):
    """The signals that the first thread blocks."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("SigBlk:")), 16)


@pytest.mark.parametrize(
    ("kind", "part"), [("pie", 0), ("pie", 1), ("pie", 2), ("pie", 3), ("static", 1), ("musl", 2)]
)
def test_the_tracer_is_killed_anywhere_in_a_borrowed_call(run, program, kind, part):
    """The thread whose registers were borrowed restores itself, in the middle of a system call of its own or not.

    The process may only keep memory that was reserved, and sockets: what a call has done by then.
    """
    path = program("threads", kind)
    number, is_over = 1 + part, False
    while not is_over:
        target = run(path)
        target.do("busy 2" if part % 2 else "run 8 100")
        before = footprint(target.pid)
        script = f"uprobe:{path}:work {{ @++; }}"
        is_over = not is_killed_at(ptrace_calls, "request", number, script, target.pid)
        deadline = time.monotonic() + 5
        while not is_over and not has_code_of(before, target.pid):
            assert time.monotonic() < deadline
        if part % 2:
            target.do("stop")
        if not is_over:
            target.do("run 8 1000")
            assert not signal_mask(target.pid)
            assert target.quit() == 0
        target.kill()
        number += 8
