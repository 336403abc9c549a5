"""A running process as the kernel shows it under /proc (format: proc(5)).

Everything is read when asked for, because a process changes and ends at any moment; whatever is gone or
closed to us becomes a `TargetError` that says so.
"""

from __future__ import annotations

import os
import re
import struct
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from utrace.errors import TargetError

_MAX_PID = 0x400000
_DELETED = " (deleted)"
_OCTAL_ESCAPE = re.compile(r"\\([0-7]{3})")
_KERNEL_THREAD_FLAG = 0x00200000  # PF_KTHREAD of <linux/sched.h>


@dataclass(frozen=True, slots=True)
class ProcessId:
    """A process for certain: a PID is used again, with its start time (clock ticks since boot) it is not."""

    pid: int
    start_time: int


@dataclass(frozen=True, slots=True)
class Mapping:
    """One line of /proc/PID/maps; `device` is as in `stat().st_dev`, `path` is as the process sees it."""

    start: int
    end: int
    perms: str
    offset: int
    device: int
    inode: int
    path: str
    deleted: bool = False

    @property
    def is_executable(self) -> bool:
        """Whether code can run there."""
        return self.perms[2] == "x"

    @property
    def is_file(self) -> bool:
        """Whether a file lies behind it; `[stack]`, `[vdso]` and anonymous memory are not."""
        return self.inode != 0

    def __contains__(self, address: int) -> bool:
        return self.start <= address < self.end


@dataclass(frozen=True, slots=True)
class ProcessStatus:
    """The fields of /proc/PID/status that decide how a process may be traced."""

    name: str
    state: str
    tgid: int
    ppid: int
    tracer_pid: int
    uids: tuple[int, ...]
    gids: tuple[int, ...]
    seccomp_mode: int
    seccomp_filters: int
    effective_capabilities: int
    namespace_pids: tuple[int, ...]

    @property
    def is_zombie(self) -> bool:
        """Whether the process has ended and only waits to be reaped."""
        return self.state in {"Z", "X", "x"}


def parse_maps(text: str) -> tuple[Mapping, ...]:
    """Parse the content of /proc/PID/maps; lines cut short are left out."""
    return tuple(mapping for line in text.splitlines() if (mapping := _parse_mapping(line)) is not None)


def _parse_mapping(line: str) -> Mapping | None:
    fields = line.split(maxsplit=5)
    if len(fields) < 5:
        return None
    try:
        start, end = (int(word, 16) for word in fields[0].split("-"))
        major, minor = (int(word, 16) for word in fields[3].split(":"))
        offset, inode = int(fields[2], 16), int(fields[4])
    except ValueError:
        return None
    path = fields[5] if len(fields) == 6 else ""
    deleted = path.endswith(_DELETED)
    if deleted:
        path = path.removesuffix(_DELETED)
    if "\\" in path:
        path = _OCTAL_ESCAPE.sub(lambda match: chr(int(match[1], 8)), path)
    return Mapping(start, end, fields[1], offset, os.makedev(major, minor), inode, path, deleted)


def parse_status(text: str) -> ProcessStatus:
    """Parse the content of /proc/PID/status; absent fields (old kernels) read as 0."""
    fields: dict[str, str] = {}
    for line in text.splitlines():
        key, _, value = line.partition(":")
        fields[key] = value.strip()

    def numbers(key: str) -> tuple[int, ...]:
        return tuple(int(word) for word in fields.get(key, "").split())

    def number(key: str) -> int:
        return (numbers(key) or (0,))[0]

    return ProcessStatus(
        name=fields.get("Name", ""),
        state=fields.get("State", "?")[:1],
        tgid=number("Tgid"),
        ppid=number("PPid"),
        tracer_pid=number("TracerPid"),
        uids=numbers("Uid"),
        gids=numbers("Gid"),
        seccomp_mode=number("Seccomp"),
        seccomp_filters=number("Seccomp_filters"),
        effective_capabilities=int(fields.get("CapEff", "0"), 16),
        namespace_pids=numbers("NSpid"),
    )


class Process:
    """One process; raises `TargetError` when there is none with that PID."""

    def __init__(self, pid: int) -> None:
        """Remember which process has `pid` now, not to confuse it with one that gets it later."""
        self.pid = pid
        self.directory = f"/proc/{pid}"
        if not 0 < pid <= _MAX_PID:
            raise TargetError(f"PID out of range: {pid}")
        self.id = ProcessId(pid, self._stat().start_time)

    def __repr__(self) -> str:
        return f"Process({self.pid})"

    def is_alive(self) -> bool:
        """Whether this very process still runs (a zombie does not)."""
        try:
            stat = self._stat()
        except TargetError:
            return False
        return stat.start_time == self.id.start_time and stat.state not in {"Z", "X", "x"}

    def status(self) -> ProcessStatus:
        """Read /proc/PID/status."""
        return parse_status(self.read_text("status"))

    def threads(self) -> tuple[int, ...]:
        """Return the ids of all threads at this moment, in ascending order."""
        try:
            return tuple(sorted(int(name) for name in os.listdir(f"{self.directory}/task")))
        except OSError as error:
            raise self._unreadable("task", error) from error

    def maps(self) -> tuple[Mapping, ...]:
        """Return all mappings by ascending address; none for a zombie or a kernel thread."""
        return parse_maps(self.read_text("maps"))

    def auxv(self) -> dict[int, int]:
        """Return the auxiliary vector that the kernel gave to the program (AT_ number to value)."""
        data = self.read_bytes("auxv")
        usable = memoryview(data)[: len(data) // 16 * 16]
        return {key: value for key, value in struct.iter_unpack("<QQ", usable) if key}

    def exe(self) -> str:
        """Return the path of the program as the process sees it; raises for kernel threads."""
        try:
            return os.readlink(f"{self.directory}/exe")
        except OSError as error:
            raise self._unreadable("exe", error) from error

    def environment(self) -> dict[str, str]:
        """Return the environment the program was started with."""
        entries = os.fsdecode(self.read_bytes("environ")).split("\0")
        return dict(entry.split("=", 1) for entry in entries if "=" in entry)

    @property
    def is_kernel_thread(self) -> bool:
        """Whether it is a thread of the kernel, which has no program in it."""
        return bool(self._stat().flags & _KERNEL_THREAD_FLAG)

    @cached_property
    def root(self) -> str:
        """The prefix that makes its paths ours: empty when it lives in our own mount namespace."""
        try:
            same = os.path.samefile("/proc/self/ns/mnt", f"{self.directory}/ns/mnt")
            same = same and os.path.samefile("/proc/self/root", f"{self.directory}/root")
        except OSError:
            return ""
        return "" if same else f"{self.directory}/root"

    def readable_path(self, mapping: Mapping) -> str:
        """Return a path by which we can open the file behind `mapping`, even if it was deleted since."""
        direct = self.root + mapping.path
        candidates = (direct, f"{self.directory}/map_files/{mapping.start:x}-{mapping.end:x}")
        for candidate in candidates:
            if os.access(candidate, os.R_OK) and same_file(os.stat(candidate), mapping):
                return candidate
        if self._is_exe(mapping):
            return f"{self.directory}/exe"
        raise TargetError(
            f"cannot open {mapping.path!r} of process {self.pid}: the file was deleted or replaced",
            ["reading deleted files that are still mapped needs CAP_SYS_ADMIN or CAP_CHECKPOINT_RESTORE"],
        )

    def _is_exe(self, mapping: Mapping) -> bool:
        try:
            return same_file(os.stat(f"{self.directory}/exe"), mapping)
        except OSError:
            return False

    def read_text(self, name: str) -> str:
        """Read /proc/PID/`name`, undecodable bytes kept as surrogates."""
        return os.fsdecode(self.read_bytes(name))

    def read_bytes(self, name: str) -> bytes:
        """Read /proc/PID/`name`."""
        try:
            return Path(self.directory, name).read_bytes()
        except OSError as error:
            raise self._unreadable(name, error) from error

    def _unreadable(self, name: str, error: OSError) -> TargetError:
        if isinstance(error, FileNotFoundError | ProcessLookupError):
            return TargetError(f"no process with PID {self.pid}")
        return TargetError(f"cannot read {self.directory}/{name}: {error.strerror}")

    def _stat(self) -> _Stat:
        text = self.read_text("stat")
        fields = text[text.rindex(")") + 1 :].split()
        return _Stat(state=fields[0], flags=int(fields[6]), start_time=int(fields[19]))


@dataclass(frozen=True, slots=True)
class _Stat:
    state: str
    flags: int
    start_time: int


def same_file(stat: os.stat_result, mapping: Mapping) -> bool:
    """Whether `mapping` is of the file with that `stat`.

    btrfs and overlayfs show another device number in maps than in stat; there the inode has to do.
    """
    if stat.st_ino != mapping.inode:
        return False
    return stat.st_dev == mapping.device or os.major(stat.st_dev) == 0
