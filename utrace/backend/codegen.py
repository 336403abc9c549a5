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
from utrace.backend.codegen_probe import ProbeCompiler
from utrace.backend.elf_object import DATA_LAYOUT, TRIPLE
from utrace.frontend.typed import TypedProbe, TypedProgram


def generate(typed: TypedProgram) -> ir.Module:
    """Return the module for a program; ScriptError when it uses what cannot be compiled yet."""
    module = ir.Module(typed.source.name)
    module.triple = TRIPLE
    module.data_layout = DATA_LAYOUT
    debug = DebugInfo(module, typed.source.name)
    global_data = Globals(module, debug, typed)
    names = program_names(typed)
    scratch_bytes = 0
    for probe in typed.probes:
        if names[probe.index] == probe.program_name:
            frame = _compile(typed, probe, module, debug, global_data)
            scratch_bytes = max(scratch_bytes, frame.scratch_bytes)
    global_data.finish(scratch_bytes)
    debug.finish()
    return module


def program_names(typed: TypedProgram) -> dict[int, str]:
    """Return, by index of a probe, the name of the eBPF program that it runs.

    Probes that come from one block (a pattern with many matches) run one program, unless the block asks which
    of them it is in.
    """
    first: dict[object, str] = {}
    names = {}
    for probe in typed.probes:
        shared = (probe.body, probe.predicate, probe.section)
        names[probe.index] = (
            probe.program_name if probe.names_itself else first.setdefault(shared, probe.program_name)
        )
    return names


def _compile(
    typed: TypedProgram, probe: TypedProbe, module: ir.Module, debug: DebugInfo, global_data: Globals
) -> Frame:
    function = ir.Function(module, ir.FunctionType(I64, [PTR]), probe.program_name)
    function.section = probe.section
    function.attributes.add("nounwind")  # or LLVM writes an .eh_frame section
    scope = debug.describe_function(function, typed.source.location(probe.body.span.start).line)
    frame = Frame(function, global_data)
    ProbeCompiler(typed, probe, frame, debug, scope).compile_probe()
    return frame
