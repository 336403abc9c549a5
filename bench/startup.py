"""From start to armed, --help, and what being traced adds to the target."""

from __future__ import annotations

import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench import tracers
from bench.target import KINDS, running
from bench.tracers import Tool

SCRIPTS = {
    "count": "uprobe:FUNCTION { @ = count(); }",
    "latency pair": (
        "uprobe:FUNCTION { @start[tid] = nsecs; } "
        "uretprobe:FUNCTION /@start[tid]/ { @us = hist((nsecs - @start[tid]) / 1000); DELETE }"
    ),
}


@dataclass(frozen=True)
class Duration:
    """Wall-clock and processor milliseconds of a step: best and median of the repetitions."""

    what: str
    tool: str
    min_ms: float
    median_ms: float
    cpu_min_ms: float
    limit_ms: float | None


@dataclass(frozen=True)
class Footprint:
    """What the target is while it is traced, beside what it was before and after."""

    before: dict[str, int]
    during: dict[str, int]
    after: dict[str, int]


def armed(program: Path, tool: Tool, repetitions: int) -> list[Duration]:
    """From the exec of the tracer to armed probes in a running process."""
    return [_armed(program, tool, name, script, repetitions) for name, script in SCRIPTS.items()]


def _armed(program: Path, tool: Tool, name: str, script: str, repetitions: int) -> Duration:
    delete = "delete(@start[tid]);" if tool.name == "bpftrace" else "delete(@start, tid);"
    script = script.replace("FUNCTION", f"{program}:{KINDS['push']}").replace("DELETE", delete)
    wall, cpu = [], []
    with running(program) as target:
        for _ in range(repetitions):
            run = tracers.start(tool, script, target.pid)
            run.stop()
            wall.append(run.armed_s * 1000)
            cpu.append(run.armed_cpu_s * 1000)
    return Duration(f"start to armed: {name}", tool.name, min(wall), median(wall), min(cpu), 300)


def help_text(tool: Tool, repetitions: int) -> Duration:
    """The time of --help."""
    return _whole_run("--help", tool, ["--help"], repetitions, 150)


def begin_only(tool: Tool, repetitions: int) -> Duration:
    """The time of a script that has a begin probe only, from its start to its end."""
    script = 'begin { @x[1] = count(); printf("%d\\n", 1); }'
    return _whole_run("begin-only script, whole run", tool, ["-e", script], repetitions, 250)


def _whole_run(what: str, tool: Tool, arguments: list[str], repetitions: int, limit_ms: float) -> Duration:
    wall, cpu = [], []
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    for _ in range(repetitions):
        before, began = os.times(), time.perf_counter()
        subprocess.run(
            [*tool.command, *arguments],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
            env=environment,
        )
        wall.append((time.perf_counter() - began) * 1000)
        after = os.times()
        cpu.append(
            (after.children_user + after.children_system - before.children_user - before.children_system)
            * 1000
        )
    return Duration(what, tool.name, min(wall), median(wall), min(cpu), limit_ms)


def footprint(program: Path, tool: Tool) -> Footprint:
    """Memory, threads and mappings of the target before, during (after 100,000 hits) and after tracing."""
    script = f"uprobe:{program}:{KINDS['push']} {{ @[arg0] = count(); }}"
    with running(program) as target:
        target.time_calls("push", 20_000, 10)

        def state() -> dict[str, int]:
            return target.memory_kib() | {"threads": target.threads(), "mappings": target.mappings()}

        before = state()
        run = tracers.start(tool, script, target.pid)
        target.time_calls("push", 10_000, 10)
        during = state()
        run.stop()
        return Footprint(before, during, state())
