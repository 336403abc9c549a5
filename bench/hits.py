"""What one hit costs the target: each script on each kind of function, under utrace and under the kernel's tracer."""

from __future__ import annotations

import re
import statistics
from dataclasses import dataclass, replace
from pathlib import Path

from bench import tracers
from bench.target import KINDS, Target, running
from bench.tracers import Tool


@dataclass(frozen=True)
class Case:
    """A script (FUNCTION stands for the attach point's target) and what its hit may cost."""

    name: str
    script: str
    limit_ns: float
    calls: int = 20_000
    rounds: int = 200
    pause_us: int = 0


@dataclass(frozen=True)
class Hit:
    """The cost of a case on a function under a tool, in nanoseconds over the call of the twin."""

    case: str
    kind: str
    tool: str
    added_min_ns: float
    added_median_ns: float
    call_ns: float
    before_min_ns: float
    after_min_ns: float
    limit_ns: float
    lost: int


_LATENCY = (
    "uprobe:FUNCTION { @start[tid] = nsecs; } "
    "uretprobe:FUNCTION /@start[tid]/ { @ns = hist(nsecs - @start[tid]); DELETE }"
)
CASES = (
    Case("count", "uprobe:FUNCTION { @ = count(); }", 3),
    Case("count by arg0, 1000 keys", "uprobe:FUNCTION { @[arg0] = count(); }", 8),
    Case("count by tid", "uprobe:FUNCTION { @[tid] = count(); }", 8),
    Case("hist(arg0)", "uprobe:FUNCTION { @ = hist(arg0); }", 6),
    Case("latency: entry + return", _LATENCY, 40),
    # Few calls in a round and a pause after it: the ring must not fill, or it is dropping that is measured.
    Case("printf of two integers", 'uprobe:FUNCTION { printf("%d %d\\n", arg0, arg1); }', 30, 1000, 60, 5000),
)
_SLOWER_CALLS, _SLOWER_ROUNDS = 1000, 15
_BARE_CALLS, _BARE_ROUNDS = 20_000, 50
_PROCESSES = 3
"""Each has its code and its stack elsewhere, and on a shared machine its neighbours; one is too few to judge by."""


def measure(program: Path, tool: Tool, quick: bool = False) -> list[Hit]:
    """All cases on both functions."""
    processes = 1 if quick or tool.name == "bpftrace" else _PROCESSES
    return [
        _combine([_measure(program, tool, case, kind, quick) for _ in range(processes)])
        for case in CASES
        for kind in KINDS
    ]


def _combine(found: list[Hit]) -> Hit:
    """The best of the best rounds, and the median of the medians, of several processes."""
    best = min(found, key=lambda hit: hit.added_min_ns)
    median = statistics.median(hit.added_median_ns for hit in found)
    return replace(best, added_median_ns=median, lost=sum(hit.lost for hit in found))


def _measure(program: Path, tool: Tool, case: Case, kind: str, quick: bool) -> Hit:
    is_kernel = tool.name == "bpftrace"
    calls = min(case.calls, _SLOWER_CALLS) if is_kernel else case.calls
    rounds = _SLOWER_ROUNDS if is_kernel else case.rounds // 2 if quick else case.rounds
    file = program.with_name("output")
    with running(program) as target:
        before = target.time_calls(kind, _BARE_CALLS, _BARE_ROUNDS)
        run = tracers.start(tool, _script(case, kind, target, is_kernel), target.pid, "-o", str(file))
        warming = rounds if case.pause_us and not is_kernel else 1
        # The first hits prepare the thread's slot and touch memory: a whole ring of it for events.
        target.time_calls(kind, calls, warming, case.pause_us)
        timing = target.time_calls(kind, calls, rounds, case.pause_us)
        output = run.stop() + file.read_text()
        after = target.time_calls(kind, _BARE_CALLS, _BARE_ROUNDS)
    lost = _lost(output)
    _check(case, output, calls * (rounds + warming), lost)
    return Hit(
        case=case.name,
        kind=kind,
        tool=tool.name,
        added_min_ns=timing.added_min_ns,
        added_median_ns=timing.added_median_ns,
        call_ns=timing.calls_ns,
        before_min_ns=before.added_min_ns,
        after_min_ns=after.added_min_ns,
        limit_ns=case.limit_ns,
        lost=lost,
    )


def _script(case: Case, kind: str, target: Target, is_kernel: bool) -> str:
    delete = "delete(@start[tid]);" if is_kernel else "delete(@start, tid);"
    return case.script.replace("FUNCTION", f"{target.path}:{KINDS[kind]}").replace("DELETE", delete)


def _lost(output: str) -> int:
    totals = re.findall(r"Lost (\d+) events", output)
    return sum(map(int, totals))


def _check(case: Case, output: str, hits: int, lost: int) -> None:
    """A fast probe that counts wrongly would be worth nothing."""
    if "printf" in case.name:
        seen = len(re.findall(r"^\d+ \d+$", output, re.MULTILINE)) + lost
    elif "hist" in case.script:
        seen = sum(map(int, re.findall(r"\)\s+(\d+) \|", output))) + sum(
            map(int, re.findall(r"\]\s+(\d+) \|", output))
        )
    else:
        seen = sum(map(int, re.findall(r"^@.*: (\d+)$", output, re.MULTILINE)))
    if seen != hits:
        raise RuntimeError(f"{case.name}: {hits} hits, but {seen} were seen:\n{output[:2000]}")
