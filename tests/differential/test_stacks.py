"""The kernel's unwinder and ours find the same addresses, each as often, in a program that lies at a fixed place."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from itertools import takewhile
from pathlib import Path

import pytest

from tests.differential.test_bpftrace import SECONDS, needs_bpftrace

WAYS = ["chain 20", "recursion 5 30", "recursion 2 110", "assembler 4"]
PLACES = {
    "leaf": "uprobe:{}:leaf",
    "function with a frame": "uprobe:{}:middle",
    "return": "uretprobe:{}:leaf",
    "outer return": "uretprobe:{}:middle",
}


def stacks(command: list[str]) -> Counter[tuple[str, ...]]:
    """Addresses (the leading numbers of the lines of a stack) and how often each stack was counted."""
    finished = subprocess.run(
        command, capture_output=True, text=True, timeout=SECONDS, check=False, stdin=subprocess.DEVNULL
    )
    assert finished.returncode == 0, finished.stderr
    found = Counter[tuple[str, ...]]()
    for frames, count in re.findall(r"^@\[\n((?:[^\]].*\n)*)\]: (\d+)$", finished.stdout, re.MULTILINE):
        addresses = [line.split()[0] for line in frames.splitlines()]
        found[tuple(takewhile(is_code, addresses))] += int(count)
    return found


def is_code(address: str) -> bool:
    """Whether code can be there at all: the kernel goes on a step further, to what is no return address."""
    return 4096 <= int(address, 16) < 1 << 56


def without_caller(stacks: Counter[tuple[str, ...]]) -> Counter[tuple[str, ...]]:
    """The kernel takes a function that doesn't begin with a push of the frame pointer to have a frame already."""
    found = Counter[tuple[str, ...]]()
    for frames, count in stacks.items():
        found[(*frames[:1], *frames[2:])] += count
    return found


def kernel_includes_callers() -> bool:
    """Since Linux 6.11 the kernel knows that a function's first instruction has no frame yet."""
    release = Path("/proc/sys/kernel/osrelease").read_text()
    return tuple(map(int, re.findall(r"\d+", release)[:2])) >= (6, 11)


@needs_bpftrace
@pytest.mark.skipif(not kernel_includes_callers(), reason="this kernel leaves out the caller")
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("place", PLACES)
def test_the_same_stacks_as_the_kernel(program, place, way):
    target = program("stacks", "frame-pointers-static")
    script = f"{PLACES[place].format(target)} {{ @[ustack(perf)] = count(); }}"
    command = f"{target} {way}"
    theirs = stacks(["bpftrace", "-e", script, "-c", command])
    ours = stacks([sys.executable, "-m", "utrace", "-e", script, "-c", command])
    assert (without_caller(ours) if place == "leaf" else ours) == theirs
    assert ours or (place in {"function with a frame", "outer return"} and not way.startswith("chain"))
