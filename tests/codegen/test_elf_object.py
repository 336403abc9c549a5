"""Object files: sections, BTF, and what happens to a bad module."""

from __future__ import annotations

from io import BytesIO

import llvmlite.binding as llvm
import pytest
from elftools.elf.elffile import ELFFile
from llvmlite import ir

from tests.codegen.compiling import compile_script
from utrace.backend import elf_object
from utrace.backend.spec import MapSpec, MapType
from utrace.errors import InternalError

SCRIPT = 'uprobe:/b:f { @x[comm] = count(); @h = hist(arg0); printf("%d", elapsed); } uretprobe:/b:f { @y = retval; }'


def test_sections() -> None:
    elf = ELFFile(BytesIO(compile_script(SCRIPT).data))
    names = {section.name for section in elf.iter_sections()}
    assert {"uprobe", "uretprobe", ".maps", "license", ".rodata", ".BTF", ".BTF.ext"} <= names
    assert ".eh_frame" not in names
    assert elf["e_machine"] == "EM_BPF"


def test_maps() -> None:
    maps = compile_script(SCRIPT, max_map_keys=50, perf_rb_pages=5).spec.maps
    assert maps["AT_x"] == MapSpec("AT_x", MapType.PERCPU_HASH, 16, 8, 50)
    assert maps["AT_h"] == MapSpec("AT_h", MapType.PERCPU_ARRAY, 4, 66 * 8, 1)
    assert maps["AT_y"] == MapSpec("AT_y", MapType.ARRAY, 4, 16, 1)
    assert maps["ringbuf"] == MapSpec("ringbuf", MapType.RINGBUF, 0, 0, 8 * 4096)
    assert maps["event_loss_counter"] == MapSpec("event_loss_counter", MapType.ARRAY, 4, 8, 1)


def test_the_ring_is_there_only_when_events_are_sent() -> None:
    assert set(compile_script("@ = count();").spec.maps) == {"AT_"}


def test_data_layout_is_the_one_of_llvm() -> None:
    elf_object.emit_assembly(compile_script("@ = 1;").module)
    machine = llvm.Target.from_triple(elf_object.TRIPLE).create_target_machine()
    assert str(machine.target_data) == elf_object.DATA_LAYOUT


def test_assembly() -> None:
    text = elf_object.emit_assembly(compile_script("@ = count();").module)
    assert "lock *(u64 *)(r0 + 0) += r1" in text


def test_a_malformed_module_is_a_bug_of_ours() -> None:
    module = ir.Module()
    ir.Function(module, ir.FunctionType(ir.IntType(64), []), "f").append_basic_block()
    with pytest.raises(InternalError, match="malformed"):
        elf_object.emit_object(module)
