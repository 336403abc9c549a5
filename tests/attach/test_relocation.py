"""Copies of instructions do what the originals did, wherever they lie; nothing leads into the replaced bytes."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from iced_x86 import Decoder, FlowControl, Instruction, OpKind, Register

from utrace.backend.attach.assembler import Assembler
from utrace.backend.attach.relocation import FunctionCode, plan_window, relocate
from utrace.errors import AttachError

ORIGINAL, COPY = 0x5555_5540_0000, 0x5555_1200_0000
RET = "c3"
PIECES = {
    "push rbp": "55",
    "mov rbp, rsp": "4889e5",
    "sub rsp, 32": "4883ec20",
    "endbr64": "f30f1efa",
    "xor eax, eax": "31c0",
    "mov eax, 42": "b82a000000",
    "lea rax, [rip + 0x1234]": "488d0534120000",
    "mov rax, [rip - 0x20]": "488b05e0ffffff",
    "cmp dword [rip + 8], 7": "833d0800000007",
    "jmp forward, short": "eb70",
    "je forward, short": "7470",
    "jne forward": "0f8510010000",
    "jmp forward": "e900020000",
    "call forward": "e800010000",
    "call rax": "ffd0",
    "call [rip + 0x40]": "ff1540000000",
    "movss xmm0, [rip + 4]": "f30f100504000000",
    "nop": "90",
    "ret": RET,
}


def function(*pieces: str, behind: str = "cc" * 16, unknown: int = 0) -> FunctionCode:
    body = bytes.fromhex("".join(pieces))
    rest = bytes.fromhex(behind)
    return FunctionCode(
        ORIGINAL, ORIGINAL + len(body), ORIGINAL + len(body) + len(rest) - unknown, body + rest
    )


def instructions(code: bytes, address: int) -> list[Instruction]:
    return list(Decoder(64, code, ip=address))


def meaning(instruction: Instruction) -> tuple[object, ...]:
    """What an instruction does, apart from how it is encoded and where it stands."""
    target = instruction.near_branch_target if instruction.op0_kind == OpKind.NEAR_BRANCH64 else None
    memory = instruction.memory_displacement if instruction.memory_base == Register.RIP else None
    registers = tuple(instruction.op_register(n) for n in range(instruction.op_count))
    return instruction.mnemonic, target, memory, registers if target is None else ()


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(sorted(PIECES)), min_size=1, max_size=8), st.integers(-(1 << 30), 1 << 30))
def test_copies_mean_the_same(names: list[str], distance: int) -> None:
    code = function(*(PIECES[name] for name in names), "90" * 600, RET)
    try:
        window = plan_window(code, ORIGINAL, list)
    except AttachError:
        return
    assembler = Assembler(ORIGINAL + distance)
    moves = relocate(window, assembler, lambda address: None)
    copies = {copy.ip: copy for copy in instructions(assembler.code, ORIGINAL + distance)}
    for (there, here), original in zip(moves, window.instructions, strict=False):
        assert there == original.ip
        if original.flow_control in (FlowControl.CALL, FlowControl.INDIRECT_CALL):
            push, jump = copies[here], copies[copies[here].next_ip]
            stored = int.from_bytes(
                assembler.code[push.memory_displacement - assembler.start :][:8], "little"
            )
            assert stored == original.next_ip
            if original.flow_control == FlowControl.CALL:
                assert jump.near_branch_target == original.near_branch_target
        else:
            assert meaning(copies[here]) == meaning(original)
    last = window.instructions[-1]
    ends = (FlowControl.RETURN, FlowControl.UNCONDITIONAL_BRANCH, FlowControl.CALL, FlowControl.INDIRECT_CALL)
    if last.flow_control not in ends:
        assert moves[-1] == (last.next_ip, moves[-1][1])
        assert copies[moves[-1][1]].near_branch_target == last.next_ip
    assert len(window.original) >= 5 or window.island


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 40), st.integers(0, 8))
def test_no_branch_leads_into_a_window(pieces: int, target: int) -> None:
    """Every window of a function with a backward branch leaves the branch's target alone."""
    filling = random.Random(pieces).choices(["90", "31c0", "4889e5", "b82a000000"], k=pieces)
    body = "".join(["31c0", "ffc0", "83c001", "4883c002", *filling])
    back = target - (len(body) // 2 + 2)
    code = function(body, "eb" + (back & 0xFF).to_bytes(1, "little").hex() if back >= -128 else "90", RET)
    try:
        window = plan_window(code, ORIGINAL, list)
    except AttachError:
        return
    if back >= -128:
        inside = range(ORIGINAL + 1, ORIGINAL + len(window.original))
        assert ORIGINAL + target not in inside


@pytest.mark.parametrize(
    ("behind", "bytes_replaced"),
    [("cc" * 8, 5), ("90" * 8, 5), ("00" * 8, 5), ("660f1f840000000000", 5), ("554889e5", 0), ("cc" * 3, 0)],
)
def test_short_function_takes_filling_only(behind: str, bytes_replaced: int) -> None:
    code = function(RET, behind=behind)
    if not bytes_replaced:
        with pytest.raises(AttachError, match="too short"):
            plan_window(code, ORIGINAL, list)
    else:
        assert len(plan_window(code, ORIGINAL, list).original) == bytes_replaced


def test_loop_into_the_first_bytes_goes_over_a_neighbour() -> None:
    looping = function("31c0", "ffc0", "83f80a", "75f9", RET, behind="55")
    start = ORIGINAL + 64
    neighbour = FunctionCode(
        start, start + 1, start + 16, bytes.fromhex(RET + "0f1f840000000000" + "0f1f80000000" + "00")
    )
    with pytest.raises(AttachError, match="a branch leads into its first bytes"):
        plan_window(looping, ORIGINAL, list)
    window = plan_window(looping, ORIGINAL, lambda: [neighbour])
    assert window.original == bytes.fromhex("31c0")
    assert start + 1 <= window.island <= start + 11


def test_call_through_the_stack_is_refused() -> None:
    with pytest.raises(AttachError):
        relocate(
            plan_window(function("55", "ff542408", RET), ORIGINAL, list),
            Assembler(COPY),
            lambda address: None,
        )
