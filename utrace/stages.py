"""`-d` and `--emit-llvm`: what each stage of the pipeline made of the script."""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from utrace.compile import Checked, Parsed, compile_native, plan_memory
from utrace.errors import UsageError
from utrace.frontend import nodes
from utrace.frontend.dump import dump_ast, dump_types
from utrace.frontend.typed import TypedProgram
from utrace.lazy_dataclass import dataclass
from utrace.options import DebugStage


@dataclass(frozen=True)
class Stages:
    """The results of all stages up to the verified object."""

    parsed: Parsed
    typed: TypedProgram
    checked: Checked


def print_stages(wanted: Sequence[DebugStage], stages: Stages) -> None:
    """Print the stages that were asked for on standard output, each under a heading when there are several."""
    for stage in wanted:
        if len(wanted) > 1:
            sys.stdout.write(f"; {stage}\n")
        sys.stdout.write(_TEXTS[stage](stages).rstrip("\n") + "\n")


def write_llvm_ir(prefix: str, typed: TypedProgram) -> None:
    """Write the LLVM IR of the eBPF object to two files, before and after optimisation. Raises UsageError."""
    from utrace.backend.codegen import generate
    from utrace.backend.elf_object import optimise

    module = generate(typed)
    for name, text in (("original", str(module)), ("optimized", str(optimise(module)))):
        path = f"{prefix}.{name}.ll"
        try:
            Path(path).write_text(text)
        except OSError as error:
            raise UsageError(f"can't write '{path}': {error.strerror}") from error


def _parse(stages: Stages) -> str:
    """The tree as the script has it."""
    return dump_ast(stages.parsed.program)


def _ast(stages: Stages) -> str:
    """The tree that is compiled: macros and parameters put in, one probe for each match."""
    probes = tuple(
        nodes.Probe(probe.body.span, (probe.attach_point,), probe.predicate, probe.body)
        for probe in stages.typed.probes
    )
    return dump_ast(replace(stages.parsed.program, probes=probes, macros=()))


def _types(stages: Stages) -> str:
    return dump_types(stages.typed)


def _codegen(stages: Stages) -> str:
    from utrace.backend.codegen import generate

    return str(generate(stages.typed))


def _optimised(stages: Stages) -> str:
    from utrace.backend.codegen import generate
    from utrace.backend.elf_object import optimise

    return str(optimise(generate(stages.typed)))


def _disassembly(stages: Stages) -> str:
    from utrace.backend.disassembler import disassemble

    return "\n".join(
        f"{program.spec.section} {program.spec.name}:\n{disassemble(program.spec)}"
        for program in stages.checked.programs
    )


def _object(stages: Stages) -> str:
    """What a loader such as libbpf finds in the object."""
    maps = [
        f"map {spec.name}: {spec.type.name.lower()}, key {spec.key_size}, value {spec.value_size} bytes, "
        f"{spec.max_entries} entries"
        for spec in stages.checked.maps.values()
    ]
    programs = [
        f"program {program.spec.name}: section {program.spec.section}, {len(program.spec.insns)} instructions"
        for program in stages.checked.programs
    ]
    return "\n".join([*maps, *programs])


def _verifier(stages: Stages) -> str:
    from utrace.backend.verifier import explain

    checked = stages.checked
    return "\n".join(
        f"{program.spec.name}:\n" + "\n".join(explain(program.spec, checked.maps))
        for program in checked.programs
    )


def _native(stages: Stages) -> str:
    from utrace.backend.layout import ThreadPointer
    from utrace.backend.native import disassemble_native

    planned, layout = plan_memory(stages.checked)
    image = compile_native(planned, layout, ThreadPointer.SEGMENT, False, platform.machine())
    return disassemble_native(image)


_TEXTS: dict[DebugStage, Callable[[Stages], str]] = {
    "parse": _parse,
    "ast": _ast,
    "types": _types,
    "codegen": _codegen,
    "codegen-opt": _optimised,
    "dis": _disassembly,
    "libbpf": _object,
    "verifier": _verifier,
    "native": _native,
}
