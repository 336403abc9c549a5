"""The probe types of the language: their names, and why some cannot be had."""

from __future__ import annotations

import re
from fnmatch import translate

from utrace.diagnostics import error
from utrace.errors import ScriptError
from utrace.source import Span

SHORT_NAMES = {
    "u": "uprobe",
    "ur": "uretprobe",
    "i": "interval",
    "p": "profile",
    "t": "tracepoint",
    "rt": "rawtracepoint",
    "s": "software",
    "h": "hardware",
    "w": "watchpoint",
    "k": "kprobe",
    "kr": "kretprobe",
    "f": "fentry",
    "fr": "fexit",
    "kfunc": "fentry",
    "kretfunc": "fexit",
    "it": "iter",
}
SUPPORTED = ("begin", "end", "self", "test", "bench", "interval", "uprobe", "uretprobe")
IN_TRACER = frozenset({"begin", "end", "self", "test", "bench", "interval"})
"""Probes that the tracer runs by itself."""
NOT_YET = {
    "usdt": "the markers that a binary brings along (.note.stapsdt) are not read",
    "tracepoint": "system calls cannot be probed",
    "rawtracepoint": "system calls cannot be probed",
    "profile": "no timer interrupts the threads of a traced process",
    "software": "no perf event is opened in a traced process",
    "hardware": "no perf event is opened in a traced process",
    "watchpoint": "no debug register is set in a traced process",
    "asyncwatchpoint": "no debug register is set in a traced process",
}
"""What a later version will have; the reason completes `... probes are not supported yet: `."""
KERNEL_ONLY = {
    "kprobe": "it attaches to a kernel function",
    "kretprobe": "it attaches to a kernel function's return",
    "fentry": "it attaches to a kernel function",
    "fexit": "it attaches to a kernel function's return",
    "iter": "it iterates over kernel objects",
    "lsm": "it attaches to a security hook of the kernel",
}
KERNEL_HINT = "utrace traces user-space code; for the kernel use bpftrace itself"
_SYSTEM_CALLS = re.compile(r"(syscalls|raw_syscalls):(sys_enter|sys_exit).*")
_RAW_SYSTEM_CALLS = re.compile(r"(?:[^:]*:)?sys_(enter|exit)")


def provider_named(given: str) -> str:
    """Return the long name of a probe type as a script has it, in any case; unknown ones stay as they are."""
    # `U` is the one short name that a case-insensitive `u` would hide.
    return "usdt" if given == "U" else SHORT_NAMES.get(given.lower(), given.lower())


def is_pattern(given: str) -> bool:
    """Whether a probe type has wildcards."""
    return "*" in given or "[" in given


def matching(pattern: str) -> tuple[str, ...]:
    """Return the supported probe types that a pattern means."""
    regex = re.compile(translate(pattern[:100].lower()))
    return tuple(name for name in SUPPORTED if regex.match(name))


def refusal(given: str, provider: str, rest: str, span: Span) -> ScriptError:
    """Return the error for an attach point `given:rest` whose probe type is not supported; it says why."""
    if provider in KERNEL_ONLY:
        message = f"{provider} probes are not possible in user space: {KERNEL_ONLY[provider]}"
        return ScriptError([error(span, message, KERNEL_HINT)])
    if _is_kernel_event(provider, rest):
        message = (
            f"{provider} probes are not possible in user space but for system calls: "
            f"'{rest[:60]}' is an event of the kernel"
        )
        return ScriptError([error(span, message, KERNEL_HINT)])
    if provider in NOT_YET:
        return ScriptError([error(span, f"{provider} probes are not supported yet: {NOT_YET[provider]}")])
    if is_pattern(provider):
        return ScriptError([error(span, f"No probe type matched for {given[:40]}")])
    from difflib import get_close_matches

    close = get_close_matches(provider[:40], [*SUPPORTED, *NOT_YET, *KERNEL_ONLY], n=1)
    hints = [f"did you mean {close[0]}?"] if close else []
    return ScriptError([error(span, f"Invalid probe type: {given[:40]}", *hints)])


def _is_kernel_event(provider: str, rest: str) -> bool:
    if provider == "tracepoint":
        return ":" in rest and not _SYSTEM_CALLS.fullmatch(rest) and not is_pattern(rest)
    return provider == "rawtracepoint" and not _RAW_SYSTEM_CALLS.fullmatch(rest) and not is_pattern(rest)
