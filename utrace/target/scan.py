"""Finding the running processes that have a file mapped now."""

from __future__ import annotations

import os
from dataclasses import dataclass

from utrace.errors import TargetError
from utrace.target.elf import FileId
from utrace.target.process import Mapping, Process, parse_maps


@dataclass(frozen=True, slots=True)
class MappedProcess:
    """A process and its mappings of the file that was looked for, by ascending address."""

    process: Process
    mappings: tuple[Mapping, ...]


@dataclass(frozen=True, slots=True)
class ScanResult:
    """The processes found, by ascending PID, and how many (of other users) could not be looked into."""

    found: tuple[MappedProcess, ...]
    unreadable: int


def all_pids() -> tuple[int, ...]:
    """Return the PIDs of all processes that we can see, ascending."""
    return tuple(sorted(int(name) for name in os.listdir("/proc") if name.isdigit()))


def processes_mapping(file: FileId) -> ScanResult:
    """Return all processes, but for the tracer, that have code of `file` mapped, in any mount namespace."""
    found: list[MappedProcess] = []
    unreadable = 0
    for pid in all_pids():
        if pid == os.getpid():
            continue
        try:
            process = Process(pid)
            mappings = mappings_of(process, file)
        except TargetError:
            unreadable += os.path.exists(f"/proc/{pid}/maps")
            continue
        if any(mapping.is_executable for mapping in mappings):
            found.append(MappedProcess(process, mappings))
    return ScanResult(tuple(found), unreadable)


def mappings_of(process: Process, file: FileId) -> tuple[Mapping, ...]:
    """Return the mappings that `process` has of `file`, by ascending address."""
    text = process.read_text("maps")
    inode = f" {file.inode} "
    if inode not in text:  # most processes: no need to parse
        return ()
    lines = "\n".join(line for line in text.splitlines() if inode in line)
    return tuple(mapping for mapping in parse_maps(lines) if _is_of(process, mapping, file))


def _is_of(process: Process, mapping: Mapping, file: FileId) -> bool:
    if mapping.inode != file.inode:
        return False
    if mapping.device == file.device:
        return True
    # btrfs and overlayfs show another device in maps than in stat: ask for the file itself.
    for path in (process.root + mapping.path, f"{process.directory}/exe"):
        try:
            status = os.stat(path)
        except OSError:
            continue
        if (status.st_dev, status.st_ino) == (file.device, file.inode):
            return True
    return False
