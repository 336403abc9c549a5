"""Runs one case: target, utrace, commands, signal, and what must be true afterwards."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from tests.cli.case_file import Case
from tests.programs.footprint import footprint
from tests.programs.target import Target

UTRACE = [sys.executable, "-m", "utrace"]
ATTACHED = re.compile(r"^Attached \d+ probes?$", re.MULTILINE)


class Failure(Exception):
    """What a case expected and did not get."""


def why_not(case: Case) -> str | None:
    """Return what a case needs and this machine lacks."""
    for need in case.all("NEEDS"):
        if need == "root":
            if os.geteuid() != 0:
                return "needs root"
        elif shutil.which(need) is None:
            return f"needs {need}"
    return None


def run_case(case: Case, build: Callable[[str, str], Path], tmp: Path) -> None:
    """Run a case in the empty directory `tmp`; raises Failure."""
    places = {"tmp": str(tmp)}
    if not case.all("TARGET"):
        _run(case, build, places, None)
        return
    program, kind, *arguments = _fill(case.one("TARGET"), build, places).split()
    places["target"] = str(build(program, kind))
    with Target([places["target"], *arguments]) as target:
        places["pid"] = str(target.pid)
        for command in case.all("FIRST"):
            target.do(command)
        before = footprint(target.pid)
        _run(case, build, places, target)
        after = footprint(target.pid)
        if after != before:
            raise Failure(f"left behind in the target:\n{before.difference(after)}")


def _run(
    case: Case, build: Callable[[str, str], Path], places: dict[str, str], target: Target | None
) -> None:
    def fill(text: str) -> str:
        return _fill(text, build, places)

    for text in case.all("FILE"):
        name, _, line = fill(text).partition(" ")
        path = Path(places["tmp"]) / name
        path.parent.mkdir(exist_ok=True)
        with path.open("a") as file:
            file.write(line + "\n")
    environment = {**os.environ, **dict(fill(text).split("=", 1) for text in case.all("ENV"))}
    name, *arguments = shlex.split(fill(case.one("RUN")))
    command = [*(UTRACE if name == "utrace" else _called_as(name, Path(places["tmp"]))), *arguments]
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="surrogateescape",
        env=environment,
    )
    out, err = _drive(case, process, "".join(f"{fill(line)}\n" for line in case.all("STDIN")), target)
    _compare(case, fill, process.returncode, out, err)


def _called_as(name: str, tmp: Path) -> list[str]:
    """Return how utrace is run under another name, as through a link to the installed command."""
    script = tmp / name
    script.write_text("from utrace.__main__ import main\nmain()\n")
    return [sys.executable, str(script)]


def _drive(case: Case, process: subprocess.Popen[str], text: str, target: Target | None) -> tuple[str, str]:
    """Feed utrace, let the target work once it is armed, end it, and return all it printed."""
    deadline = time.monotonic() + float(case.one("TIMEOUT", "30"))
    out, err = _Collector(process.stdout), _Collector(process.stderr)
    try:
        assert process.stdin is not None
        process.stdin.write(text)
        process.stdin.close()
    except BrokenPipeError:
        pass
    try:
        if target is not None and case.all("DO"):
            while (
                not _is_armed(out.text, err.text) and process.poll() is None and time.monotonic() < deadline
            ):
                time.sleep(0.005)
            for command in case.all("DO"):
                target.do(command, max(deadline - time.monotonic(), 0.1))
            how = case.one("END", "SIGINT")
            if how != "none" and process.poll() is None:
                process.send_signal(signal.Signals[how])
        process.wait(max(deadline - time.monotonic(), 0.1))
    except subprocess.TimeoutExpired:
        raise Failure(f"still running\nstdout:\n{out.text}\nstderr:\n{err.text}") from None
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        out.finish()
        err.finish()
    return out.text, err.text


def _is_armed(out: str, err: str) -> bool:
    return ATTACHED.search(err) is not None or '{"type": "attached_probes"' in out


class _Collector:
    """Reads a stream in the background."""

    def __init__(self, stream: object) -> None:
        self.text = ""
        self._stream = stream
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        for line in self._stream:  # type: ignore[attr-defined]
            self.text += line

    def finish(self) -> None:
        self._thread.join(5)
        self._stream.close()  # type: ignore[attr-defined]


def _compare(case: Case, fill: Callable[[str], str], code: int, out: str, err: str) -> None:
    problems = []
    if code != int(case.one("EXIT", "0")):
        problems.append(f"exit status {code}, not {case.one('EXIT', '0')}")
    for stream, text, keyword in (("stdout", out, "EXPECT"), ("stderr", err, "STDERR")):
        lines = [line.strip() for line in text.splitlines()]
        for expected in case.all(keyword):
            for line in fill(expected).split("\n"):
                if line.strip() not in lines:
                    problems.append(f"no line {line!r} in {stream}")
        for pattern in case.all(f"{keyword}_REGEX"):
            if not re.search(fill(pattern), text, re.MULTILINE):
                problems.append(f"nothing like {fill(pattern)!r} in {stream}")
    problems += [f"{fill(text)!r} was printed" for text in case.all("REJECT") if fill(text) in out + err]
    if ATTACHED.sub("", err).strip() and not case.all("STDERR") and not case.all("STDERR_REGEX"):
        problems.append("stderr has more than the line `Attached N probes`")
    if problems:
        raise Failure("\n".join([*problems, "stdout:", out, "stderr:", err]))


def _fill(text: str, build: Callable[[str, str], Path], places: dict[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        words = match[1].split()
        if words[0] == "program" and len(words) == 3:
            return str(build(words[1], words[2]))
        return places.get(match[1], match[0])

    return re.sub(r"<(pid|target|tmp|program \S+ [^\s>]+)>", value, text)
