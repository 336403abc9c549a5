"""One run of utrace: the whole pipeline.

script -> parse -> type -> eBPF object -> verify -> native code -> begin probes -> attach -> events -> detach -> end
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from utrace.color import paint
from utrace.compile import (
    Checked,
    Circumstances,
    Parsed,
    check_object,
    generate_object,
    options_help,
    parse_script,
    type_script,
)
from utrace.diagnostics import render
from utrace.errors import UsageError
from utrace.frontend.providers import IN_TRACER
from utrace.frontend.select_probes import Selection
from utrace.frontend.typed import TypedProgram
from utrace.identity import take_name
from utrace.on_demand import OnDemand
from utrace.options import Options
from utrace.script_file import read_script

if TYPE_CHECKING:
    from utrace.backend.guardian import Guardian
    from utrace.target.catalogue import SymbolCatalogue
    from utrace.target.process import Process


def run(options: Options) -> int:
    """Do what the options ask for; the exit code. Raises UtraceError."""
    if options.list_probes:
        from utrace.listing import list_probes

        return list_probes(options)
    source = read_script(options)
    if options.mode == "format":
        from utrace.format_script import format_script

        return format_script(source, options.output_path)
    if options.mode == "compiler-bench":
        from utrace.compiler_bench import run_compiler_bench

        return run_compiler_bench(source, options)
    start_ns = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    take_name()
    parsed = parse_script(source, os.environ, options.include_dirs, options.include_files)
    if "--help" in options.named_parameters:
        sys.stdout.write(options_help(parsed))
        return 0
    processes = _processes(options)
    guardian = _guardian() if _attaches(options, parsed) else None
    try:
        return _trace(options, parsed, processes, start_ns, guardian)
    finally:
        if guardian is not None:
            guardian.dismiss()


def _trace(
    options: Options, parsed: Parsed, processes: Sequence[Process], start_ns: int, guardian: Guardian | None
) -> int:
    catalogue = _catalogue(options, processes)
    selection = Selection(options.mode if options.mode in {"test", "bench"} else "", options.probe_filter)
    typed = type_script(
        parsed,
        catalogue,
        Circumstances(
            options.positional_parameters,
            options.named_parameters,
            selection,
            options.unsafe,
            options.runtime_warnings,
            bool(options.command),
        ),
    )
    if options.compile_warnings and typed.warnings:
        # Standard output has nothing but objects when it is to be JSON.
        stream = sys.stderr if options.output_format == "json" else sys.stdout
        stream.write(paint(render(typed.source, typed.warnings)))
        stream.flush()
    data = generate_object(typed)
    if options.emit_elf_path is not None:
        _write(options.emit_elf_path, data)
    checked = check_object(data, start_ns)
    if options.debug_stages or options.emit_llvm_path is not None:
        _show(options, parsed, typed, checked)
    if _only_shows(options):
        return 0
    from utrace.engine import Engine
    from utrace.reporting import open_reporter

    with (
        open_reporter(options) as reporter,
        Engine(checked, filter_forks=bool(processes)) as engine,
    ):
        if selection.mode:
            from utrace.trials import Trials

            return Trials(typed, engine, reporter).run(selection.mode)
        from utrace.tracer import Tracer

        return Tracer(options, typed, engine, catalogue, guardian, reporter).run(processes)


def _show(options: Options, parsed: Parsed, typed: TypedProgram, checked: Checked) -> None:
    from utrace.stages import Stages, print_stages, write_llvm_ir

    print_stages(options.debug_stages, Stages(parsed, typed, checked))
    if options.emit_llvm_path is not None:
        write_llvm_ir(options.emit_llvm_path, typed)


def _only_shows(options: Options) -> bool:
    return bool(options.debug_stages) or options.emit_elf_path is not None or options.mode == "codegen"


def _attaches(options: Options, parsed: Parsed) -> bool:
    """Whether any process can be entered; a provider that is not known yet stands in a positional parameter."""
    if _only_shows(options) or options.mode is not None:
        return False
    providers = {point.provider for probe in parsed.program.probes for point in probe.attach_points}
    return bool(options.pids or options.command or providers - IN_TRACER)


def _catalogue(options: Options, processes: Sequence[Process]) -> SymbolCatalogue:
    """Return what can be probed; it is loaded when it is first asked, which many scripts never do."""

    def load() -> SymbolCatalogue:
        from utrace.target.catalogue import SymbolCatalogue

        return SymbolCatalogue(
            processes, unsafe=options.unsafe, debuginfo_dirs=options.debug_info_directories
        )

    return cast("SymbolCatalogue", OnDemand(load))


def _processes(options: Options) -> list[Process]:
    if not options.pids:
        return []
    from utrace.targets import traceable

    return traceable(options.pids, options.unsafe)


def _guardian() -> Guardian:
    from utrace.backend.guardian import Guardian

    return Guardian()


def _write(path: str, data: bytes) -> None:
    try:
        Path(path).write_bytes(data)
    except OSError as error:
        raise UsageError(f"can't write '{path}': {error.strerror}") from error
