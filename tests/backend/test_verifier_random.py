"""Random programs: what the verifier says of them holds when they run, and the kernel is not more permissive."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.backend import kernel
from tests.backend.assembler import assemble
from tests.backend.model import M64, Model
from tests.backend.test_lift import numbers, programs
from tests.backend.test_verifier import needs_kernel
from tests.backend.verdicts import MAPS
from utrace.backend.insn import Class, Jump
from utrace.backend.spec import Region
from utrace.backend.verifier import verify
from utrace.errors import VerifierError

quick = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))


class ContextModel(Model):
    """A model whose r1 is the context at the start."""

    CONTEXT = 1 << 40

    def __init__(self, arguments: dict[int, int]) -> None:
        super().__init__()
        self.arguments = arguments
        self.r[1] = self.CONTEXT

    def load(self, address: int, size: int) -> int:
        if address >= self.CONTEXT:
            return self.arguments[address - self.CONTEXT]
        return super().load(address, size)


@quick
@given(programs(), st.lists(st.lists(numbers, min_size=6, max_size=6), min_size=2, max_size=2))
def test_facts_hold(text: str, inputs: list[list[int]]) -> None:
    """Constants, and jumps that go one way only, are so in every run; and only reachable code is reached."""
    program = assemble(f"{text}\nr0 = 0; exit")
    facts = verify(program, {})
    by_slot = {insn.slot: insn for insn in program.insns}
    for arguments in inputs:
        model = ContextModel(dict(zip((112, 104, 96, 88, 72, 64), arguments, strict=True)))
        slot = 0
        while by_slot[slot].opcode != Class.JMP | Jump.EXIT:
            assert slot in facts.reachable
            for register, operand in facts.operands[slot].items():
                if operand.region == Region.SCALAR and operand.offset is not None:
                    assert model.r[register] == operand.offset
                elif operand.region == Region.STACK and operand.offset is not None:
                    assert model.r[register] == model.TOP + operand.offset
            following = model.step(by_slot[slot])
            assert facts.decided.get(slot, following) == following
            slot = following


@st.composite
def memory_programs(draw) -> str:
    """Programs about indices, pointers and checks: many are unsafe, many are not."""
    register = st.integers(6, 8)
    bound = st.sampled_from([0, 1, 7, 8, 15, 31, 55, 56, 57, 63, 64, 100])
    pointer = st.sampled_from(
        ["r9 = map_value[globals][0]+0 ll", "r9 = r10; r9 += -64", "r9 = map_value[globals][0]+8 ll"]
    )
    lines = [
        "r6 = *(u64 *)(r1 +112)", "r7 = *(u32 *)(r1 +104)", "r8 = 5", draw(pointer),
        *(f"*(u64 *)(r10 {-8 * n}) = 0" for n in range(1, 9)),
    ]  # fmt: skip
    check = st.builds(
        "if {}{} {} {} goto out".format,
        st.sampled_from("rw"),
        register,
        st.sampled_from([">", ">=", "s>", "s<", "<", "!=", "=="]),
        st.one_of(bound.map(str)),
    )
    change = st.one_of(
        st.builds("r{} {} {}".format, register, st.sampled_from(["&=", "+=", "*=", "-=", "|=", "^="]), bound),
        st.builds("r{} {} {}".format, register, st.sampled_from(["<<=", ">>=", "s>>="]), st.integers(0, 63)),
        st.builds("w{} {} {}".format, register, st.sampled_from(["&=", "+=", "|="]), bound),
        st.builds("r{} {} r{}".format, register, st.sampled_from(["=", "+=", "-=", "&="]), register),
        st.builds("w{} {} w{}".format, register, st.sampled_from(["=", "+="]), register),
    )
    access = st.builds(
        "r5 = r9; r5 += r{}; *(u{} *)(r5 {:+d}) = 1".format,
        register,
        st.sampled_from([8, 64]),
        st.sampled_from([0, 1, 8, 48, 56]),
    )
    spill = st.builds("*(u64 *)(r10 -72) = r{}; r{} = *(u64 *)(r10 -72)".format, register, register)
    lines += draw(st.lists(st.one_of(check, check, change, change, spill, access), min_size=1, max_size=14))
    return ";".join([*lines, draw(access), "out: r0 = 0; exit"])


@needs_kernel
@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(memory_programs())
def test_what_the_kernel_accepts_is_accepted(text: str) -> None:
    program = assemble(text)
    with kernel.kernel_maps(MAPS) as maps:
        if not kernel.verdict(program, maps):
            verify(program, MAPS)


class MemoryModel(ContextModel):
    """Addresses are checked: the stack, and a global variable of 64 bytes."""

    GLOBALS = 1 << 50

    def store(self, address: int, size: int, value: int) -> None:
        address &= M64
        if address >= self.GLOBALS and address + size <= self.GLOBALS + 64:
            return
        assert address >= self.TOP - 512 and address + size <= self.TOP, "outside"
        super().store(address, size, value)


@quick
@given(memory_programs(), st.lists(st.tuples(numbers, numbers), min_size=20, max_size=20))
def test_accepted_programs_stay_inside(text: str, inputs: list[tuple[int, int]]) -> None:
    program = assemble(text)
    try:
        verify(program, MAPS)
    except VerifierError:
        return
    by_slot = {insn.slot: insn for insn in program.insns}
    for first, second in [*inputs, *((n, m) for n in (0, 1, 55, 56, 57, 63, 64) for m in (0, 56, 63, M64))]:
        model = MemoryModel({112: first, 104: second & 0xFFFFFFFF})
        slot = 0
        while by_slot[slot].opcode != Class.JMP | Jump.EXIT:
            insn = by_slot[slot]
            following = model.step(insn)
            if insn.ref is not None:
                model.r[insn.dst] = model.GLOBALS + insn.ref.offset
            slot = following
