"""Instructions survive encoding and printing."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from tests.backend.assembler import assemble
from tests.backend.test_lift import programs
from tests.backend.verdicts import ACCEPTED
from utrace.backend.disassembler import disassemble, format_insn
from utrace.backend.insn import ObjectError, decode, encode
from utrace.backend.spec import Insn


def without_refs(insns: tuple[Insn, ...]) -> list[tuple[int, ...]]:
    return [(i.opcode, i.dst, i.src, i.off, i.imm, i.slot) for i in insns]


@settings(max_examples=50, deadline=None)
@given(programs())
def test_random_programs_survive(text: str) -> None:
    program = assemble(text)
    assert decode(encode(program.insns)) == program.insns
    assert assemble("\n".join(map(format_insn, program.insns))).insns == program.insns


@pytest.mark.parametrize("name", ACCEPTED)
def test_every_form_survives(name: str) -> None:
    program = assemble(ACCEPTED[name])
    assert without_refs(decode(encode(program.insns))) == without_refs(program.insns)
    assert assemble("\n".join(map(format_insn, program.insns))).insns == program.insns


def test_listing() -> None:
    program = assemble(
        "r1 = map[@x] ll; call f; exit; f: w0 = -w0; r0 = 0x123456789 ll; exit".replace("@", "")
    )
    assert disassemble(program).splitlines() == [
        "test:",
        "    0: (18) r1 = map[x] ll",
        "    2: (85) call pc+1",
        "    3: (95) exit",
        "f4:",
        "    4: (84) w0 = -w0",
        "    5: (18) r0 = 0x123456789 ll",
        "    7: (95) exit",
    ]


@pytest.mark.parametrize("code", [b"\x95", b"\x18" + bytes(7), b"\x18" + bytes(7) + b"\x95" + bytes(7)])
def test_cut_code_is_refused(code: bytes) -> None:
    with pytest.raises(ObjectError):
        decode(code)


def test_any_opcode_can_be_printed() -> None:
    for opcode in range(256):
        for imm in (0, 1, 0xE1, 0xF1, 0x33):
            assert format_insn(Insn(opcode, 1, 2, 3, imm, 0))
