"""What the user asked for on the command line, checked and frozen."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar, get_args

from utrace.errors import UsageError

Injector = Literal["ptrace", "frida"]
OutputFormat = Literal["text", "json"]
Buffering = Literal["none", "line", "full"]
DebugStage = Literal["ast", "types", "codegen", "dis", "native"]

INJECTORS: tuple[Injector, ...] = get_args(Injector)
OUTPUT_FORMATS: tuple[OutputFormat, ...] = get_args(OutputFormat)
BUFFERINGS: tuple[Buffering, ...] = get_args(Buffering)
DEBUG_STAGES: tuple[DebugStage, ...] = get_args(DebugStage)

Choice = TypeVar("Choice", bound=str)

MAX_PID = 0x400000
"""The most that Linux's kernel.pid_max can be."""


@dataclass(frozen=True)
class Options:
    """One run of utrace.

    Exactly one of `program_text` (-e) and `script_path` (`-` is standard input) is set, but for a listing
    (`list_probes`), which may have a `list_pattern` instead.
    """

    program_text: str | None = None
    script_path: str | None = None
    positional_parameters: tuple[str, ...] = ()
    named_parameters: tuple[str, ...] = ()
    """`--name=value` and `--name` as written after `--`."""

    pids: tuple[int, ...] = ()
    command: tuple[str, ...] = ()
    """Program and arguments to run under the tracer; empty for none."""

    list_probes: bool = False
    list_pattern: str | None = None

    include_dirs: tuple[str, ...] = ()
    """-I: where the C part's headers are looked up first."""
    include_files: tuple[str, ...] = ()
    """--include: headers that are read before the C part."""
    debuginfo_dirs: tuple[str, ...] = ()
    """--debuginfo: where files with debug information are looked up, besides the usual places."""

    injector: Injector = "ptrace"
    output_path: str | None = None
    output_format: OutputFormat = "text"
    buffering: Buffering = "line"
    debug_stages: tuple[DebugStage, ...] = ()
    emit_elf_path: str | None = None

    quiet: bool = False
    verbose: int = 0
    unsafe: bool = False
    dry_run: bool = False
    runtime_warnings: bool = False
    compile_warnings: bool = True
    use_command_status: bool = False
    """Exit with the status of `command` when the tracer itself met no error."""


def parse_pid(text: str) -> int:
    """Return the PID that `text` names, in decimal or 0x form; messages are bpftrace's."""
    match = re.match(r"0[xX][0-9a-fA-F]+|[0-9]+", text)
    if match is None:
        raise UsageError(f"Failed to parse pid: invalid integer: {text}")
    if match.end() != len(text):
        raise UsageError(f"Failed to parse pid: invalid trailing bytes: {text}")
    if len(text) > 20 or not 0 < (pid := int(text, 16 if text[:2] in {"0x", "0X"} else 10)) <= MAX_PID:
        raise UsageError(f"Pid out of range: {text}")
    return pid


def parse_debug_stages(values: Iterable[str]) -> tuple[DebugStage, ...]:
    """Return the stages named in `values`, each one or several joined by commas, in pipeline order."""
    words = {word for value in values for word in value.split(",")}
    for word in sorted(words - {"all"}):
        one_of("debug stage", word, DEBUG_STAGES)
    return tuple(stage for stage in DEBUG_STAGES if stage in words or "all" in words)


def one_of(what: str, value: str, valid: Sequence[Choice]) -> Choice:
    """Return `value` if it is one of the `valid` ones, else raise a `UsageError` that lists them."""
    for choice in valid:
        if choice == value:
            return choice
    raise UsageError(f'Invalid {what} "{value}"', [f"valid ones: {', '.join(valid)}"])


@dataclass(frozen=True)
class Words:
    """The words of the command line that belong to no option, told apart."""

    script_path: str | None
    list_pattern: str | None
    positional_parameters: tuple[str, ...]
    named_parameters: tuple[str, ...]
    command: tuple[str, ...]


def split_at_dashes(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return what stands before and what stands after the first `--`."""
    words = list(arguments)
    position = words.index("--") if "--" in words else len(words)
    return words[:position], words[position + 1 :]


def sort_words(
    before: Sequence[str], after: Sequence[str], *, has_program: bool, lists: bool, has_target: bool
) -> Words:
    """Tell script, pattern, parameters and command apart, by the options given: -e, -l, and -c or -p.

    The words after `--` are a command to run under the tracer.  They are parameters of the script instead,
    as in bpftrace, when the target is given otherwise (`has_target`: -c or -p), or when the first one begins
    with a dash, as no command does.
    """
    words = list(before)
    first = words.pop(0) if words and not has_program else None
    is_command = bool(after) and not has_target and not after[0].startswith("-")
    words += [] if is_command else [word for word in after if not word.startswith("--")]
    return Words(
        script_path=None if lists else first,
        list_pattern=first if lists else None,
        positional_parameters=tuple(words),
        named_parameters=() if is_command else tuple(word for word in after if word.startswith("--")),
        command=tuple(after) if is_command else (),
    )


def split_command(text: str) -> tuple[str, ...]:
    """Return the words of -c's argument: split at blanks, without quoting, as in bpftrace."""
    words = tuple(text.split())
    if not words:
        raise UsageError("-c needs a command", ["use `-- CMD ARGS...` for arguments with blanks in them"])
    return words
