"""From a session's compiled programs to its targets: what is loaded only when processes are entered."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from utrace.backend.attach.attacher import Attacher, SharedBlock
from utrace.backend.attach.base import Attachment
from utrace.backend.codegen_programs import ProbeProgram
from utrace.backend.guardian import Guardian
from utrace.backend.inject.base import Injector
from utrace.backend.inject.ptrace import PtraceInjector
from utrace.engine import Engine
from utrace.errors import TargetError
from utrace.frontend.typed import TypedProgram
from utrace.sites import attach_sites
from utrace.target.addresses import AddressSpaces
from utrace.target.catalogue import SymbolCatalogue
from utrace.targets import Targets


def make_targets(  # noqa: PLR0913, PLR0917 - it brings the parts of a session together
    typed: TypedProgram,
    programs: Mapping[int, ProbeProgram],
    engine: Engine,
    catalogue: SymbolCatalogue,
    guardian: Guardian,
    injector_name: str,
    spaces: AddressSpaces | None,
    warn: Callable[[str], None],
) -> Targets:
    """Return the targets of a session, nothing attached yet. Raises TargetError."""
    injector = _injector(injector_name)
    shared = SharedBlock(engine.memory.descriptor, engine.memory.layout.total_bytes, engine.mark)
    attacher = Attacher(engine.image, shared, injector, guardian.record)
    attachments = {index: Attachment(program.name, program.cookie) for index, program in programs.items()}
    sites = attach_sites(typed.probes, attachments, catalogue, warn)
    return Targets(attacher, injector, sites, warn, spaces.remember if spaces else None)


def _injector(name: str) -> Injector:
    if name == "frida":
        try:
            from utrace.backend.inject.frida import FridaInjector
        except ImportError as error:
            raise TargetError("the frida package is not installed", ["pip install frida"]) from error
        return FridaInjector()
    return PtraceInjector()
