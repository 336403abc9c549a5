"""Starts a tracer on a running process and waits until its probes are armed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

NOTIFICATION = "__BPFTRACE_NOTIFY_PROBES_ATTACHED"
_TIMEOUT_S = 5
_SIGNALS = 6


@dataclass(frozen=True)
class Tool:
    """A tracer that speaks the language."""

    name: str
    command: tuple[str, ...]


def utrace() -> Tool:
    """The installed command of this environment, or else the checkout."""
    installed = Path(sys.executable).with_name("utrace")
    if installed.exists():
        return Tool("utrace", (str(installed),))
    return Tool("utrace", (sys.executable, "-m", "utrace"))


def kernel_bpftrace() -> Tool | None:
    """The kernel's tracer, where it is installed and we may use it."""
    path = shutil.which("bpftrace")
    return Tool("bpftrace", (path,)) if path and os.geteuid() == 0 else None


@dataclass
class Run:
    """A tracer at work; `armed_s` after its start its probes were attached, for `armed_cpu_s` of processor time."""

    process: subprocess.Popen[str]
    armed_s: float
    armed_cpu_s: float
    output: str = field(default="")
    cpu_s: float = field(default=0.0)

    def processor_s(self) -> float:
        """Processor time of the tracer's threads so far."""
        return _processor_s(self.process.pid)

    def stop(self) -> str:
        """End it as Ctrl-C does; all that it printed."""
        self.cpu_s = self.processor_s()
        for _attempt in range(
            _SIGNALS
        ):  # bpftrace 0.17 misses a signal that comes just after it has attached
            self.process.send_signal(signal.SIGINT)
            try:
                self.output, _ = self.process.communicate(timeout=_TIMEOUT_S)
                return self.output
            except subprocess.TimeoutExpired:
                continue
        self.process.kill()
        self.process.communicate()
        raise RuntimeError(f"{self.process.args} did not end")


def start(tool: Tool, script: str, pid: int, *more: str) -> Run:
    """Attach a script to a process; returns when the probes are armed."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    began = time.perf_counter()
    process = subprocess.Popen(
        [*tool.command, "-e", script, "-p", str(pid), *more],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment | {NOTIFICATION: "1"},
    )
    assert process.stdout is not None
    seen = []
    for line in process.stdout:
        if NOTIFICATION in line:
            armed = time.perf_counter() - began
            return Run(process, armed, _processor_s(process.pid))
        seen.append(line)
    raise RuntimeError(f"{tool.name} ended before it was armed:\n{''.join(seen)}")


def _processor_s(pid: int) -> float:
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        total += int((task / "schedstat").read_text().split()[0])
    return total / 1e9
