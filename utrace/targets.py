"""The processes of a session: which they are, attaching to them, noticing their end, detaching."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Sequence

from utrace.backend.attach.attacher import Attached, Attacher
from utrace.backend.attach.base import Site
from utrace.backend.attach.detach import Leftover, detach_all, marked_processes
from utrace.backend.inject.base import Injector
from utrace.backend.inject.launch import launch
from utrace.backend.inject.ptrace import PtraceInferior
from utrace.backend.inject.ptrace_calls import ended
from utrace.errors import AttachError, UtraceError
from utrace.target.permission import check_traceable
from utrace.target.process import Process
from utrace.target.scan import processes_mapping

_POLITE_END_S = 1.0


class Targets:
    """All processes that one session traces. `warn` is told in one line what could not be done.

    An `observer` is told of every process when it has been attached to, and when it has loaded or unloaded something.
    """

    def __init__(
        self,
        attacher: Attacher,
        injector: Injector,
        sites: Sequence[Site],
        warn: Callable[[str], None],
        observer: Callable[[Process], None] | None = None,
    ) -> None:
        self._observer = observer
        self._attacher = attacher
        self._injector = injector
        self._sites = sites
        self._warn = warn
        self._missing = {site for site in sites}
        self._skipped: dict[Site, AttachError] = {}
        self.processes: list[Process] = []
        self.child: int | None = None
        self.child_status: int | None = None

    def attach_to(self, processes: Sequence[Process]) -> None:
        """Attaches to processes named by the user. Raises TargetError, AttachError."""
        for process in processes:
            self._note(self._attacher.attach(process, self._sites, watch_loader=self._watches(process)))
            self._add(process)

    def attach_to_running(self, unsafe: bool) -> None:
        """Attaches to every process that has one of the files mapped now; those that can't be traced are reported."""
        found: dict[int, Process] = {}
        for file in dict.fromkeys(site.file for site in self._sites):
            for mapped in processes_mapping(file).found:
                found[mapped.process.pid] = mapped.process
        for pid in found:
            try:
                process = check_traceable(pid, unsafe=unsafe)
                self._note(self._attacher.attach(process, self._sites, watch_loader=False))
                self._add(process)
            except UtraceError as error:
                self._warn(f"not traced: {error.message}")

    def launch(self, command: Sequence[str]) -> int:
        """Starts the command, which stands before its first instruction; its process id. Raises TargetError."""
        self.child = launch(command)
        self._held = PtraceInferior(self.child, already_stopped=True)
        return self.child

    def attach_to_launched(self) -> None:
        """Attaches to the command before its first instruction. Raises TargetError, AttachError."""
        assert self.child is not None
        process = Process(self.child)
        try:
            attached = self._attacher.attach(process, self._sites, self._watches(process), self._held)
        except BaseException:
            self._kill_child()
            raise
        self._note(attached)
        self._add(process)

    def release(self) -> None:
        """Lets the launched command run."""
        if self.child is not None:
            self._held.close()

    def attach_to_loaded(self) -> None:
        """Attaches, in every process that carries our mark, to what has been loaded since."""
        for pid in list(marked_processes(self._attacher.records)):
            try:
                process = Process(pid)
                self._observe(process)
                self._note(self._attacher.attach(process, self._sites, watch_loader=False))
            except UtraceError as error:
                self._warn(f"not all is traced: {error.message}")

    def all_ended(self) -> bool:
        """Whether the launched command, or every process named by the user, has ended."""
        if self.child is not None:
            return self._reap_child()
        return bool(self.processes) and not any(process.is_alive() for process in self.processes)

    def detach(self) -> list[Leftover]:
        """Takes everything out of every process again."""
        return detach_all(self._attacher.records, self._injector) if self._attacher.records else []

    def end_child(self) -> None:
        """Ends the launched command if it still runs: SIGTERM, as bpftrace does."""
        if self.child is None or self._reap_child():
            return
        os.kill(self.child, signal.SIGTERM)
        deadline = time.monotonic() + _POLITE_END_S
        while not self._reap_child() and time.monotonic() < deadline:
            time.sleep(0.005)

    def command_status(self) -> int:
        """The launched command's own exit status as a shell has it: N, or 128 + signal."""
        status = os.waitstatus_to_exitcode(self.child_status or 0)
        return status if status >= 0 else 128 - status

    def require_attached(self) -> None:
        """Raises AttachError when sites of a process that was named could not be attached at all."""
        if self._skipped and len(self._skipped) == len(self._sites):
            raise next(iter(self._skipped.values()))
        for site, reason in self._skipped.items():
            self._warn(f"{site.path}: {reason.message}")

    @property
    def summary(self) -> list[str]:
        """One line for each process: what was changed in it."""
        places = Counter[int]()
        for record in self._attacher.records:
            places[record.pid] += len(record.patches)
        return [
            f"attached to process {pid} at {count} places, our own hooks among them"
            for pid, count in places.items()
        ]

    @property
    def paths_not_loaded(self) -> list[str]:
        """Files to be probed that no process had loaded so far."""
        return list(dict.fromkeys(site.path for site in self._sites if site in self._missing))

    def _note(self, attached: Attached) -> None:
        self._missing.difference_update(attached.sites)
        for lost in attached.skipped:
            self._missing.discard(lost.site)
            self._skipped[lost.site] = lost.reason

    def _add(self, process: Process) -> None:
        self.processes.append(process)
        self._observe(process)

    def _observe(self, process: Process) -> None:
        if self._observer is not None:
            self._observer(process)

    def _watches(self, process: Process) -> bool:
        """Whether to be told of what the process loads: an observer wants it, or not all to be probed is there."""
        if self._observer is not None:
            return True
        mapped = {(mapping.inode) for mapping in process.maps() if mapping.is_executable}
        return any(site.file.inode not in mapped for site in self._sites)

    def _reap_child(self) -> bool:
        if self.child_status is None and self.child is not None:
            try:
                pid, status = os.waitpid(self.child, os.WNOHANG)
            except ChildProcessError:
                pid, status = self.child, ended(self.child) or 0
            if pid:
                self.child_status = status
        return self.child_status is not None

    def _kill_child(self) -> None:
        assert self.child is not None
        try:
            os.kill(self.child, signal.SIGKILL)
            os.waitpid(self.child, 0)
        except (ProcessLookupError, ChildProcessError):
            pass
        self.child = None


def traceable(pids: Sequence[int], unsafe: bool) -> list[Process]:
    """The processes that the user named. Raises TargetError for the first that can't be traced."""
    return [check_traceable(pid, unsafe=unsafe) for pid in dict.fromkeys(pids)]
