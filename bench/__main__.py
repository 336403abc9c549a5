"""Run all benchmarks: a table on the terminal, everything in bench/results/TIME.json."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import resource
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench import hits, report, startup, throughput, tracers
from bench.target import build

RESULTS = Path(__file__).with_name("results")
PARTS = ("hits", "startup", "footprint", "throughput")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)}; all without one")
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    parser.add_argument("--no-kernel", action="store_true", help="without the kernel's bpftrace")
    arguments = parser.parse_args()
    parts = arguments.parts or PARTS
    if unknown := set(parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(unknown)}")
    kernel = None if arguments.no_kernel else tracers.kernel_bpftrace()
    with contextlib.suppress(OSError, ValueError):  # the kernel's tracer locks memory
        resource.setrlimit(resource.RLIMIT_MEMLOCK, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    results: dict[str, Any] = {"machine": _machine(), "time": time.strftime("%Y-%m-%dT%H:%M:%S%z")}
    with tempfile.TemporaryDirectory() as directory:
        program = build(Path(directory))
        for part in PARTS:
            if part in parts:
                results[part] = _PARTS[part](program, kernel, arguments.quick)
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{time.strftime('%Y%m%d-%H%M%S')}.json"
    path.write_text(json.dumps(results, indent=1) + "\n")
    print(f"\n{path}")


def _hits(program: Path, kernel: tracers.Tool | None, quick: bool) -> list[dict[str, Any]]:
    found = hits.measure(program, tracers.utrace(), quick)
    if kernel is not None:
        found += hits.measure(program, kernel, quick)
    report.hits(found)
    return [asdict(hit) for hit in found]


def _startup(program: Path, kernel: tracers.Tool | None, quick: bool) -> list[dict[str, Any]]:
    repetitions = 5 if quick else 15
    tool = tracers.utrace()
    found = [
        *startup.armed(program, tool, repetitions),
        startup.begin_only(tool, repetitions),
        startup.help_text(tool, repetitions),
    ]
    if kernel is not None:
        found += startup.armed(program, kernel, 3)
    report.durations(found)
    return [asdict(duration) for duration in found]


def _footprint(program: Path, _kernel: tracers.Tool | None, _quick: bool) -> dict[str, Any]:
    found = startup.footprint(program, tracers.utrace())
    report.footprint(found)
    return asdict(found)


def _throughput(program: Path, _kernel: tracers.Tool | None, quick: bool) -> list[dict[str, Any]]:
    seconds = 0.5 if quick else 2
    tool = tracers.utrace()
    found = [throughput.measure(program, tool, rate, seconds) for rate in (1_000_000, 2_000_000, None)]
    report.flows(found)
    return [asdict(flow) | {"written_rate": flow.written_rate, "cpu_ns": flow.cpu_ns} for flow in found]


def _machine() -> dict[str, Any]:
    models = [
        line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")
    ]
    return {
        "processor": models[0].split(":")[1].strip() if models else platform.processor(),
        "processors": os.cpu_count(),
        "system": f"{platform.system()} {platform.release().split('-')[0]}",
        "python": platform.python_version(),
        "load": os.getloadavg()[0],
    }


_PARTS = {"hits": _hits, "startup": _startup, "footprint": _footprint, "throughput": _throughput}

if __name__ == "__main__":
    main()
