"""Names of the language: builtins, functions and types, and what is said about the ones we lack."""

from __future__ import annotations

import re

from utrace.frontend import types
from utrace.frontend.types import Type
from utrace.lazy_dataclass import dataclass

UPROBES = frozenset({"uprobe", "uretprobe"})

BUILTIN_TYPES: dict[str, Type] = {
    "pid": types.UINT32,
    "tid": types.UINT32,
    "uid": types.UINT64,
    "gid": types.UINT64,
    "nsecs": types.UINT64,
    "elapsed": types.UINT64,
    "cpu": types.UINT64,
    "rand": types.UINT32,
    "usermode": types.UINT8,
    "comm": types.StringType(16),
    "pcomm": types.StringType(16),
    "leader_comm": types.StringType(16),
    "ppid": types.UINT32,
    "leader_tid": types.UINT32,
    "cpid": types.UINT32,
    "has_cpid": types.BOOL,
    "ncpus": types.UINT64,
    "numaid": types.UINT32,
    "username": types.USERNAME,
    "retval": types.INT64,
}
"""Builtins whose type does not depend on the probe; those that do: argN, probe, probetype, func."""

PROBE_STRINGS = frozenset({"probe", "probetype", "func"})
VALUE_NAMES = frozenset(BUILTIN_TYPES) | PROBE_STRINGS | {"args", "dw_ustack", "ustack"}

RESTRICTED = {"retval": frozenset({"uretprobe"}), "func": UPROBES}
"""Builtins that only some providers have."""

ARGUMENT = re.compile(r"s?arg(?:0|[1-9]\d?)")
"""arg0 ... arg99: registers, then the stack; sarg0 ... sarg99: the stack."""

REGISTERS = frozenset(
    {"ax", "bx", "cx", "dx", "si", "di", "bp", "sp", "ip", "pc", "flags", "cs", "ss", "orig_rax"}
    | {f"r{number}" for number in range(8, 16)}
)
"""What `reg("...")` takes on x86-64."""

_KERNEL_ONLY = {
    "ctx": "the kernel's own record of a probe is not there",
    "jiffies": "the kernel's clock ticks are not shown to programs",
    "curtask": "the kernel's record of a task can't be read",
    "cgroup": "the kernel's number of a control group is not shown to programs",
    "cgroupid": "the kernel's number of a control group is not shown to programs",
    "cgroup_path": "the kernel's number of a control group is not shown to programs",
    "kstack": "the kernel's stack can't be seen",
    "kaddr": "the kernel's memory can't be read",
    "kptr": "the kernel's memory can't be read",
    "ksym": "the kernel's memory can't be read",
    "percpu_kaddr": "the kernel's memory can't be read",
    "path": "the kernel's record of a file can't be read",
    "abs_path": "the kernel's record of a working directory can't be read",
    "cwd": "the kernel's record of a working directory can't be read",
    "in_cgroup": "the kernel's number of a control group is not shown to programs",
    "socket_cookie": "the kernel's record of a socket can't be read",
    "skboutput": "packets are only seen in the kernel",
    "kfunc_exist": "functions of the kernel can't be called",
    "kfunc_allowed": "functions of the kernel can't be called",
    "override": "only the kernel can replace a system call's result",
    "unwatch": "only the kernel can end a watchpoint from inside a probe",
    "debugf": "the kernel's trace pipe can't be written to",
}
"""What needs the kernel, and why."""


@dataclass(frozen=True)
class UnknownName:
    """What to say about a name that cannot be used."""

    message: str
    hints: tuple[str, ...] = ()


def explain_unknown(name: str, kind: str, known: frozenset[str]) -> UnknownName:
    """Return the message for a builtin or function (`kind`) that is not among the `known` ones."""
    shown = name if len(name) <= 40 else f"{name[:40]}..."
    if name in _KERNEL_ONLY:
        reason = f"it needs the kernel ({_KERNEL_ONLY[name]})"
        return UnknownName(f"'{shown}' is not possible in user space: {reason}")
    from difflib import get_close_matches

    close = get_close_matches(name[:40], sorted(known), n=1)
    hints = (f"did you mean {close[0]}?",) if close else ()
    return UnknownName(f"Unknown {kind}: '{shown}'", hints)


_C_NAMES: dict[str, Type] = {
    "bool": types.BOOL,
    "char": types.INT8,
    "short": types.INT16,
    "int": types.INT32,
    "long": types.INT64,
    "unsigned": types.UINT32,
    "size_t": types.UINT64,
    "ssize_t": types.INT64,
    "uintptr_t": types.UINT64,
    "void": types.NONE,
    "inet": types.INET,
    "macaddr_t": types.MACADDR,
    "username_t": types.USERNAME,
    "timestamp": types.TIMESTAMP,
    "usym_t": types.USYM,
}


def base_type(name: str) -> Type | None:
    """Return the type of one word: an integer, bool, void, or a value that is only kept and printed."""
    return _C_NAMES.get(name) or _sized_integer(name)


def _sized_integer(name: str) -> Type | None:
    match = re.fullmatch(r"(u?)int(8|16|32|64)(?:_t)?", name)
    return types.IntType(int(match[2]), not match[1]) if match else None
