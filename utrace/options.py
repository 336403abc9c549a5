"""What the user asked for on the command line, checked and frozen."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar, get_args

from utrace.errors import UsageError
from utrace.identity import program_name
from utrace.words import sort_words, split_command

Injector = Literal["ptrace", "frida"]
OutputFormat = Literal["text", "json"]
Buffering = Literal["none", "line", "full"]
DebugStage = Literal["parse", "ast", "types", "codegen", "codegen-opt", "dis", "libbpf", "verifier", "native"]
Mode = Literal["codegen", "compiler-bench", "bench", "test", "format"]

INJECTORS: tuple[Injector, ...] = get_args(Injector)
OUTPUT_FORMATS: tuple[OutputFormat, ...] = get_args(OutputFormat)
BUFFERINGS: tuple[Buffering, ...] = get_args(Buffering)
DEBUG_STAGES: tuple[DebugStage, ...] = get_args(DebugStage)
MODES: tuple[Mode, ...] = get_args(Mode)
FEATURES = ("kprobe_multi", "kprobe_session", "uprobe_multi")
"""What --no-feature takes: features of the kernel, of which we use none."""

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
    mode: Mode | None = None
    """Something else than running the script's probes."""
    probe_filter: str = ""
    """A regular expression for names of probes; without a match they are left out."""

    include_dirs: tuple[str, ...] = ()
    include_files: tuple[str, ...] = ()
    """--include: headers that are read before the C part."""
    debug_info_directories: tuple[str, ...] = ()
    unwound_pids: tuple[int, ...] = ()
    """Further processes whose stacks can be unwound by DWARF."""

    injector: Injector = "ptrace"
    output_path: str | None = None
    output_format: OutputFormat = "text"
    buffering: Buffering = "line"
    debug_stages: tuple[DebugStage, ...] = ()
    emit_elf_path: str | None = None
    emit_llvm_path: str | None = None
    """Beginning of the names of two files."""
    verify_llvm_ir: bool = False

    quiet: bool = False
    verbose: int = 0
    unsafe: bool = False
    usdt_file_activation: bool = False
    dry_run: bool = False
    runtime_warnings: bool = False
    compile_warnings: bool = True
    use_command_status: bool = False
    """Exit with the status of `command` when the tracer itself met no error."""


def make_options(given: Mapping[str, Any], after_dashes: Sequence[str]) -> Options:
    """Return the options for what the parser of the command line gives, by parameter; raise UsageError."""
    if given["pids"] and given["command"] is not None:
        raise UsageError("Cannot use both -c and -p.")
    if given["warnings"] and given["no_warnings"]:
        raise UsageError("-k, --warnings conflicts with --no-warnings")
    _check_kernel_options(given)
    words = sort_words(
        given["arguments"] or (),
        after_dashes,
        has_program=given["program"] is not None,
        lists=given["list_probes"],
        takes_command=not given["pids"] and given["command"] is None and program_name() != "bpftrace",
    )
    if words.list_pattern is not None and words.positional_parameters:
        raise UsageError("-l takes one pattern", ["join several patterns by commas"])
    return Options(
        program_text=given["program"],
        script_path=words.script_path,
        positional_parameters=words.positional_parameters,
        named_parameters=words.named_parameters,
        pids=tuple(dict.fromkeys(parse_pid(pid) for pid in given["pids"] or ())),
        command=words.command if given["command"] is None else split_command(given["command"]),
        list_probes=given["list_probes"],
        list_pattern=words.list_pattern,
        mode=_mode(given),
        probe_filter=_probe_filter(given["probe_filter"]),
        include_dirs=tuple(given["include_dirs"] or ()),
        include_files=tuple(given["include_files"] or ()),
        debug_info_directories=_directories(given["debug_info"] or ()),
        unwound_pids=tuple(parse_pid(pid) for pid in given["dwarf_pids"] or ()),
        injector=one_of("injector", given["injector"], INJECTORS),
        output_path=given["output"],
        output_format=one_of("output format", given["output_format"], OUTPUT_FORMATS),
        buffering=one_of("output buffering mode", given["buffering"], BUFFERINGS),
        debug_stages=parse_debug_stages(given["debug"] or ()),
        emit_elf_path=given["emit_elf"],
        emit_llvm_path=given["emit_llvm"],
        verify_llvm_ir=given["verify_llvm_ir"],
        quiet=given["quiet"],
        verbose=given["verbose"],
        unsafe=given["unsafe"],
        usdt_file_activation=given["usdt_file_activation"],
        dry_run=given["dry_run"],
        runtime_warnings=given["warnings"],
        compile_warnings=not given["no_warnings"],
        use_command_status=given["cmd_status"],
    )


def _check_kernel_options(given: Mapping[str, Any]) -> None:
    """Look at options that only mean something to a kernel."""
    for feature in (given["no_feature"] or "").split(","):
        if feature and feature not in FEATURES:
            raise UsageError(f"--no-feature can only have values '{','.join(FEATURES)}'.")
    if given["aot"] is not None:
        raise UsageError(
            "--aot is not possible: probes are compiled for the processes that they are put into",
            ["--emit-elf writes the eBPF object of a script"],
        )


def _mode(given: Mapping[str, Any]) -> Mode | None:
    mode = None if given["mode"] is None else one_of("mode", given["mode"], MODES)
    aliases: dict[str, Mode] = {"test": "test", "bench": "bench", "fmt": "format"}
    for name, meant in aliases.items():
        if given[name]:
            if mode is not None:
                raise UsageError(f"--{name} conflicts with existing --mode")
            mode = meant
    return mode


def _probe_filter(text: str | None) -> str:
    try:
        re.compile(text or "")
    except re.error as error:
        raise UsageError(f"Invalid --probe-filter regex: {error}") from None
    return text or ""


def _directories(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(directory for value in values for directory in value.split(":") if directory)


def parse_pid(text: str) -> int:
    """Return the PID that `text` names, in decimal or 0x form; messages are bpftrace's."""
    match = re.match(r"0[xX][0-9a-fA-F]+|[0-9]+", text)
    if match is None:
        raise UsageError(f"Failed to parse pid: invalid integer: {text}")
    if match.end() != len(text):
        raise UsageError(f"Failed to parse pid: invalid trailing bytes: {text}")
    if len(text) > 20:
        raise UsageError(f"Pid out of range: {text}")
    pid = int(text, 16 if text[:2] in {"0x", "0X"} else 10)
    if not 0 < pid <= MAX_PID:
        raise UsageError(f"Pid out of range: {pid}")
    return pid


def parse_debug_stages(values: Iterable[str]) -> tuple[DebugStage, ...]:
    """Return the stages named in `values`, each one or several joined by commas, in pipeline order."""
    words = {word for value in values for word in value.split(",") if word}
    for word in sorted(words - {"all"}):
        one_of("debug stage", word, DEBUG_STAGES)
    return tuple(stage for stage in DEBUG_STAGES if stage in words or "all" in words)


def one_of(what: str, value: str, valid: Sequence[Choice]) -> Choice:
    """Return `value` if it is one of the `valid` ones, else raise a `UsageError` that lists them."""
    for choice in valid:
        if choice == value:
            return choice
    raise UsageError(f'Invalid {what} "{value}"', [f"valid ones: {', '.join(valid)}"])
