"""Compile programs against a minimal runtime and run them in this process."""

from __future__ import annotations

import ctypes
import mmap
import struct
from functools import cache

import llvmlite.binding as llvm

from utrace.backend.code_image import CodeImage
from utrace.backend.native import Job, Runtime, compile_job
from utrace.backend.native_module import RuntimeConstants
from utrace.backend.spec import MapSpec, ProgramSpec
from utrace.backend.verifier import verify

HEADER = """
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"
"""
FEATURES = "-mmx,-sse,-sse2,-x87"

# Per-CPU maps are served from the thread's memory, other maps from the shared memory behind it.
BITCODE = (
    HEADER
    + """
@rt_config = external hidden constant [1 x i64]
@rt_shm = external hidden global i8
define ptr @rt_thread() #0 { ret ptr @rt_shm }
define ptr @rt_map_lookup_elem(ptr %thread, ptr %map, ptr %key) #0 {
  %index = load i32, ptr %key
  %bound_at = getelementptr i64, ptr %map, i64 0
  %bound = load i64, ptr %bound_at
  %wide = zext i32 %index to i64
  %inside = icmp ult i64 %wide, %bound
  br i1 %inside, label %found, label %absent
found:
  %offset_at = getelementptr i64, ptr %map, i64 1
  %offset = load i64, ptr %offset_at
  %base = getelementptr i8, ptr %thread, i64 %offset
  %value = getelementptr i64, ptr %base, i64 %wide
  ret ptr %value
absent:
  ret ptr null
}
define i64 @rt_probe_read_user(ptr %thread, ptr %to, i32 %size, i64 %from) #0 {
  store i64 %from, ptr %to, align 1
  ret i64 0
}
declare preserve_allcc i64 @rt_scale(i64)
define i64 @rt_get_prandom_u32(ptr %thread) #0 {
  %result = call preserve_allcc i64 @rt_scale(i64 21)
  ret i64 %result
}
attributes #0 = { alwaysinline nounwind "no-builtins" "target-cpu"="x86-64" "target-features"="FEATURES" }
""".replace("FEATURES", FEATURES)
)

# What the runtime's object has: an exported function, one that a helper calls, one that nobody needs.
OBJECT = (
    HEADER
    + """
@rt_config = external hidden constant [1 x i64]
define hidden i64 @rt_answer() section ".text.rt_export" { ret i64 42 }
define hidden preserve_allcc i64 @rt_scale(i64 %x) section ".text.rt_scale" {
  %config = load i64, ptr @rt_config
  %scaled = mul i64 %x, %config
  ret i64 %scaled
}
define hidden i64 @rt_unused() section ".text.rt_unused" { ret i64 123456789 }
"""
)

PRIVATE_BYTES = 4096
SHARED_BYTES = 1 << 20
MAP_BYTES = 4096


def compile_programs(programs: list[ProgramSpec], maps: dict[str, MapSpec] | None = None) -> CodeImage:
    maps = maps or {}
    offsets = {name: MAP_BYTES * (1 + index) for index, name in enumerate(maps)}
    constants = RuntimeConstants(
        [3], {name: [spec.max_entries, offsets[name]] for name, spec in maps.items()}
    )
    job = Job(tuple(verify(program, maps) for program in programs), maps, offsets, constants, PRIVATE_BYTES)
    return compile_job(job, runtime())


@cache
def runtime() -> Runtime:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    module = llvm.parse_assembly(OBJECT)
    machine = llvm.Target.from_triple(module.triple).create_target_machine(
        reloc="pic", codemodel="small", features=FEATURES
    )
    return Runtime("x86_64", llvm.parse_assembly(BITCODE).as_bitcode(), machine.emit_object(module))


class Loaded:
    """An image in this process's memory; `values(index)` is the memory of the index-th map."""

    def __init__(self, image: CodeImage) -> None:
        self.image = image
        size = image.shm_offset + SHARED_BYTES
        protection = mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC
        self.memory = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, prot=protection)
        self.memory[: len(image.code)] = image.code
        self.base = ctypes.addressof(ctypes.c_char.from_buffer(self.memory))

    def call(self, name: str, *arguments: int) -> None:
        kinds = [ctypes.c_uint64] * len(arguments)
        entry = self.image.entries[name]
        ctypes.CFUNCTYPE(None, *kinds)(self.base + entry.offset)(*arguments)

    def words(self, map_index: int, count: int) -> tuple[int, ...]:
        return struct.unpack_from(f"<{count}Q", self.memory, self._map_offset(map_index))

    def set_words(self, map_index: int, *words: int) -> None:
        struct.pack_into(f"<{len(words)}Q", self.memory, self._map_offset(map_index), *words)

    def _map_offset(self, map_index: int) -> int:
        return self.image.shm_offset + MAP_BYTES * (1 + map_index)
