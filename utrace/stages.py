"""`-d`: what each stage of the pipeline made of the script."""

from __future__ import annotations

import platform
import sys
from collections.abc import Sequence

from utrace.compile import Checked, Parsed, compile_native, plan_memory
from utrace.frontend.dump import dump_ast, dump_types
from utrace.frontend.typed import TypedProgram
from utrace.options import DebugStage


def print_stages(stages: Sequence[DebugStage], parsed: Parsed, typed: TypedProgram, checked: Checked) -> None:
    """Print the stages that were asked for on standard output, each under a heading when there are several."""
    for stage in stages:
        if len(stages) > 1:
            sys.stdout.write(f"; {stage}\n")
        sys.stdout.write(_text(stage, parsed, typed, checked).rstrip("\n") + "\n")


def _text(stage: DebugStage, parsed: Parsed, typed: TypedProgram, checked: Checked) -> str:
    match stage:
        case "ast":
            return dump_ast(parsed.program)
        case "types":
            return dump_types(typed)
        case "codegen":
            return _codegen(typed)
        case "dis":
            return _disassembly(checked)
        case "native":
            return _native(checked)


def _codegen(typed: TypedProgram) -> str:
    from utrace.backend.codegen import generate

    return str(generate(typed))


def _disassembly(checked: Checked) -> str:
    from utrace.backend.disassembler import disassemble

    return "\n".join(
        f"{program.spec.section} {program.spec.name}:\n{disassemble(program.spec)}"
        for program in checked.programs
    )


def _native(checked: Checked) -> str:
    from utrace.backend.layout import ThreadPointer
    from utrace.backend.native import disassemble_native

    planned, layout = plan_memory(checked)
    image = compile_native(planned, layout, ThreadPointer.SEGMENT, False, platform.machine())
    return disassemble_native(image)
