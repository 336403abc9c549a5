"""Verified programs + the runtime's bitcode -> native code, through LLVM (loaded when this module is)."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Set
from functools import cache
from pathlib import Path
from typing import Any, Final

import llvmlite.binding as llvm

import utrace.runtime
from utrace.backend.code_image import PAGE_BYTES, CodeImage, EntryPoint
from utrace.backend.code_link import link_code
from utrace.backend.helpers import HELPERS
from utrace.backend.lift_body import Signature, Surroundings
from utrace.backend.native_module import RuntimeConstants, write_module
from utrace.backend.spec import MapSpec, VerifiedProgram
from utrace.errors import InternalError
from utrace.lazy_dataclass import dataclass

_TARGET_ATTRIBUTES: Final = ("target-cpu", "target-features", "tune-cpu")
_THREAD_FUNCTION: Final = "rt_thread"
"""A function that every runtime has; programs are compiled for the processor that it is compiled for."""

_PASSES: Final = (
    "global_dead_code_eliminate",
    "always_inliner",
    "global_dead_code_eliminate",
    "sroa",
    "sccp",
    "simplify_cfg",
    "instruction_combine",
    "jump_threading",
    "simplify_cfg",
    "sroa",
    "instruction_combine",
    "dead_store_elimination",
    "simplify_cfg",
    "aggressive_dce",
)
"""LLVM's passes between lifting and code generation. The runtime has been optimised when it was built, so all that is
left is to merge it with a program: code as fast as that of the whole -O2 pipeline, in a quarter of its time."""


@dataclass(frozen=True)
class Job:
    """What is to be compiled: programs, their maps, and the constants of the runtime for them.

    `shared_offsets` are where in the shared memory the values of writable internal maps (`.data`) lie.
    """

    programs: tuple[VerifiedProgram, ...]
    maps: Mapping[str, MapSpec]
    shared_offsets: Mapping[str, int]
    constants: RuntimeConstants
    private_bytes: int


@dataclass(frozen=True)
class Runtime:
    """The in-target runtime for one architecture: what is compiled with every script, and the rest as an object."""

    architecture: str
    bitcode: bytes
    object: bytes


def read_runtime(architecture: str) -> Runtime:
    """Read the runtime that was compiled when utrace was built; InternalError if it is missing."""
    directory = Path(utrace.runtime.__file__).parent
    try:
        bitcode, code = ((directory / f"runtime.{architecture}.{kind}").read_bytes() for kind in ("bc", "o"))
    except OSError:
        hint = "Reinstall utrace; in a source checkout, `make` builds it."
        raise InternalError(
            f"the runtime for {architecture} is missing from this installation", [hint]
        ) from None
    return Runtime(architecture, bitcode, code)


def compile_job(job: Job, runtime: Runtime) -> CodeImage:
    """Lift, link with the runtime, optimise and emit all programs of a session.

    InternalError for another architecture than this machine's: LLVM needs its assembler, which llvmlite lacks.
    """
    if runtime.architecture != os.uname().machine:
        raise InternalError(f"code for {runtime.architecture} cannot be made on {os.uname().machine}")
    _initialize()
    module = llvm.parse_bitcode(runtime.bitcode)
    around = Surroundings(job.maps, _signatures(module), job.shared_offsets, runtime.architecture)
    text = write_module(job.programs, around, job.constants, _target_attributes(module))
    module.link_in(_parse(text.text, module))
    _internalize(module, {"rt_config"} | text.contexts.keys())
    linked = link_code([_emit(module), runtime.object], runtime.architecture, _memory(job))
    entries = {
        name: EntryPoint(linked.symbols[name], kind, name in text.with_result)
        for name, kind in text.contexts.items()
    }
    functions = {name: linked.symbols[name] for name in linked.exports}
    return CodeImage(
        linked.code,
        entries,
        linked.symbols["rt_private"],
        linked.symbols["rt_shm"] - linked.symbols["rt_private"],
        linked.symbols["rt_shm"],
        functions,
    )


def _memory(job: Job) -> dict[str, int]:
    return {"rt_private": -(-job.private_bytes // PAGE_BYTES) * PAGE_BYTES, "rt_shm": PAGE_BYTES}


@cache
def _initialize() -> None:
    """Prepare LLVM; without the assembly parser it would abort the process at inline assembly."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    llvm.initialize_native_asmparser()


def _parse(text: str, runtime: Any) -> Any:
    header = f'target datalayout = "{runtime.data_layout}"\ntarget triple = "{runtime.triple}"\n'
    try:
        return llvm.parse_assembly(header + text)
    except RuntimeError as error:
        raise InternalError(f"the lifted program is no valid LLVM IR: {error}") from error


def _signatures(module: Any) -> dict[str, Signature]:
    wanted = {helper.runtime_name for helper in HELPERS} | {
        _THREAD_FUNCTION,
        "rt_temporary_enter",
        "rt_temporary_leave",
    }
    return {
        function.name: _signature(function.global_value_type)
        for function in module.functions
        if function.name in wanted and not function.is_declaration
    }


def _signature(function_type: Any) -> Signature:
    result, parameters = re.fullmatch(r"(\S+) \((.*)\)", str(function_type)).groups()  # type: ignore[union-attr]
    return Signature(result, tuple(filter(None, parameters.split(", "))))


def _target_attributes(module: Any) -> dict[str, str]:
    """Read the processor of the runtime: only functions of the same features can be inlined."""
    function = module.get_function(_THREAD_FUNCTION)
    text = " ".join(attribute.decode() for attribute in function.attributes)
    found = dict(re.findall(r'"([\w-]+)"="([^"]*)"', text))
    return {name: found[name] for name in _TARGET_ATTRIBUTES if name in found}


def _internalize(module: Any, kept: Set[str]) -> None:
    """Let LLVM drop and reshape all but the functions that are called from outside."""
    for value in (*module.functions, *module.global_variables):
        if not value.is_declaration and value.name not in kept and not value.name.startswith("llvm."):
            value.linkage = "internal"


def _emit(module: Any) -> bytes:
    """Optimise and compile to an object file."""
    machine = llvm.Target.from_triple(module.triple).create_target_machine(
        opt=2, reloc="pic", codemodel="small"
    )
    builder = llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options(speed_level=2))
    passes = llvm.create_new_module_pass_manager()
    for name in _PASSES:
        getattr(passes, f"add_{name}_pass")()
    passes.run(module, builder)
    data: bytes = machine.emit_object(module)
    return data


def disassemble_native(image: CodeImage) -> str:
    """List the machine code of every program and exported function (`-d native`)."""
    from utrace.backend.native_listing import list_code

    return list_code(image)
