"""A running session: begin probes, attaching, the loop that prints what targets send, detaching, end probes."""

from __future__ import annotations

import gc
import os
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from itertools import islice
from types import FrameType
from typing import TYPE_CHECKING

from utrace.backend.clock import PERIOD_SECONDS
from utrace.backend.codegen_programs import probe_programs
from utrace.backend.layout import CONTROL_CHILD, CONTROL_LOOPS_CUT, CONTROL_RENDEZVOUS_MISSED
from utrace.engine import Engine
from utrace.frontend.typed import EventInfo, EventKind, TypedProgram
from utrace.no_targets import NoTargets
from utrace.options import Options
from utrace.output.decode import Context
from utrace.output.events import EventDispatcher
from utrace.output.issues import MAP_FULL, helper_error
from utrace.output.lazy_formatter import LazyFormatter
from utrace.output.reporter import Reporter
from utrace.output.resolver import HostResolver
from utrace.output.stream import OutputClosed
from utrace.symbolizer import Symbolizer, uses_addresses
from utrace.timers import Timers

if TYPE_CHECKING:
    from utrace.backend.guardian import Guardian
    from utrace.target.addresses import AddressSpaces
    from utrace.target.catalogue import SymbolCatalogue
    from utrace.target.process import Process
    from utrace.targets import Targets

_IDLE_S = 0.02
_IDLE_WITH_EVENTS_S = 0.003
"""Short enough for a ring of the default size to take what a busy thread sends meanwhile."""
_BUSY_S = 0.0005
_MAX_BATCHES = 16
_MAP_FULL = "Map full; can't update element. {} has lost {} updates. Try increasing max_map_keys."
_NOT_LOADED_YET = "{} is not loaded yet; it will be traced from when it is"
_NOT_RUNNING = "no running process has {} loaded; processes started from now on are not traced"
_NOTIFY_VARIABLE = "__BPFTRACE_NOTIFY_PROBES_ATTACHED"


class Tracer:
    """One session from its compiled programs to its end."""

    def __init__(
        self,
        options: Options,
        typed: TypedProgram,
        engine: Engine,
        catalogue: SymbolCatalogue,
        guardian: Guardian | None,
        reporter: Reporter,
    ) -> None:
        self._options = options
        self._typed = typed
        self._engine = engine
        self._reporter = reporter
        programs = probe_programs(typed)
        self._names = {index: program.name for index, program in programs.items()}
        spaces = _address_spaces(options) if uses_addresses(typed) else None
        resolver = (
            HostResolver() if spaces is None else Symbolizer(typed.config, spaces, engine.maps.stack_frames)
        )
        context = Context(typed.config.str_trunc_trailer, typed.time_formats, resolver)
        self._dispatcher = EventDispatcher(
            typed,
            engine.maps,
            reporter,
            LazyFormatter(typed, context),
            shows_warnings=options.compile_warnings,
        )
        self._targets: Targets | NoTargets = NoTargets()
        if guardian is not None:
            from utrace.target_setup import make_targets

            self._targets = make_targets(
                typed, programs, engine, catalogue, guardian, options.injector, spaces, self._warn
            )
        self._lost = 0
        self._full_maps: set[int] = set()
        self._interrupted = False
        self._signals = 0
        self._is_detached = False

    def run(self, processes: Sequence[Process]) -> int:
        """Trace until something ends it; the exit code. Raises UtraceError, with everything undone."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._interrupt)
        signal.signal(signal.SIGUSR1, self._note_signal)
        try:
            return self._run(processes)
        except OutputClosed:
            return 0
        finally:
            self._undo()

    def _run(self, processes: Sequence[Process]) -> int:
        if self._options.command:
            child = self._targets.launch(self._options.command)
            self._engine.memory.write(CONTROL_CHILD, child.to_bytes(8, "little"))
        if not self._options.dry_run:
            self._run_probes("begin")
        self._attach(processes)
        if self._options.dry_run:
            return 0
        if not self._options.quiet:
            self._reporter.attached(len(self._typed.probes))
        if os.environ.get(_NOTIFY_VARIABLE):
            sys.stdout.write(f"{_NOTIFY_VARIABLE}\n")
            sys.stdout.flush()
        self._targets.release()
        gc.freeze()
        gc.enable()
        self._loop()
        self._detach()
        self._print_events(is_final=True)
        self._dispatcher.is_over = False
        self._run_probes("end")
        self._print_events(is_final=True)
        self._finish()
        return self._exit_code()

    def _attach(self, processes: Sequence[Process]) -> None:
        if self._options.command:
            self._targets.attach_to_launched()
        if processes:
            self._targets.attach_to(processes)
        elif not self._options.command:
            self._targets.attach_to_running(self._options.unsafe)
        if not self._options.command:
            for path in self._targets.paths_not_loaded:
                self._warn(_NOT_LOADED_YET.format(path) if processes else _NOT_RUNNING.format(path))
        self._targets.require_attached()
        for line in self._targets.summary if self._options.verbose else ():
            self._reporter.warning(f"{line}\n")

    def _loop(self) -> None:
        """Print events and run timers until a signal, exit(), or the end of what is traced."""
        timers = Timers(
            (
                (probe.attach_point.period_ns, self._names[probe.index])
                for probe in self._typed.probes
                if probe.attach_point.provider == "interval"
            ),
            self._engine.run,
        )
        renewal = time.monotonic() + PERIOD_SECONDS
        served = 0
        idle_s = _IDLE_WITH_EVENTS_S if self._engine.has_events else _IDLE_S
        while not self._is_over():
            asked = self._engine.rendezvous_asked
            if asked != served:
                self._targets.attach_to_loaded()
                self._engine.serve_rendezvous(asked)
                served = asked
            timers.run_due()
            self._run_signal_probes()
            pause_s = _BUSY_S if self._print_events() else idle_s
            self._engine.wait(asked, timers.pause_s(pause_s))
            if time.monotonic() > renewal:
                self._engine.clock.renew()
                renewal += PERIOD_SECONDS

    def _is_over(self) -> bool:
        if self._interrupted or self._dispatcher.exit_code is not None:
            return True
        if not self._has_work():
            return True
        return self._targets.all_ended()

    def _has_work(self) -> bool:
        """Whether there is something to wait for when the begin probes have run."""
        if self._options.command:
            return True
        return any(probe.attach_point.provider not in ("begin", "end") for probe in self._typed.probes)

    def _print_events(self, is_final: bool = False) -> bool:
        """Carry out what has arrived; whether anything had."""
        found = False
        batches = self._engine.batches(is_final)
        # Targets may send faster than we print, so that there is always a next batch.
        for batch in batches if is_final else islice(batches, _MAX_BATCHES):
            found = True
            self._dispatcher.dispatch(batch)
            if not is_final and (self._interrupted or self._dispatcher.exit_code is not None):
                break
        self._report_full_maps()
        lost = self._engine.lost_events
        if lost > self._lost:
            self._reporter.lost_events(lost - self._lost)
            self._lost = lost
        return found

    def _report_full_maps(self) -> None:
        """Say once of each map that it is full; with -k the programs themselves say where."""
        if self._options.runtime_warnings or not self._options.compile_warnings:
            return
        for info in self._typed.maps:
            if info.id not in self._full_maps and self._engine.maps.refused(info):
                self._full_maps.add(info.id)
                event = EventInfo(-1, EventKind.HELPER_ERROR, info.span, helper="map_update_elem")
                self._reporter.issue(helper_error(self._typed.source, event, MAP_FULL))

    def _detach(self) -> None:
        if self._is_detached:
            return
        self._is_detached = True
        self._engine.stop_rendezvous()
        for leftover in self._targets.detach():
            self._warn(f"process {leftover.pid} keeps utrace's memory mapped: {leftover.reason}")

    def _finish(self) -> None:
        self._reporter.probes_ended()
        self._dispatcher.print_maps()
        if self._lost:
            self._reporter.total_lost_events(self._lost)
        for info in self._typed.maps:
            refused = self._engine.maps.refused(info)
            if refused:
                self._warn(_MAP_FULL.format(info.name, refused))
        if self._engine.maps.refused_stacks:
            self._warn(
                f"{self._engine.maps.refused_stacks} hits had a stack for which there was no room any more"
            )
        missed = self._engine.memory.word(CONTROL_RENDEZVOUS_MISSED)
        if missed:
            self._warn(
                f"{missed} times a library was loaded faster than it could be attached to; calls may be missing"
            )
        cut = self._engine.memory.word(CONTROL_LOOPS_CUT)
        if cut:
            self._warn(f"{cut} probes were ended early, because a loop in them did not come to an end")
        lost_hits = self._engine.memory.lost_hits
        if lost_hits:
            self._warn(f"{lost_hits} hits were lost: more threads at once than there is room for")
        self._reporter.flush()

    def _undo(self) -> None:
        """Whatever happened, nothing stays behind."""
        self._detach()
        self._targets.end_child()
        with suppress(OutputClosed):
            self._reporter.flush()

    def _exit_code(self) -> int:
        if self._dispatcher.exit_code is not None:
            return self._dispatcher.exit_code
        if self._options.use_command_status:
            return self._targets.command_status()
        return 0

    def _run_probes(self, provider: str) -> None:
        for probe in self._typed.probes:
            if probe.attach_point.provider == provider:
                self._engine.run(self._names[probe.index])

    def _run_signal_probes(self) -> None:
        """Run the self:signal probes, once for each signal that arrived."""
        while self._signals:
            self._signals -= 1
            self._run_probes("self")

    def _note_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._signals += 1

    def _interrupt(self, _number: int, _frame: FrameType | None) -> None:
        self._interrupted = True

    def _warn(self, message: str) -> None:
        self._reporter.warning(f"WARNING: {message}\n")


def _address_spaces(options: Options) -> AddressSpaces:
    from utrace.target.addresses import AddressSpaces

    return AddressSpaces(options.debug_info_directories)
