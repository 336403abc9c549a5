"""Formats whole batches of printf events with code compiled from the script's formats."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence

import llvmlite.binding as llvm

from utrace.frontend.typed import EventInfo
from utrace.output.formatter_ir import BATCH_FUNCTION, build_module, compilable_events

_TEXT_BYTES = 256 * 1024


class BatchFormatter:
    """The compiled formatter of one script's printf events.

    What it cannot do (`%s` of a tuple, say) it leaves alone; `utrace.output.printf` does everything.
    """

    def __init__(self, events: Sequence[EventInfo], trailer: str, runtime: bytes) -> None:
        """Compile, which takes tens of milliseconds; `runtime` is bitcode with the functions of format.c."""
        llvm.initialize_native_target()
        llvm.initialize_native_asmprinter()
        module = build_module(compilable_events(events), trailer, llvm.get_process_triple())
        self._engine = _compile(str(module), runtime)
        signature = ctypes.CFUNCTYPE(
            ctypes.c_uint64,
            ctypes.c_void_p,
            ctypes.c_uint64,
            ctypes.c_void_p,
            ctypes.c_uint64,
            ctypes.c_void_p,
        )
        self._format_batch = signature(self._engine.get_function_address(BATCH_FUNCTION))
        self._text = bytearray(_TEXT_BYTES)
        self._text_address = ctypes.addressof(ctypes.c_char.from_buffer(self._text))
        self._consumed = ctypes.c_uint64()

    def format(self, records: memoryview) -> tuple[memoryview, int]:
        """Format a writable buffer's records until one has to be left to others, or room ends.

        Returns the text, which is valid until the next call, and how many bytes of records it stands for: 0
        when the first one is to be left to others.
        """
        address = ctypes.addressof(ctypes.c_char.from_buffer(records)) if records else None
        written = self._format_batch(
            address, len(records), self._text_address, _TEXT_BYTES, ctypes.byref(self._consumed)
        )
        return memoryview(self._text)[:written], self._consumed.value


def _compile(text: str, runtime: bytes) -> llvm.ExecutionEngine:
    machine = llvm.Target.from_default_triple().create_target_machine(opt=2, jit=True)
    module = llvm.parse_assembly(text)
    module.link_in(llvm.parse_bitcode(runtime))
    for item in (*module.functions, *module.global_variables):
        if not item.is_declaration and item.name != BATCH_FUNCTION:
            item.linkage = "internal"
    builder = llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options(speed_level=2))
    builder.getModulePassManager().run(module, builder)
    engine = llvm.create_mcjit_compiler(module, machine)
    engine.finalize_object()
    return engine
