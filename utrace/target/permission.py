"""Whether we may trace a process, and which setting forbids it if not.

The kernel decides: opening /proc/PID/mem makes the same check as PTRACE_SEIZE does (user, capabilities,
dumpable flag, Yama and other security modules) without touching the process.  Only when it refuses do we
look for the reason.
"""

from __future__ import annotations

import os
from pathlib import Path

from utrace.errors import TargetError
from utrace.target.process import Process, ProcessStatus, parse_status

CAP_SYS_PTRACE = 19
CAP_SYS_ADMIN = 21
SECCOMP_STRICT = 1
SECCOMP_FILTER = 2

_MACHINES = {"x86_64": 62, "aarch64": 183}
_PTRACE_SCOPE = Path("/proc/sys/kernel/yama/ptrace_scope")


def own_status() -> ProcessStatus:
    """Return the status of the tracer itself."""
    return parse_status(Path("/proc/self/status").read_text())


def has_capability(number: int) -> bool:
    """Whether the tracer has a capability (CAP_ number) in effect."""
    return bool(own_status().effective_capabilities >> number & 1)


def ptrace_scope() -> int | None:
    """Return Yama's kernel.yama.ptrace_scope (0 to 3), or None on a kernel without Yama."""
    try:
        return int(_PTRACE_SCOPE.read_text())
    except (OSError, ValueError):
        return None


def check_traceable(pid: int, *, unsafe: bool = False) -> Process:
    """Return the process if it may be traced, else raise a `TargetError` that names what forbids it.

    `unsafe` accepts processes that sandboxed themselves with a seccomp filter, which may kill them for a
    system call that tracing makes inside them.
    """
    process = Process(pid)
    status = process.status()
    _check_kind(process, status)
    if status.tracer_pid:
        raise TargetError(
            f"process {pid} is already traced by PID {status.tracer_pid}{_name_of(status.tracer_pid)}",
            ["a process can have only one tracer: end the debugger, strace or other tracer first"],
        )
    _check_access(process, status)
    check_machine(process)
    _check_seccomp(process, status, unsafe)
    return process


def _check_kind(process: Process, status: ProcessStatus) -> None:
    pid = process.pid
    if status.tgid != pid:
        raise TargetError(f"{pid} is a thread of process {status.tgid}", [f"use -p {status.tgid}"])
    if pid == os.getpid():
        raise TargetError(f"{pid} is the tracer itself")
    if status.is_zombie:
        raise TargetError(f"process {pid} ({status.name}) has ended: it is a zombie")
    if process.is_kernel_thread:
        raise TargetError(f"process {pid} ({status.name}) is a kernel thread: it has no user-space program")


def _check_access(process: Process, status: ProcessStatus) -> None:
    try:
        os.close(os.open(f"{process.directory}/mem", os.O_RDWR | os.O_CLOEXEC))
    except (FileNotFoundError, ProcessLookupError) as error:
        raise TargetError(f"no process with PID {process.pid}") from error
    except OSError as error:
        if _is_ending(process):
            raise TargetError(f"process {process.pid} ({status.name}) has ended") from error
        raise _explain_refusal(process, status) from error


def _is_ending(process: Process) -> bool:
    """Whether it has given up its memory already, which is refused like a lack of permission."""
    try:
        return not process.is_alive() or process.read_bytes("cmdline") == b""
    except TargetError:
        return True


def _explain_refusal(process: Process, status: ProcessStatus) -> TargetError:
    pid, name = process.pid, status.name
    scope, privileged = ptrace_scope(), has_capability(CAP_SYS_PTRACE)
    if scope == 3:
        return TargetError(
            f"not allowed to trace process {pid} ({name}): "
            "kernel.yama.ptrace_scope is 3 (no attaching at all)",
            ["only a reboot without that setting changes it"],
        )
    if not privileged and any(uid != os.geteuid() for uid in status.uids[:3]):
        return TargetError(
            f"not allowed to trace process {pid} ({name}): it belongs to user {status.uids[0]}, "
            f"we are user {os.geteuid()} without CAP_SYS_PTRACE",
            ["run utrace as root, or as the same user"],
        )
    if not privileged and scope in {1, 2}:
        who = "only descendants of the tracer" if scope == 1 else "only with CAP_SYS_PTRACE"
        return TargetError(
            f"not allowed to trace process {pid} ({name}): kernel.yama.ptrace_scope is {scope} ({who})",
            [
                "run utrace as root, start the program with -c, or set kernel.yama.ptrace_scope to 0"
                if scope == 1
                else "run utrace as root"
            ],
        )
    if not privileged:
        return TargetError(
            f"not allowed to trace process {pid} ({name}): it is not dumpable "
            "(set-user-ID, file capabilities or PR_SET_DUMPABLE) and we lack CAP_SYS_PTRACE",
            ["run utrace as root"],
        )
    return TargetError(
        f"not allowed to trace process {pid} ({name}) in spite of CAP_SYS_PTRACE",
        ["a security module (SELinux, AppArmor) or a user namespace above ours forbids it"],
    )


def check_machine(process: Process) -> None:
    """Raise `TargetError` unless `process` runs a 64-bit program of this machine's architecture."""
    try:
        with open(f"{process.directory}/exe", "rb") as file:
            header = file.read(20)
    except OSError as error:
        raise TargetError(f"cannot read the program of process {process.pid}: {error.strerror}") from error
    if header[:4] != b"\x7fELF" or len(header) < 20:
        raise TargetError(f"the program of process {process.pid} is not an ELF file")
    if header[4] != 2:
        raise TargetError(f"process {process.pid} is a 32-bit program: utrace traces 64-bit programs only")
    machine = int.from_bytes(header[18:20], "little" if header[5] == 1 else "big")
    if machine != _MACHINES.get(os.uname().machine, machine):
        raise TargetError(f"process {process.pid} runs a program for another machine (ELF machine {machine})")


def _check_seccomp(process: Process, status: ProcessStatus, unsafe: bool) -> None:
    if status.seccomp_mode == SECCOMP_STRICT:
        raise TargetError(f"process {process.pid} is in seccomp mode 1 (strict): any tracing would kill it")
    if status.seccomp_mode != SECCOMP_FILTER or unsafe:
        return
    own = own_status()
    if own.seccomp_mode == SECCOMP_FILTER and status.seccomp_filters <= own.seccomp_filters:
        return  # the filter of the container that we live in ourselves
    raise TargetError(
        f"process {process.pid} ({status.name}) is in seccomp mode 2: "
        "its filter may kill it for system calls that tracing needs",
        ["--unsafe traces it all the same"],
    )


def _name_of(pid: int) -> str:
    try:
        return f" ({Process(pid).status().name})"
    except TargetError:
        return ""
