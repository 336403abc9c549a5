"""utrace as a command on a running program: wait until it is armed, end it, read what it printed."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ARMED = "__BPFTRACE_NOTIFY_PROBES_ATTACHED"
_ROOT = Path(__file__).parents[2]
_MAP_LINE = re.compile(r"^(@\w*(?:\[.*\])?): (.*)$", re.MULTILINE)
_LOST_LINE = re.compile(r"^WARNING: Total lost event count: (\d+)$", re.MULTILINE)
_POLL_S = 0.005


@dataclass(frozen=True)
class Result:
    """How a session ended, and all it printed."""

    code: int
    out: str
    err: str

    @property
    def maps(self) -> dict[str, str]:
        """The maps printed at the end: `@name` or `@name[key]` to value."""
        return dict(_MAP_LINE.findall(self.out))

    def count(self, name: str = "@") -> int:
        """The number in a map, 0 if the map is empty."""
        return int(self.maps.get(name, "0"))

    def keys(self, name: str) -> dict[str, int]:
        """A map with keys: key as text to number."""
        return {
            entry[len(name) + 1 : -1]: int(value)
            for entry, value in self.maps.items()
            if entry.startswith(f"{name}[")
        }

    @property
    def lines(self) -> list[str]:
        """What the script itself printed."""
        words = (ARMED, "@")
        return [line for line in self.out.splitlines() if line and not line.startswith(words)]

    @property
    def lost_events(self) -> int:
        """The events that the session says were lost."""
        found = _LOST_LINE.search(self.err)
        return int(found[1]) if found else 0


class Session:
    """A running utrace. Its output goes to files, so that it never waits for us."""

    def __init__(
        self,
        *arguments: object,
        environment: Mapping[str, str] | None = None,
        python: str = sys.executable,
        **popen: object,
    ) -> None:
        """Start it; keyword arguments go to `subprocess.Popen`."""
        self._out, self._err = tempfile.TemporaryFile("w+b"), tempfile.TemporaryFile("w+b")  # noqa: SIM115
        self.process = subprocess.Popen(
            [python, "-m", "utrace", *(str(word) for word in arguments)],
            stdin=subprocess.DEVNULL,
            stdout=self._out,
            stderr=self._err,
            env={**os.environ, "PYTHONPATH": str(_ROOT), ARMED: "1", **(environment or {})},
            **popen,  # type: ignore[call-overload]
        )

    def armed(self, timeout_s: float = 40) -> Session:
        """Wait until the probes are attached."""
        deadline = time.monotonic() + timeout_s
        while f"{ARMED}\n".encode() not in os.pread(self._out.fileno(), 4096, 0):
            assert self.process.poll() is None, f"utrace ended: {self.result()}"
            assert time.monotonic() < deadline, f"not armed within {timeout_s} s: {self._text(self._err)}"
            time.sleep(_POLL_S)
        return self

    def wait(self, timeout_s: float = 40) -> Result:
        """Wait for its end."""
        try:
            self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"utrace still runs: {self._text(self._err)}") from None
        return self.result()

    def end(self, number: int = signal.SIGINT, timeout_s: float = 40) -> Result:
        """End it by a signal, and expect that it ends well."""
        self.process.send_signal(number)
        result = self.wait(timeout_s)
        assert result.code == 0, result
        return result

    def result(self) -> Result:
        """What it has printed."""
        assert self.process.returncode is not None
        return Result(self.process.returncode, self._text(self._out), self._text(self._err))

    def kill(self) -> None:
        """End it whatever state it is in."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self._out.close()
        self._err.close()

    @staticmethod
    def _text(file: object) -> str:
        descriptor = file.fileno()  # type: ignore[attr-defined]
        return os.pread(descriptor, os.fstat(descriptor).st_size, 0).decode(errors="surrogateescape")
