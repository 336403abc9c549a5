"""The traced program (bench/target.c): compiles it, runs it, asks it to time its calls."""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).with_name("target.c")
KINDS = {"push": "push_probed", "plain": "plain_probed"}
"""The two kinds of probed function: one begins with `push %rbp`, which the kernel can emulate, one does not."""


@dataclass(frozen=True)
class Timing:
    """Nanoseconds per call of a function, and of its twin in the same moment, over many rounds."""

    probed_ns: tuple[float, ...]
    twin_ns: tuple[float, ...]

    @property
    def added_min_ns(self) -> float:
        """Best round against best round: what the machine does when left alone."""
        return min(self.probed_ns) - min(self.twin_ns)

    @property
    def added_median_ns(self) -> float:
        """The median of the differences within each round."""
        return statistics.median(p - t for p, t in zip(self.probed_ns, self.twin_ns, strict=True))

    @property
    def calls_ns(self) -> float:
        """The bare call, in the best round."""
        return min(self.twin_ns)


class Target:
    """A running target."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._process = subprocess.Popen(
            [path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        self._answer()

    @property
    def pid(self) -> int:
        return self._process.pid

    def time_calls(self, kind: str, calls: int, rounds: int, pause_us: int = 0) -> Timing:
        """Time `rounds` rounds of `calls` calls of each, the probed function and its twin."""
        words = self._ask(f"calls {kind} {calls} {rounds} {pause_us}").split()
        pairs = [word.split(":") for word in words]
        return Timing(
            tuple(int(probed) / 1000 for probed, _ in pairs), tuple(int(twin) / 1000 for _, twin in pairs)
        )

    def send(self, kind: str, burst: int, count: int, period_ns: int) -> float:
        """Call the probed function in bursts; the seconds that it took."""
        return int(self._ask(f"send {kind} {burst} {count} {period_ns}")) / 1e9

    def memory_kib(self) -> dict[str, int]:
        """Rss and Pss of the target now."""
        lines = Path(f"/proc/{self.pid}/smaps_rollup").read_text().splitlines()
        values = {line.split()[0].rstrip(":"): int(line.split()[1]) for line in lines[1:]}
        return {name.lower() + "_kib": values[name] for name in ("Rss", "Pss")}

    def threads(self) -> int:
        return len(list(Path(f"/proc/{self.pid}/task").iterdir()))

    def mappings(self) -> int:
        return len(Path(f"/proc/{self.pid}/maps").read_text().splitlines())

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(10)

    def _ask(self, line: str) -> str:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        return self._answer()

    def _answer(self) -> str:
        assert self._process.stdout is not None
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError(f"the target ended with status {self._process.wait(10)}")
        return answer


def build(directory: Path) -> Path:
    """Compile the target with the system's compiler, or with the one that comes as a Python package."""
    path = directory / "target"
    compiler = ["cc"] if shutil.which("cc") else [sys.executable, "-m", "ziglang", "cc"]
    subprocess.run([*compiler, "-O2", "-o", path, SOURCE], check=True)
    return path


@contextmanager
def running(path: Path) -> Iterator[Target]:
    """A target for one measurement."""
    target = Target(path)
    try:
        yield target
    finally:
        target.close()
