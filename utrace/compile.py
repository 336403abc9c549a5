"""The pipeline from a script to native code, one function a stage; every stage's result can be printed."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from utrace.errors import ScriptError
from utrace.frontend.c_declarations import NO_DECLARATIONS, Declarations, declare
from utrace.frontend.config import Config, read_config
from utrace.frontend.expand import expand
from utrace.frontend.infer import infer
from utrace.frontend.macros import expand_macros
from utrace.frontend.parse import parse
from utrace.frontend.select_probes import Selection, select_probes
from utrace.frontend.typed import TypedProgram
from utrace.lazy_dataclass import dataclass
from utrace.source import Source

if TYPE_CHECKING:
    from collections.abc import Sequence

    from utrace.backend.code_image import CodeImage
    from utrace.backend.layout import ShmLayout, ThreadPointer
    from utrace.backend.spec import MapSpec, ObjectSpec, VerifiedProgram
    from utrace.frontend.expand import ProbeCatalogue
    from utrace.frontend.nodes import Program

_EVERYTHING = Selection()


@dataclass(frozen=True)
class Parsed:
    """A script that was read, with its settings."""

    source: Source
    program: Program
    config: Config
    declarations: Declarations


def parse_script(
    source: Source,
    environment: Mapping[str, str],
    include_dirs: Sequence[str] = (),
    include_files: Sequence[str] = (),
) -> Parsed:
    """Source -> syntax tree, settings, C declarations. Raises ScriptError, DeclarationError, UsageError."""
    program = parse(source)
    if program.imports:
        from utrace.frontend.imports import resolve_imports

        imported = resolve_imports(program, source)
        program, include_files = imported.program, (*include_files, *imported.headers)
    with _showing(source):
        config = read_config(program, environment)
    declarations = NO_DECLARATIONS
    if program.c_part or include_files:
        texts = (source, *source.added)
        words = {word for part in texts for word in re.findall(r"[A-Za-z_]\w*", part.text)}
        declarations = declare(program.c_part, include_dirs, include_files, words)
    return Parsed(source, program, config, declarations)


@dataclass(frozen=True)
class Circumstances:
    """What the command line says about the script."""

    parameters: Sequence[str] = ()
    """$1, $2 ..."""
    words: Sequence[str] = ()
    """The options behind `--`, which getopt() reads."""
    selection: Selection = _EVERYTHING
    unsafe: bool = False
    runtime_warnings: bool = False
    has_command: bool = False
    """A command is run and traced (-c)."""


def type_script(
    parsed: Parsed, catalogue: ProbeCatalogue, around: Circumstances | None = None
) -> TypedProgram:
    """Syntax tree -> typed program, with one probe for each place that is probed.

    Raises ScriptError, TargetError, and UsageError when no probe is left or an option of the script is wrong.
    """
    around = around or Circumstances()
    with _showing(parsed.source):
        selected = select_probes(parsed.program, around.selection)
        if parsed.source.mentions("typeinfo"):
            from utrace.frontend.unstable import check_typeinfo

            selected = check_typeinfo(selected, parsed.config)
        program = expand_macros(selected, parsed.source)
        if around.words or parsed.source.mentions("getopt"):
            from utrace.frontend.getopt import with_options

            program = with_options(program, around.words)
        if not around.has_command and parsed.source.mentions("cpid"):
            from utrace.frontend.missing_child import warn_of_missing_child

            program = warn_of_missing_child(program)
        expanded = expand(program, catalogue, around.parameters, parsed.config)
        return infer(
            select_probes(expanded, around.selection),
            parsed.config,
            parsed.source,
            parsed.declarations,
            unsafe=around.unsafe,
            runtime_warnings=around.runtime_warnings,
            symbols=catalogue.find_symbol,
            type_source=catalogue,
        )


def options_help(parsed: Parsed) -> str:
    """Return the text of `--help` behind `--`: the options that the script reads with getopt()."""
    from utrace.frontend.getopt import declared_options
    from utrace.frontend.program_options import help_text

    with _showing(parsed.source):
        return help_text(declared_options(expand_macros(parsed.program, parsed.source)))


@contextmanager
def _showing(source: Source) -> Iterator[None]:
    """Gives errors the source that their spans point into."""
    try:
        yield
    except ScriptError as error:
        raise ScriptError(error.diagnostics, error.source or source) from None


@dataclass(frozen=True)
class Checked:
    """An eBPF object whose programs have been verified."""

    data: bytes
    spec: ObjectSpec
    programs: tuple[VerifiedProgram, ...]

    @property
    def maps(self) -> Mapping[str, MapSpec]:
        """The maps of the object by name."""
        return self.spec.maps


def generate_object(typed: TypedProgram) -> bytes:
    """Typed program -> eBPF object."""
    from utrace.backend.codegen import generate
    from utrace.backend.elf_object import emit_object
    from utrace.backend.large_object import emit_apart, is_large

    module = generate(typed)
    return emit_apart(lambda: emit_object(module)) if is_large(module) else emit_object(module)


def check_object(data: bytes, start_ns: int) -> Checked:
    """From the eBPF object to its specification, verified; `start_ns` is the boot-clock time of the start.

    Raises VerifierError.
    """
    from utrace.backend.reader import read_object
    from utrace.backend.verifier import verify
    from utrace.output.wall_clock import to_wall_ns

    spec = read_object(data)
    for name, value in _machine(start_ns).items():
        spec = spec.with_variable(name, value.to_bytes(8, "little"))
    spec = spec.with_variable("wall_offset_ns", (to_wall_ns("boot") % 2**64).to_bytes(8, "little"))
    return Checked(data, spec, tuple(verify(program, spec.maps) for program in spec.programs.values()))


def _machine(start_ns: int) -> Mapping[str, int]:
    """What programs find in `.rodata` about this machine and this moment."""
    shift = time.clock_gettime_ns(time.CLOCK_TAI) - time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    return {"start_ns": start_ns, "tai_shift_ns": shift, "processor_count": os.cpu_count() or 1}


def plan_memory(checked: Checked) -> tuple[Checked, ShmLayout]:
    """Lay out the shared memory, and tell the programs how many values a per-CPU map has. Raises UsageError."""
    from utrace.backend.layout import plan
    from utrace.backend.lift_loops import loop_map

    spec = replace(checked.spec, maps={**checked.maps, **loop_map(checked.programs, checked.maps)})
    layout = plan(spec.maps)
    spec = spec.with_variable("cpu_count", layout.slot_count.to_bytes(8, "little"))
    return Checked(checked.data, spec, checked.programs), layout


def compile_native(
    checked: Checked, layout: ShmLayout, thread_pointer: ThreadPointer, filter_forks: bool, architecture: str
) -> CodeImage:
    """Verified programs -> native code, linked with the runtime."""
    from utrace.backend.layout import PRIVATE_BYTES
    from utrace.backend.native import Job, compile_job, read_runtime
    from utrace.backend.native_module import RuntimeConstants

    job = Job(
        programs=checked.programs,
        maps=checked.maps,
        shared_offsets={name: place.shared_offset for name, place in layout.maps.items()},
        constants=RuntimeConstants(
            layout.config_words(thread_pointer, filter_forks=filter_forks), layout.map_words()
        ),
        private_bytes=PRIVATE_BYTES,
    )
    return compile_job(job, read_runtime(architecture))
