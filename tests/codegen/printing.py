"""What a script prints, from the records that its programs send."""

from __future__ import annotations

import struct
from dataclasses import replace

from tests.codegen.compiling import Compiled, Everything
from utrace.frontend.c_declarations import Declarations, declare
from utrace.frontend.config import Config
from utrace.frontend.expand import expand
from utrace.frontend.infer import infer
from utrace.frontend.nodes import ProbeSite
from utrace.frontend.parse import parse
from utrace.frontend.typed import EventKind
from utrace.frontend.types import StructType, Type
from utrace.output.decode import Context, decode
from utrace.output.text import primitive_text
from utrace.source import Source
from utrace.target.calling_convention import Placement

PROBE = "uprobe:/bin/target:function"


class DebugInformation:
    """The parameters of every function are the members of one struct."""

    def __init__(self, found: Type | None) -> None:
        self.struct = found

    def parameters(self, site: ProbeSite) -> StructType | None:
        if not isinstance(self.struct, StructType):
            return None
        placement = Placement()
        members = tuple(replace(member, words=placement.place(member.type)) for member in self.struct.members)
        return replace(self.struct, members=members)

    def type_named(self, name: str) -> Type | None:
        return None


def compile_with(c_part: str, body: str, **settings: object) -> Compiled:
    """Compile the body of a probe that may use what a C part declares."""
    source = Source("stdin", f"{PROBE} {{ {body} }}")
    config = Config(**settings)
    program = expand(parse(source), Everything(), (), config)
    declarations = declare(c_part) if c_part else Declarations()
    debug = DebugInformation(declarations.types.get("struct parameters"))
    return Compiled(infer(program, config, source, declarations, type_source=debug))


def printed(
    body: str,
    *arguments: int,
    c_part: str = "",
    memory: dict[int, bytes] | None = None,
    sp: int = 0,
    **settings: object,
) -> list[str]:
    """Hit the probe once; return the values that it prints, a warning as its message."""
    return run_compiled(compile_with(c_part, body, **settings), arguments, memory, sp)


def run_compiled(
    compiled: Compiled, arguments: tuple[int, ...] = (), memory: dict[int, bytes] | None = None, sp: int = 0
) -> list[str]:
    """As `printed`, for what is compiled already."""
    machine = compiled.machine(user_memory=memory or {})
    compiled.hit(machine, *arguments, sp=sp)
    lines = []
    for record in machine.records:
        event = compiled.typed.events[struct.unpack_from("<I", record)[0]]
        if event.kind is EventKind.WARNING:
            lines.append(event.message)
        else:
            assert event.kind is EventKind.PRINT_VALUE
            field = event.fields[0]
            lines.append(primitive_text(decode(field.type, record, field.offset, Context(".."))))
    return lines
