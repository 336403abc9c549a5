"""From the typed program to LLVM IR for eBPF: one function per probe, one map per map.

codegen_globals   maps, constants            codegen_operator     arithmetic, comparisons, logic
codegen_frame     stack, scratch, helpers    codegen_string       strings and tuples in memory
codegen_probe     which node goes where      codegen_map          plain maps
codegen_statement statements                 codegen_aggregation  count ... lhist
codegen_expr      other expressions          codegen_event        printf ... exit
codegen_convert   scalar types               codegen_builtin      pid ... probe
codegen_compare   == of strings, strlen ...
"""

from __future__ import annotations

from llvmlite import ir

from utrace.backend.btf_debug import DebugInfo
from utrace.backend.codegen_frame import I64, PTR, Frame
from utrace.backend.codegen_globals import Globals
from utrace.backend.codegen_loop import survey_program
from utrace.backend.codegen_probe import ProbeCompiler
from utrace.backend.codegen_programs import program_groups
from utrace.backend.elf_object import DATA_LAYOUT, TRIPLE
from utrace.frontend.typed import TypedProbe, TypedProgram


def generate(typed: TypedProgram) -> ir.Module:
    """Return the module for a program; ScriptError when it uses what cannot be compiled yet."""
    module = ir.Module(typed.source.name)
    module.triple = TRIPLE
    module.data_layout = DATA_LAYOUT
    debug = DebugInfo(module, typed.source.name)
    global_data = Globals(module, debug, typed)
    scratch_bytes = 0
    for group in program_groups(typed):
        frame = _compile(typed, group, module, debug, global_data)
        scratch_bytes = max(scratch_bytes, frame.scratch_bytes)
    global_data.finish(scratch_bytes)
    debug.finish()
    return module


def _compile(
    typed: TypedProgram, group: list[TypedProbe], module: ir.Module, debug: DebugInfo, global_data: Globals
) -> Frame:
    probe = group[0]
    function = ir.Function(module, ir.FunctionType(I64, [PTR]), probe.program_name)
    function.section = probe.section
    function.attributes.add("nounwind")  # or LLVM writes an .eh_frame section
    scope = debug.describe_function(function, typed.source.location(probe.body.span.start).line)
    loops = survey_program(typed, probe.body)
    frame = Frame(function, global_data, levels=loops.levels)
    ProbeCompiler(typed, group, frame, debug, scope, shared_variables=loops.shared).compile_probe()
    return frame
