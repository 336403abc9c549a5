"""From a module in LLVM IR to an eBPF object file: optimise, then let LLVM's BPF backend write the ELF.

Instruction set version 3 (atomic operations with result, 32-bit jumps; Linux 5.12 and later): version 4 would
spare a few instructions of signed arithmetic and lock out kernels before 6.6.
"""

from functools import cache

import llvmlite.binding as llvm
from llvmlite import ir

from utrace.errors import InternalError

TRIPLE = "bpfel"
DATA_LAYOUT = "e-m:e-p:64:64-i64:64-i128:128-n32:64-S128"
"""What LLVM's BPF backend prescribes for little-endian machines."""

_CPU = "v3"


def emit_object(module: ir.Module) -> bytes:
    """Return `module` as a relocatable ELF object that libbpf (`bpftool prog loadall`) accepts."""
    return bytes(_target_machine().emit_object(optimise(module)))


def emit_assembly(module: ir.Module) -> str:
    """Return `module` optimised, as eBPF assembly text."""
    return str(_target_machine().emit_assembly(optimise(module)))


def optimise(module: ir.Module) -> llvm.ModuleRef:
    """Return `module` parsed and optimised; `str` of it is the text for `-d codegen-opt`.

    Raises InternalError when LLVM finds it malformed.
    """
    machine = _target_machine()
    try:
        parsed = llvm.parse_assembly(str(module))
    except RuntimeError as error:
        raise InternalError(f"the generated LLVM IR is malformed: {error}") from error
    options = llvm.create_pipeline_tuning_options(speed_level=2)
    options.loop_unrolling = False  # the kernel checks loops one iteration at a time anyway
    builder = llvm.create_pass_builder(machine, options)
    builder.getModulePassManager().run(parsed, builder)
    return parsed


@cache
def _target_machine() -> llvm.TargetMachine:
    # llvmlite offers initialisation of one target only for the native one; "all" costs 3 ms.
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    return llvm.Target.from_triple(TRIPLE).create_target_machine(cpu=_CPU, opt=2)
