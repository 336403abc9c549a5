"""--mode compiler-bench: how long each stage of the compilation of a script takes."""

from __future__ import annotations

import os
import platform
import sys
import time
from collections.abc import Callable

from utrace.backend.layout import ThreadPointer
from utrace.compile import (
    Circumstances,
    check_object,
    compile_native,
    generate_object,
    parse_script,
    plan_memory,
    type_script,
)
from utrace.options import Options
from utrace.output.trials import BenchmarkResult, benchmark_text
from utrace.source import Source
from utrace.target.catalogue import SymbolCatalogue

_LONG_ENOUGH_NS = 20_000_000


def run_compiler_bench(source: Source, options: Options) -> int:
    """Measure the stages and print a table; the exit code. Raises UtraceError."""
    catalogue = SymbolCatalogue(unsafe=options.unsafe)
    parameters = options.positional_parameters

    def parse() -> object:
        return parse_script(source, os.environ, options.include_dirs, options.include_files)

    parsed = parse_script(source, os.environ, options.include_dirs, options.include_files)
    around = Circumstances(parameters, options.named_parameters, unsafe=options.unsafe)
    typed = type_script(parsed, catalogue, around)
    data = generate_object(typed)
    checked = check_object(data, 0)
    planned, layout = plan_memory(checked)
    architecture = platform.machine()
    stages: dict[str, Callable[[], object]] = {
        "parse": parse,
        "types": lambda: type_script(parsed, catalogue, around),
        "codegen": lambda: generate_object(typed),
        "verifier": lambda: check_object(data, 0),
        "native": lambda: compile_native(planned, layout, ThreadPointer.SEGMENT, False, architecture),
    }
    for index, (name, stage) in enumerate(stages.items()):
        sys.stdout.write(benchmark_text(tuple(stages), _measure(name, stage), index == 0))
        sys.stdout.flush()
    return 0


def _measure(name: str, stage: Callable[[], object]) -> BenchmarkResult:
    iterations = 0
    began = time.perf_counter_ns()
    while (total_ns := time.perf_counter_ns() - began) < _LONG_ENOUGH_NS:
        stage()
        iterations += 1
    return BenchmarkResult(name, total_ns // max(iterations, 1), iterations)
