"""Everything of a process that a tracer could leave changed."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass

from utrace.target.process import Process

_PF_EXITING = 0x4  # of <linux/sched.h>, in the flags of /proc/PID/stat


@dataclass(frozen=True)
class Footprint:
    """Executable memory by content, all other mappings by place, threads, and open files."""

    code: dict[str, str]
    mappings: frozenset[str]
    threads: tuple[int, ...]
    descriptors: dict[str, str]

    def difference(self, other: Footprint) -> str:
        """Say what is different in `other`."""
        lines = []
        for place in sorted(self.code.keys() | other.code.keys()):
            if self.code.get(place) != other.code.get(place):
                lines.append(f"code {place}: {self.code.get(place)} -> {other.code.get(place)}")
        lines += [f"gone: {text}" for text in sorted(self.mappings - other.mappings)]
        lines += [f"new: {text}" for text in sorted(other.mappings - self.mappings)]
        if self.threads != other.threads:
            lines.append(f"threads {self.threads} -> {other.threads}")
        if self.descriptors != other.descriptors:
            lines.append(f"descriptors {self.descriptors} -> {other.descriptors}")
        return "\n".join(lines)


def footprint(pid: int) -> Footprint:
    """Return the footprint of a process, best taken while it waits for a command.

    The heap and the stack may grow, so they are left out, as is the size of anonymous memory that the
    program itself made before.
    """
    process = Process(pid)
    code, mappings = {}, set()
    with open(f"/proc/{pid}/mem", "rb") as memory:
        for mapping in process.maps():
            place = f"{mapping.start:x}-{mapping.end:x} {mapping.perms} {mapping.path}"
            if mapping.path.startswith(("[vvar", "[vsyscall", "[heap", "[stack")):
                continue
            mappings.add(place)
            if mapping.is_executable:
                memory.seek(mapping.start)
                code[place] = hashlib.sha256(memory.read(mapping.end - mapping.start)).hexdigest()
    directory = f"/proc/{pid}/fd"
    descriptors = {name: os.readlink(f"{directory}/{name}") for name in os.listdir(directory)}
    return Footprint(code, frozenset(mappings), _threads(process), descriptors)


def _threads(process: Process) -> tuple[int, ...]:
    """Return the threads that live: one that has been joined may stand in /proc for a moment longer."""
    return tuple(tid for tid in process.threads() if not _is_exiting(process.pid, tid))


def _is_exiting(pid: int, tid: int) -> bool:
    try:
        with open(f"/proc/{pid}/task/{tid}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return True
    return bool(int(fields[6]) & _PF_EXITING)
