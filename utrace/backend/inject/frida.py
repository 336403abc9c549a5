"""The frida injector: an agent inside the process maps memory and makes system calls.

frida's own way of replacing code writes while other threads run, which can kill a busy target. So code is never
written by the agent: for that moment, and for reading where the threads stand, all threads are stopped through ptrace.
Static programs are refused, because injecting the agent aborts them. See docs/architecture.md.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import frida

from utrace.backend.inject.base import Inferior, Injector, Thread
from utrace.backend.inject.descriptor_passing import pass_descriptor
from utrace.backend.inject.ptrace import PtraceInferior
from utrace.errors import AttachError, TargetError
from utrace.target.elf import ElfFile
from utrace.target.process import Process

_AGENT = """
const words = Array(7).fill('int64');
const call = new SystemFunction(Module.getGlobalExportByName('syscall'), 'int64', words);
rpc.exports = {
  call(numbers) {
    const result = call(...numbers.map(number => int64(number)));
    return [result.value.toString(), result.errno];
  },
  read(address, size) {
    return ptr(address).readVolatile(size);
  },
  write(address, hex) {
    const bytes = hex.match(/../g).map(pair => parseInt(pair, 16));
    ptr(address).writeVolatile(bytes);
  },
};
"""
_ARGUMENTS = 6
_LEAVING_S = 5.0  # frida takes itself out in about 60 ms


class FridaInjector(Injector):
    """Opens processes of this machine through frida."""

    name = "frida"
    changes_mappings = True

    def open(self, pid: int) -> FridaInferior:
        """Injects the agent; the process runs on."""
        _refuse_static(pid)
        return FridaInferior(pid)


class FridaInferior(Inferior):
    """A process with frida's agent in it until `close`."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._stopped: PtraceInferior | None = None
        self._process = Process(pid)
        before = _loaders(self._process)
        try:
            self._session: Any = frida.attach(pid)
            script = self._session.create_script(_AGENT)
            script.load()
        except frida.ProcessNotFoundError as error:
            raise TargetError(f"process {pid} is gone") from error
        except Exception as error:  # frida has no common base class for its errors
            raise AttachError(f"frida can't be injected into process {pid}: {error}") from error
        self._agent = script.exports_sync
        self._loaders = _loaders(self._process) - before

    def read(self, address: int, size: int) -> bytes:
        """See `Inferior.read`."""
        if self._stopped is not None:
            return self._stopped.read(address, size)
        try:
            return bytes(self._agent.read(hex(address), size))
        except frida.core.RPCException as error:
            raise OSError(f"nothing is mapped at {address:#x}") from error

    def write(self, address: int, data: bytes) -> None:
        """See `Inferior.write`."""
        if self._stopped is not None:
            self._stopped.write(address, data)
        elif data:
            self._agent.write(hex(address), data.hex())

    def system_call(self, number: int, *arguments: int) -> int:
        """See `Inferior.system_call`; the agent makes the call, or a stopped thread while frozen."""
        if self._stopped is not None:
            return self._stopped.system_call(number, *arguments)
        padded = [*arguments, *[0] * (_ARGUMENTS - len(arguments))]
        value, code = self._agent.call([str(word) for word in (number, *padded)])
        if int(value) == -1:
            raise OSError(code, os.strerror(code))
        return int(value)

    def share(self, descriptor: int, scratch: int) -> int:
        """See `Inferior.share`."""
        return pass_descriptor(self, descriptor, scratch)

    @contextmanager
    def frozen(self) -> Iterator[Sequence[Thread]]:
        """Stops every thread, the agent's too, through ptrace."""
        with PtraceInferior(self.pid) as stopped, stopped.frozen() as threads:
            self._stopped = stopped
            try:
                yield threads
            finally:
                self._stopped = None

    def move(self, tid: int, address: int) -> None:
        """See `Inferior.move`."""
        assert self._stopped is not None
        self._stopped.move(tid, address)

    def close(self) -> None:
        """Takes the agent out of the process again, and waits until that is done.

        `detach` returns before: the agent unloads itself, then frida borrows a thread of the process through ptrace
        to unmap the loader. If the tracer ended or was killed meanwhile, that thread would run on with frida's
        registers, and the process would die.
        """
        self._session.detach()
        deadline = time.monotonic() + _LEAVING_S
        while self._is_inside() and time.monotonic() < deadline:
            time.sleep(0.001)

    def _is_inside(self) -> bool:
        try:
            if any("frida-agent" in mapping.path for mapping in self._process.maps()):
                return True
            return bool(_loaders(self._process) & self._loaders) or self._process.status().tracer_pid != 0
        except TargetError:
            return False


def _loaders(process: Process) -> set[int]:
    """Where anonymous memory is writable and executable: frida's loader is, as is what some JIT compilers make."""
    return {mapping.start for mapping in process.maps() if mapping.perms == "rwxp" and not mapping.is_file}


def _refuse_static(pid: int) -> None:
    try:
        program = ElfFile(f"/proc/{pid}/exe")
    except TargetError:
        return
    if not program.is_dynamic:
        raise AttachError(
            f"process {pid} is a static program, which frida's agent would abort",
            hints=("--injector ptrace traces static programs",),
        )
