"""A script compiled once and attached many times, without a session around it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from types import TracebackType
from typing import Self

from utrace.backend.attach.attacher import Attacher, SharedBlock
from utrace.backend.attach.base import Attachment
from utrace.backend.attach.detach import Leftover, detach_all
from utrace.backend.attach.records import AttachRecord
from utrace.backend.codegen_programs import probe_programs
from utrace.backend.inject.base import Injector
from utrace.backend.inject.ptrace import PtraceInjector
from utrace.compile import check_object, generate_object, parse_script, type_script
from utrace.engine import Engine
from utrace.sites import attach_sites
from utrace.source import Source
from utrace.target.catalogue import SymbolCatalogue
from utrace.target.process import Process


class Rig(AbstractContextManager["Rig"]):
    """One script and one process."""

    def __init__(self, script: str, pid: int, injector: Injector | None = None) -> None:
        """Compile the script; the process is not touched."""
        self.process = Process(pid)
        self.injector = injector or PtraceInjector()
        self.journal: list[AttachRecord] = []
        catalogue = SymbolCatalogue([self.process], unsafe=False)
        typed = type_script(parse_script(Source("test", script), os.environ), catalogue)
        checked = check_object(generate_object(typed), time.clock_gettime_ns(time.CLOCK_BOOTTIME))
        self._stack = ExitStack()
        self.engine = self._stack.enter_context(Engine(checked, filter_forks=True))
        self.sites = attach_sites(
            typed.probes,
            {index: Attachment(found.name, found.cookie) for index, found in probe_programs(typed).items()},
            catalogue,
            _fail,
        )

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def __enter__(self) -> Self:
        return self

    def attach(self, journal: Callable[[AttachRecord], None] | None = None) -> None:
        """Attach to all sites; `journal` is told instead of our own."""
        memory = self.engine.memory
        shared = SharedBlock(memory.descriptor, memory.layout.total_bytes, self.engine.mark)
        self.journal.clear()
        attacher = Attacher(self.engine.image, shared, self.injector, journal or self.journal.append)
        attached = attacher.attach(self.process, self.sites, watch_loader=False)
        assert not attached.skipped

    def detach(self) -> list[Leftover]:
        """Take everything out again, by what was written in the journal; what could not be."""
        return detach_all(self.journal, self.injector)

    def cycle(self, inside: Callable[[], object] = lambda: None) -> None:
        """Attach, do something, detach."""
        self.attach()
        inside()
        leftovers = self.detach()
        assert not leftovers, leftovers

    def count(self, name: str = "@") -> int:
        """What `@name++` has counted so far."""
        return self.engine.maps.count("AT_" + name[1:])


def _fail(message: str) -> None:
    raise AssertionError(message)
