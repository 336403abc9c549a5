"""Scripts to objects, with a catalogue in which every binary has every function."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from llvmlite import ir

from tests.codegen.machine import Machine
from utrace.backend.codegen import generate
from utrace.backend.codegen_builtin import REGISTERS
from utrace.backend.codegen_programs import probe_programs
from utrace.backend.elf_object import emit_object
from utrace.backend.reader import read_object
from utrace.backend.spec import ObjectSpec
from utrace.frontend.c_declarations import declare
from utrace.frontend.config import Config
from utrace.frontend.expand import expand
from utrace.frontend.infer import infer
from utrace.frontend.macros import expand_macros
from utrace.frontend.nodes import AttachPoint, ProbeSite
from utrace.frontend.parse import parse
from utrace.frontend.typed import TypedProgram
from utrace.source import Source

emitted: list[tuple[str, bytes]] = []
"""Scripts and objects of the current test."""


class Everything:
    """A catalogue: a name matches itself, a pattern `a*` matches a1 and a2."""

    def match(self, attach_point: AttachPoint) -> Sequence[ProbeSite]:
        name = attach_point.function
        names = [name.replace("*", "1"), name.replace("*", "2")] if "*" in name else [name]
        return [ProbeSite(attach_point.target, each, attach_point.offset) for each in names]

    def near_misses(self, attach_point: AttachPoint) -> Sequence[str]:
        return []


@dataclass(frozen=True)
class Compiled:
    typed: TypedProgram

    @cached_property
    def module(self) -> ir.Module:
        return generate(self.typed)

    @cached_property
    def data(self) -> bytes:
        data = emit_object(self.module)
        emitted.append((self.typed.source.text, data))
        return data

    @cached_property
    def spec(self) -> ObjectSpec:
        return read_object(self.data)

    def machine(self, **settings: object) -> Machine:
        return Machine(self.spec, **settings)

    def hit(self, machine: Machine, *arguments: int, probe: int = 0, **registers: int) -> None:
        """Run the program of a probe with these arguments."""
        names = ("di", "si", "dx", "cx", "r8", "r9")
        values = dict(zip(names, arguments, strict=False)) | registers
        machine.registers = {REGISTERS[name]: value for name, value in values.items()}
        program = probe_programs(self.typed)[probe]
        machine.cookie = program.cookie
        machine.run(program.name)


def compile_script(text: str, *, runtime_warnings: bool = False, **settings: object) -> Compiled:
    """Compile a script, or just the body of a probe."""
    if not text.lstrip().startswith(("uprobe:", "uretprobe:", "begin", "test:", "fn ", "struct ")):
        text = f"uprobe:/bin/target:function {{ {text} }}"
    config = Config(**settings)
    source = Source("stdin", text)
    parsed = parse(source)
    program = expand(expand_macros(parsed, source), Everything(), (), config)
    return Compiled(infer(program, config, source, declare(parsed.c_part), runtime_warnings=runtime_warnings))


def number(data: bytes) -> int:
    return int.from_bytes(data, "little", signed=True)


def words(data: bytes) -> tuple[int, ...]:
    return struct.unpack(f"<{len(data) // 8}Q", data)
