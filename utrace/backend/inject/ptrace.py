"""The ptrace injector: every thread is seized and stopped, changed from outside, and let go.

No agent, thread or library stays in the target; static, musl and other users' programs work like any other. See
ptrace(2), "Attaching and detaching" and "Group-stop".
"""

from __future__ import annotations

import ctypes
import errno
import os
import random
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from utrace.backend.inject import ptrace_calls as calls
from utrace.backend.inject import way_back
from utrace.backend.inject.base import Inferior, Injector, Thread
from utrace.backend.inject.descriptor_passing import pass_descriptor
from utrace.backend.inject.registers import Registers
from utrace.errors import AttachError, TargetError

STOP_TIMEOUT_S = 2.0
OTHER_TRACER_S = 1.0
_SIGTRAP = 5
_SYSCALL_INSTRUCTION = b"\x0f\x05"
_MAX_ERRNO = 4095
_USER_END = 1 << 63
_UINT64 = (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class _CallSite:
    """Instructions of the process: a `syscall`, and the end of signal handlers, to which it returns; 0 for none."""

    system_call: int
    signal_return: int


class BusyError(TargetError):
    """Somebody else has some of the process's threads under ptrace."""


class PtraceInjector(Injector):
    """Opens processes of this machine through ptrace."""

    name = "ptrace"

    def open(self, pid: int) -> PtraceInferior:
        """Stops every thread of the process. Another tracer that holds it for a moment is waited for."""
        deadline = time.monotonic() + OTHER_TRACER_S
        while True:
            try:
                return PtraceInferior(pid)
            except BusyError:
                if time.monotonic() > deadline:
                    raise
                # Two that wait for each other must not keep step.
                time.sleep(random.uniform(0.001, 0.02))


class PtraceInferior(Inferior):
    """A process, all of whose threads are stopped until `close`."""

    def __init__(self, pid: int, already_stopped: bool = False) -> None:
        """Stops the process. A child that we seized and that stopped (at its exec, say) is `already_stopped`."""
        self.pid = pid
        self._stopped: dict[int, Registers] = {}
        self._seized: set[int] = set()
        self._call_site: _CallSite | None = None
        try:
            self._memory = os.open(f"/proc/{pid}/mem", os.O_RDWR | os.O_CLOEXEC)
        except OSError as error:
            raise _refusal(pid, error) from error
        if already_stopped:
            self._seized.add(pid)
            self._stopped[pid] = calls.get_registers(pid)
            return
        try:
            self._stop_all()
        except BaseException:
            self.close()
            raise

    def read(self, address: int, size: int) -> bytes:
        """See `Inferior.read`."""
        data = os.pread(self._memory, size, address) if address < _USER_END else b""
        if len(data) != size:
            raise OSError(errno.EFAULT, f"only {len(data)} of {size} bytes are mapped at {address:#x}")
        return data

    def write(self, address: int, data: bytes) -> None:
        """See `Inferior.write`."""
        view = memoryview(data)
        while view:
            written = os.pwrite(self._memory, view, address)
            if not written:
                raise OSError(errno.EFAULT, f"nothing is mapped at {address:#x}")
            view, address = view[written:], address + written

    @contextmanager
    def frozen(self) -> Iterator[Sequence[Thread]]:
        """Every thread; they're stopped as long as the process is open."""
        yield [Thread(tid, registers.copy()) for tid, registers in self._stopped.items()]

    def move(self, tid: int, address: int) -> None:
        """See `Inferior.move`."""
        registers = self._stopped[tid]
        registers.rip = address
        self._set_registers(tid, registers)

    def share(self, descriptor: int, scratch: int) -> int:
        """See `Inferior.share`."""
        return pass_descriptor(self, descriptor, scratch)

    def system_call(self, number: int, *arguments: int) -> int:
        """Runs the call on one stopped thread, whose registers and signal mask are put back afterwards.

        Should we be killed meanwhile, the thread puts itself back (see way_back.py).
        """
        tid = next(iter(self._stopped), None)
        if tid is None:
            raise TargetError(f"process {self.pid} is gone")
        registers = self._stopped[tid].copy()
        registers.rax, registers.orig_rax = number, _UINT64
        for name, value in zip(("rdi", "rsi", "rdx", "r10", "r8", "r9"), arguments, strict=False):
            setattr(registers, name, value & _UINT64)
        try:
            result = self._call_on(tid, registers)
        except ProcessLookupError as error:
            raise TargetError(f"process {self.pid} died while being attached to") from error
        if -_MAX_ERRNO <= result < 0:
            raise OSError(-result, os.strerror(-result))
        return result

    def _call_on(self, tid: int, registers: Registers) -> int:
        if self._call_site is None:
            self._call_site = self._find_call_site()
        registers.rip = self._call_site.system_call
        mask = calls.get_signal_mask(tid)
        with self._way_back(tid, registers, mask):
            # The registers come first and last: whenever we die, the thread either has its own mask or is on its way.
            calls.set_registers(tid, registers)
            try:
                calls.set_signal_mask(tid, _UINT64)
                self._run_call(tid)
                return ctypes.c_int64(calls.get_registers(tid).rax).value
            finally:
                if tid in self._stopped:
                    calls.set_signal_mask(tid, mask)
                    calls.set_registers(tid, self._stopped[tid])

    @contextmanager
    def _way_back(self, tid: int, registers: Registers, mask: int) -> Iterator[None]:
        """Puts a signal frame below the stack for the time of a call; all threads are stopped, so nothing sees it."""
        assert self._call_site is not None
        frame = None
        with suppress(OSError):  # memory below the stack that isn't there, or a process without any
            frame = self._push_frame(tid, mask, self._call_site.signal_return)
        if frame is None:
            yield
            return
        address, overwritten = frame
        registers.rsp = address
        try:
            yield
        finally:
            with suppress(OSError):
                self.write(address, overwritten)

    def _push_frame(self, tid: int, mask: int, signal_return: int) -> tuple[int, bytes] | None:
        built = way_back.build_frame(tid, self._stopped[tid], mask, signal_return) if signal_return else None
        if built is None:
            return None
        address, frame = built
        overwritten = self.read(address, len(frame))
        self.write(address, frame)
        return address, overwritten

    def close(self) -> None:
        """Detaches from every thread; a signal-stopped process stays stopped, the others run on."""
        for tid in self._seized:
            try:
                calls.request(calls.PTRACE_DETACH, tid)
            except OSError:
                self._detach_late(tid)
        self._seized.clear()
        self._stopped.clear()
        if self._memory >= 0:
            os.close(self._memory)
            self._memory = -1

    def _detach_late(self, tid: int) -> None:
        """Detaches from a thread that had not stopped yet; a thread that is gone needs nothing."""
        with suppress(OSError):
            calls.request(calls.PTRACE_INTERRUPT, tid)
        deadline = time.monotonic() + STOP_TIMEOUT_S
        while time.monotonic() < deadline:
            stop = calls.wait(tid, os.WNOHANG)
            if stop is not None and stop.exited:
                return
            try:
                calls.request(calls.PTRACE_DETACH, tid, data=_pending_signal(stop))
            except OSError:
                if not os.path.exists(f"/proc/{self.pid}/task/{tid}"):
                    return
                time.sleep(0.0005)
            else:
                return

    def _stop_all(self) -> None:
        """Stops threads until a whole look at the process finds no new one."""
        deadline = time.monotonic() + STOP_TIMEOUT_S
        while new := self._seize_new():
            for tid in new:
                with suppress(ProcessLookupError):  # killed meanwhile, which waiting for it will show
                    calls.request(calls.PTRACE_INTERRUPT, tid)
            for tid in new:
                self._wait_stopped(tid, deadline)
        if not self._stopped:
            raise TargetError(f"process {self.pid} is gone")

    def _seize_new(self) -> list[int]:
        new = []
        for tid in _threads(self.pid):
            if tid in self._seized:
                continue
            try:
                calls.request(calls.PTRACE_SEIZE, tid)
            except OSError as error:
                if error.errno != errno.ESRCH and not _is_ending(self.pid, tid):
                    raise BusyError(f"can't trace process {self.pid}: {error.strerror}") from error
                continue
            self._seized.add(tid)
            new.append(tid)
        return new

    def _wait_stopped(self, tid: int, deadline: float) -> None:
        pause_s = 0.00002
        while True:
            stop = calls.wait(tid, os.WNOHANG)
            if stop is None:
                if time.monotonic() > deadline:
                    raise AttachError(
                        f"thread {tid} of process {self.pid} does not stop",
                        hints=("it is in an uninterruptible system call; try again later",),
                    )
                time.sleep(pause_s)
                pause_s = min(pause_s * 2, 0.001)
            elif stop.exited:
                self._seized.discard(tid)
                return
            elif stop.event == calls.PTRACE_EVENT_STOP:
                with suppress(ProcessLookupError):
                    self._stopped[tid] = calls.get_registers(tid)
                return
            else:
                # A signal was on its way: it's delivered, and the thread stops right behind it.
                with suppress(ProcessLookupError):
                    calls.request(calls.PTRACE_CONT, tid, data=_pending_signal(stop))

    def _run_call(self, tid: int) -> None:
        """Lets a thread make one system call, and stops it where it can be let go with whatever registers."""
        for _ in ("entry", "exit"):
            calls.request(calls.PTRACE_SYSCALL, tid)
            while not ((stop := self._next_stop(tid)).signal == _SIGTRAP and stop.event == 0):
                calls.request(calls.PTRACE_SYSCALL, tid)
        calls.request(calls.PTRACE_INTERRUPT, tid)
        while stop.event != calls.PTRACE_EVENT_STOP:
            calls.request(calls.PTRACE_CONT, tid)
            stop = self._next_stop(tid)

    def _next_stop(self, tid: int) -> calls.Stop:
        stop = calls.wait(tid)
        if stop is None or stop.exited:
            self._stopped.pop(tid, None)
            self._seized.discard(tid)
            raise TargetError(f"process {self.pid} died while being attached to")
        return stop

    def _set_registers(self, tid: int, registers: Registers) -> None:
        try:
            calls.set_registers(tid, registers)
        except ProcessLookupError as error:
            raise TargetError(f"process {self.pid} died while being attached to") from error

    def _find_call_site(self) -> _CallSite:
        """A `syscall` instruction, best one from which a thread finds back by itself."""
        with open(f"/proc/{self.pid}/maps") as maps:
            rows = [line.split(None, 5) for line in maps]
        executable = [row for row in rows if "x" in row[1] and not row[-1].startswith("[vsyscall]")]
        found = dict.fromkeys(
            (way_back.RETURNING_SYSTEM_CALL, way_back.SIGNAL_RETURN, _SYSCALL_INSTRUCTION), 0
        )
        for row in executable:
            start, end = (int(part, 16) for part in row[0].split("-"))
            content = self.read(start, end - start)
            for code, address in found.items():
                position = -1 if address else content.find(code)
                if position >= 0:
                    found[code] = start + position
            if all(found.values()):
                break
        returning, signal_return, any_call = found.values()
        if returning and signal_return:
            return _CallSite(returning, signal_return)
        if not any_call:
            raise AttachError(f"process {self.pid} has no system call instruction to borrow")
        return _CallSite(any_call, 0)


def _pending_signal(stop: calls.Stop | None) -> int:
    """The signal to hand on when the thread goes on; a ptrace event has none."""
    return 0 if stop is None or stop.event else stop.signal


def _threads(pid: int) -> list[int]:
    try:
        return [int(name) for name in os.listdir(f"/proc/{pid}/task")]
    except FileNotFoundError:
        return []


def _is_ending(pid: int, tid: int) -> bool:
    """Whether the thread is a zombie: a dead group leader stays in the list and can't be seized."""
    try:
        with open(f"/proc/{pid}/task/{tid}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()[0] in (b"Z", b"X")
    except (FileNotFoundError, ProcessLookupError):
        return True


def _refusal(pid: int, error: OSError) -> TargetError:
    if error.errno in (errno.ESRCH, errno.ENOENT):
        return TargetError(f"process {pid} is gone")
    return TargetError(f"can't trace process {pid}: {error.strerror}")
