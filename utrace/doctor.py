"""`utrace --info`: what this machine allows, what it forbids, and why.

Every line is found out here and now; nothing heavy is imported for it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from importlib import metadata
from pathlib import Path

from utrace import __version__
from utrace.lazy_dataclass import dataclass
from utrace.target.permission import (
    CAP_SYS_ADMIN,
    CAP_SYS_PTRACE,
    SECCOMP_FILTER,
    has_capability,
    own_status,
    ptrace_scope,
)

AT_HWCAP2 = 26
HWCAP2_FSGSBASE = 2  # <asm/hwcap2.h> of x86
SYS_PIDFD_GETFD = 438
_COLUMN = 22
_SUPPORTED = {"x86_64"}
_PACKAGES = ("typer", "llvmlite", "iced-x86", "frida")
_SCOPES = {
    0: "any process of the same user",
    1: "only children, for lack of CAP_SYS_PTRACE",
    2: "only with CAP_SYS_PTRACE",
    3: "no tracing at all",
}


@dataclass(frozen=True)
class Fact:
    """One line of the report."""

    name: str
    value: str


def report() -> str:
    """Return the whole report as text."""
    sections: tuple[tuple[str, Callable[[], Iterable[Fact]]], ...] = (
        ("Versions", _versions),
        ("Machine", _machine),
        ("Permissions", _permissions),
        ("Kernel features", _features),
        ("Injectors", _injectors),
    )
    return "\n".join(f"{title}\n" + "".join(_line(fact) for fact in facts()) for title, facts in sections)


def _line(fact: Fact) -> str:
    return f"  {fact.name + ':':<{_COLUMN}}{fact.value}\n"


def _versions() -> Iterable[Fact]:
    yield Fact("utrace", __version__)
    yield Fact("python", f"{sys.version.split()[0]} ({sys.executable})")
    for package in _PACKAGES:
        yield Fact(package, _version(package))


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"


def _machine() -> Iterable[Fact]:
    system = os.uname()
    supported = "" if system.machine in _SUPPORTED else " (not supported: probes need x86_64)"
    yield Fact("kernel", f"{system.sysname} {system.release}")
    yield Fact("architecture", system.machine + supported)
    yield Fact("processors", str(os.cpu_count()))
    yield Fact("page size", f"{os.sysconf('SC_PAGE_SIZE')} bytes")
    source = _read("/sys/devices/system/clocksource/clocksource0/current_clocksource") or "unknown"
    means = (
        "nsecs is read from it"
        if source == "tsc"
        else "nsecs takes a system call: not the time-stamp counter"
    )
    yield Fact("clock source", f"{source} ({means})")


def _permissions() -> Iterable[Fact]:
    status, scope = own_status(), ptrace_scope()
    yield Fact("user", f"{os.geteuid()}" + (" (root)" if os.geteuid() == 0 else ""))
    for name, number in (("CAP_SYS_PTRACE", CAP_SYS_PTRACE), ("CAP_SYS_ADMIN", CAP_SYS_ADMIN)):
        yield Fact(name, "yes" if has_capability(number) else "no")
    yield Fact(
        "ptrace_scope", "no Yama in this kernel" if scope is None else f"{scope} ({_SCOPES.get(scope, '?')})"
    )
    filtered = status.seccomp_mode == SECCOMP_FILTER
    yield Fact("seccomp", f"mode {status.seccomp_mode}" + (" (we run under a filter)" if filtered else ""))
    yield Fact("may trace", _scope_of_tracing(scope))


def _scope_of_tracing(scope: int | None) -> str:
    """Say whose processes we may trace, by the rules of Yama (kernel documentation, LSM/Yama)."""
    if scope == 3:
        return "nothing: ptrace_scope is 3, until the next reboot"
    if has_capability(CAP_SYS_PTRACE):
        return "processes of all users"
    if scope == 2:
        return "nothing: ptrace_scope is 2 and we lack CAP_SYS_PTRACE"
    if scope == 1:
        return "programs that utrace starts itself (-c, --); ptrace_scope 1 forbids all others"
    return f"processes of user {os.geteuid()}; those of others need CAP_SYS_PTRACE"


def _features() -> Iterable[Fact]:
    fsgsbase = bool(_auxiliary_vector().get(AT_HWCAP2, 0) & HWCAP2_FSGSBASE)
    yield Fact("FSGSBASE", "yes" if fsgsbase else "no (thread pointers are read from fs:0 or by system call)")
    yield Fact("memfd_create", _memfd())
    yield Fact("pidfd_getfd", "yes" if _has_pidfd_getfd() else "no (needs Linux 5.6)")
    yield Fact("/proc/PID/maps", "yes" if Path("/proc/self/maps").exists() else "no: /proc is not mounted")


def _injectors() -> Iterable[Fact]:
    yield Fact("ptrace", "yes (default)" if _ptrace_allowed() else "no: a seccomp filter forbids ptrace(2)")
    frida = _version("frida")
    yield Fact(
        "frida", frida if frida == "not installed" else f"yes, version {frida} (loaded when asked for)"
    )


def _ptrace_allowed() -> bool:
    """Whether ptrace(2) can be called at all: a filter answers EPERM or ENOSYS, the kernel ESRCH."""
    import ctypes
    import errno

    libc = ctypes.CDLL(None, use_errno=True)
    nobody, detach = 0, 17
    libc.ptrace(detach, nobody, None, None)
    return ctypes.get_errno() == errno.ESRCH


def _memfd() -> str:
    try:
        os.close(os.memfd_create("utrace-check", os.MFD_CLOEXEC))
    except (OSError, AttributeError) as error:
        return f"no: {error}"
    return "yes"


def _has_pidfd_getfd() -> bool:
    import ctypes

    try:
        pidfd = os.pidfd_open(os.getpid())
        copy = ctypes.CDLL(None).syscall(SYS_PIDFD_GETFD, pidfd, pidfd, 0)
    except (OSError, AttributeError):
        return False
    os.close(pidfd)
    if copy >= 0:
        os.close(copy)
    return bool(copy >= 0)


def _auxiliary_vector() -> dict[int, int]:
    from utrace.target.process import Process

    return Process(os.getpid()).auxv()


def _read(path: str) -> str:
    try:
        return Path(path).read_text().strip()
    except OSError:
        return ""
