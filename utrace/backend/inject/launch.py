"""Starting the command to trace: it stops behind its exec, before its first instruction."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import stat
from collections.abc import Sequence

from utrace.backend.inject import ptrace_calls as calls
from utrace.errors import TargetError

_NOT_STARTED = 127


def find_command(name: str) -> str:
    """The program that a shell would run. Raises TargetError."""
    path = shutil.which(name)
    if path is None:
        raise TargetError(
            f"couldn't find the command '{name}'", hints=("it is not in PATH, or not executable",)
        )
    status = os.stat(path)
    if status.st_mode & (stat.S_ISUID | stat.S_ISGID) and os.geteuid() != 0:
        raise TargetError(
            f"'{name}' gets another user's rights by its set-user-ID bit, which a traced start would take away",
            hints=("run utrace as root",),
        )
    return path


def launch(command: Sequence[str]) -> int:
    """Starts the command and seizes it; the pid of the process, stopped at its exec. Raises TargetError."""
    path = find_command(command[0])
    gate_read, gate_write = os.pipe2(os.O_CLOEXEC)
    failure_read, failure_write = os.pipe2(os.O_CLOEXEC)
    pid = os.fork()
    if pid == 0:
        os.close(gate_write)
        _become(path, command, gate_read, failure_write)
    os.close(gate_read)
    os.close(failure_write)
    try:
        calls.request(calls.PTRACE_SEIZE, pid, data=calls.PTRACE_O_TRACEEXEC)
        os.write(gate_write, b"\0")
        os.close(gate_write)
        _wait_for_first_instruction(pid, command[0], failure_read)
    except OSError as error:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        raise TargetError(f"can't trace the command '{command[0]}': {error.strerror}") from error
    finally:
        os.close(failure_read)
    return pid


def _become(path: str, command: Sequence[str], gate: int, failure: int) -> None:
    """The child: waits until it's seized, then becomes the command. Never returns."""
    try:
        # Python ignores these, and ignored signals stay ignored over an exec.
        for number in (signal.SIGPIPE, signal.SIGXFSZ):
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        os.read(gate, 1)
        os.execv(path, list(command))
    except OSError as error:
        os.write(failure, str(error.errno).encode())
    finally:
        os._exit(_NOT_STARTED)


def _wait_for_first_instruction(pid: int, name: str, failure: int) -> None:
    while True:
        stop = calls.wait(pid)
        if stop is None or stop.exited:
            reason = os.read(failure, 16) or str(errno.ESRCH).encode()
            raise TargetError(f"can't run '{name}': {os.strerror(int(reason))}")
        if stop.event == calls.PTRACE_EVENT_STOP:
            return
        if stop.event == calls.PTRACE_EVENT_EXEC:
            # This stop lies inside execve(2), whose result would overwrite what we do to the registers.
            calls.request(calls.PTRACE_INTERRUPT, pid)
        calls.request(calls.PTRACE_CONT, pid, data=0 if stop.event else stop.signal)
