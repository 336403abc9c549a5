"""--test and --bench: a script's own tests and benchmarks, run in the tracer; no process is attached to."""

from __future__ import annotations

import sys
import time

from utrace.backend.codegen_programs import probe_programs
from utrace.engine import Engine
from utrace.frontend.typed import TypedProbe, TypedProgram
from utrace.output.decode import Context
from utrace.output.events import EventDispatcher
from utrace.output.lazy_formatter import LazyFormatter
from utrace.output.model import Issue, IssueKind
from utrace.output.reporter import Reporter
from utrace.output.resolver import HostResolver
from utrace.output.stream import Buffering, OutputStream
from utrace.output.text import TextReporter
from utrace.output.trials import BenchmarkResult, Verdict

_LONG_ENOUGH_NS = 1_000_000
"""A benchmark is repeated more often until all its runs together take this long."""
_MOST_ITERATIONS = 1 << 30


class _Captured(OutputStream):
    """Output that is kept instead of written."""

    def __init__(self) -> None:
        super().__init__(-1, Buffering.NONE)
        self.data = bytearray()

    def _write_out(self, data: bytes | bytearray | memoryview) -> None:
        self.data += data


class _Witness(TextReporter):
    """Keeps what a program prints, and counts what it complains about."""

    def __init__(self) -> None:
        self.stream = _Captured()
        super().__init__(self.stream, self.stream)
        self.errors = 0

    def issue(self, issue: Issue) -> None:
        """Keep an issue's text; warnf() is no complaint."""
        self.errors += issue.kind is not IssueKind.WARNF
        super().issue(issue)


class Trials:
    """Runs the test or bench probes of a script between its begin and end probes."""

    def __init__(self, typed: TypedProgram, engine: Engine, reporter: Reporter) -> None:
        self._typed = typed
        self._engine = engine
        self._reporter = reporter
        self._names = {index: program.name for index, program in probe_programs(typed).items()}
        context = Context(typed.config.str_trunc_trailer, typed.time_formats, HostResolver())
        self._formatter = LazyFormatter(typed, context)

    def run(self, mode: str) -> int:
        """Run all of them; 1 when one fails, else 0."""
        self._run_all("begin")
        code = {"test": self._run_tests, "bench": self._run_benchmarks}[mode]()
        self._run_all("end")
        self._reporter.flush()
        return code

    def _run_tests(self) -> int:
        probes = self._probes("test")
        verdicts: list[Verdict] = []
        for probe in probes:
            began = time.perf_counter_ns()
            value = self._run(probe)
            duration_ns = time.perf_counter_ns() - began
            witness = _Witness()
            exit_code = self._drain(witness)
            has_passed = not (value or exit_code or witness.errors)
            output = witness.stream.data.decode(errors="replace")
            verdicts.append(Verdict(probe.attach_point.target, has_passed, duration_ns, output))
            self._reporter.test_result(len(probes), verdicts)
        return 0 if all(verdict.has_passed for verdict in verdicts) else 1

    def _run_benchmarks(self) -> int:
        probes = self._probes("bench")
        names = [probe.attach_point.target for probe in probes]
        code = 0
        is_first = True
        for probe in probes:
            witness = _Witness()
            is_skipped = self._run(probe) != 0
            if self._drain(witness) or witness.errors:
                sys.stderr.write(f"ERROR: Benchmark '{probe.attach_point.target}' failed.\n")
                code = 1
            elif not is_skipped:
                self._reporter.benchmark_result(names, self._measure(probe), is_first)
                is_first = False
        return code

    def _measure(self, probe: TypedProbe) -> BenchmarkResult:
        name = self._names[probe.index]
        iterations, total_ns = 1, 0
        while True:
            began = time.perf_counter_ns()
            self._engine.repeat(name, iterations)
            total_ns = time.perf_counter_ns() - began
            self._drain(_Witness())
            if total_ns >= _LONG_ENOUGH_NS or iterations >= _MOST_ITERATIONS:
                return BenchmarkResult(probe.attach_point.target, total_ns // iterations, iterations)
            missing = _LONG_ENOUGH_NS // max(total_ns, 1)
            iterations *= min(max(2, missing), 1000)

    def _probes(self, provider: str) -> list[TypedProbe]:
        return [probe for probe in self._typed.probes if probe.attach_point.provider == provider]

    def _run(self, probe: TypedProbe) -> int:
        return self._engine.run(self._names[probe.index])

    def _run_all(self, provider: str) -> None:
        for probe in self._probes(provider):
            self._run(probe)
            self._drain(self._reporter)

    def _drain(self, reporter: Reporter) -> int:
        """Carry out the events so far; the code of the first exit() among them, else 0."""
        dispatcher = EventDispatcher(self._typed, self._engine.maps, reporter, self._formatter)
        for batch in self._engine.batches(is_final=False):
            dispatcher.dispatch(batch)
        return dispatcher.exit_code or 0
