"""Relocations are resolved as the processor reads them, and what cannot be resolved is refused."""

from __future__ import annotations

import struct

import llvmlite.binding as llvm
import pytest

from tests.backend.native_run import FEATURES, HEADER
from utrace.backend.bpf_elf import EM_AARCH64, EM_X86_64
from utrace.backend.code_link import _PATCHES, link_code
from utrace.backend.insn import ObjectError
from utrace.backend.native import _initialize, read_runtime
from utrace.errors import InternalError


@pytest.mark.parametrize(
    ("kind", "word", "place", "target", "expected"),
    [
        pytest.param(283, 0x94000000, 0x1000, 0x1008, 0x94000002, id="bl +8"),
        pytest.param(282, 0x14000000, 0x1000, 0x0FFC, 0x17FFFFFF, id="b -4"),
        pytest.param(275, 0x90000000, 0x1FF0, 0x2004, 0xB0000000, id="adrp x0, next page"),
        pytest.param(275, 0x90000000, 0x5000, 0x1000, 0x90FFFFE0, id="adrp x0, 4 pages back"),
        pytest.param(277, 0x91000000, 0, 0x5123, 0x91048C00, id="add x0, x0, #0x123"),
        pytest.param(286, 0xF9400000, 0, 0x5008, 0xF9400400, id="ldr x0, [x0, #8]"),
        pytest.param(285, 0xB9400000, 0, 0x5008, 0xB9400800, id="ldr w0, [x0, #8]"),
        pytest.param(261, 0, 0x1000, 0x0FF0, 0xFFFFFFF0, id="32-bit distance"),
    ],
)
def test_aarch64(kind: int, word: int, place: int, target: int, expected: int) -> None:
    image = bytearray(0x8000)
    struct.pack_into("<I", image, place, word)
    _PATCHES[EM_AARCH64][kind](image, place, target)
    assert struct.unpack_from("<I", image, place)[0] == expected


def test_x86_64_distance() -> None:
    image = bytearray(16)
    _PATCHES[EM_X86_64][2](image, 8, 4)
    assert struct.unpack_from("<i", image, 8)[0] == -4


def object_of(text: str) -> bytes:
    _initialize()
    module = llvm.parse_assembly(HEADER + text)
    target = llvm.Target.from_triple(module.triple)
    return target.create_target_machine(reloc="pic", codemodel="small", features=FEATURES).emit_object(module)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("declare hidden void @gone() define void @f() { call void @gone() ret void }", "undefined symbol 'gone'"),
        ("@counter = hidden global i64 1 define ptr @f() { ret ptr @counter }", "writable data"),
        ("@counter = hidden global i64 0 define ptr @f() { ret ptr @counter }", "writable data"),
        ("declare void @f() @table = constant ptr @f", "writable data"),
        ("@elsewhere = external global i64 define ptr @f() { ret ptr @elsewhere }", "relocation type"),
    ],
)  # fmt: skip
def test_what_needs_a_loader_is_refused(text: str, reason: str) -> None:
    with pytest.raises(InternalError, match=reason):
        link_code([object_of(text)], "x86_64", {})


def test_other_architecture_is_refused() -> None:
    with pytest.raises(ObjectError, match="not a relocatable object for machine"):
        link_code([object_of("define void @f() { ret void }")], "aarch64", {})


@pytest.mark.parametrize("architecture", ["x86_64", "aarch64"])
def test_runtime_objects_can_be_linked(architecture: str) -> None:
    try:
        runtime = read_runtime(architecture)
    except InternalError as error:
        pytest.skip(error.message)
    memory = {"rt_private": 1 << 16, "rt_shm": 4096, "rt_config": 4096}
    linked = link_code([runtime.object], architecture, memory)
    assert "rt_tracer_clear" in linked.exports and len(linked.code) % 4096 == 0
