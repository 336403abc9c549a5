"""How many printf events a second reach a file, and how many are lost, at a rate and without one."""

from __future__ import annotations

import re
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from bench import tracers
from bench.target import KINDS, running
from bench.tracers import Tool

_BURST = 1000
_QUIET_S = 0.3


@dataclass(frozen=True)
class Flow:
    """Events of one run. `offered_rate` is None where the target sent without a pause."""

    tool: str
    offered_rate: int | None
    sent: int
    written: int
    lost: int
    seconds: float
    tracer_cpu_s: float

    @property
    def written_rate(self) -> float:
        """Events a second that reached the file, until the last of them did."""
        return self.written / self.seconds

    @property
    def cpu_ns(self) -> float:
        """Processor time of the tracer for one event."""
        return self.tracer_cpu_s * 1e9 / max(self.written, 1)


def measure(program: Path, tool: Tool, rate: int | None, seconds: float) -> Flow:
    """Send for `seconds` at `rate` events a second (None: 20 million for each second, without a pause)."""
    script = f'uprobe:{program}:{KINDS["push"]} {{ printf("%d %d\\n", arg0, arg1); }}'
    period_ns = int(_BURST / rate * 1e9) if rate else 0
    count = int((rate or 20_000_000) * seconds / _BURST)
    with running(program) as target, tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "events"
        run = tracers.start(tool, script, target.pid, "-o", str(path))
        target.send("push", _BURST, 20, 1_000_000)  # so that its formatter has been compiled
        time.sleep(0.3)
        cpu, began = run.processor_s(), time.perf_counter()
        target.send("push", _BURST, count, period_ns)
        ended = _end_of_growth(path)
        cpu = run.processor_s() - cpu
        output = run.stop()
        text = path.read_bytes() + output.encode()
    lost = sum(int(number) for number in re.findall(rb"Lost (\d+) events", text))
    written = len(re.findall(rb"^\d+ \d+$", text, re.MULTILINE))
    sent = _BURST * (count + 20)
    if written + lost != sent:
        raise RuntimeError(f"{sent} events sent, {written} written, {lost} lost")
    return Flow(tool.name, rate, sent, written, lost, ended - began, cpu)


def _end_of_growth(path: Path) -> float:
    """Wait until a file has kept its size for a while; when it got it."""
    size, seen = -1, time.perf_counter()
    while time.perf_counter() - seen < _QUIET_S:
        if size != path.stat().st_size:
            size, seen = path.stat().st_size, time.perf_counter()
        time.sleep(0.005)
    return seen
