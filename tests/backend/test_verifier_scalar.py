"""What the verifier believes of numbers is true: no operation or branch on actual numbers contradicts it."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.backend.model import M64, Model, signed
from utrace.backend import verifier_bits as known
from utrace.backend import verifier_ranges as ranges
from utrace.backend import verifier_scalar as scalars
from utrace.backend.insn import SOURCE_REGISTER, Alu, Class, Jump
from utrace.backend.spec import Insn
from utrace.backend.verifier_branches import _refine, _refine_bits_clear
from utrace.backend.verifier_scalar import Scalar

EDGES = [0, 1, 2, 7, 63, 64, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 1 << 32, M64 >> 1, 1 << 63, M64 - 1, M64]
numbers = st.sampled_from(EDGES) | st.integers(0, 300) | st.integers(0, M64)
binary = [Alu.ADD, Alu.SUB, Alu.MUL, Alu.DIV, Alu.OR, Alu.AND, Alu.LSH, Alu.RSH, Alu.MOD, Alu.XOR, Alu.ARSH]
many = settings(max_examples=300, deadline=None)
few = settings(max_examples=25, deadline=None)


def contains(scalar: Scalar, number: int) -> bool:
    return scalars.includes(scalar, scalars.constant(number))


@st.composite
def scalars_with_member(draw) -> tuple[Scalar, int]:
    """A scalar in some way derived from numbers, and one of these numbers."""
    number, *others = draw(st.lists(numbers, min_size=1, max_size=3))
    kind = draw(st.sampled_from(["union", "unsigned", "signed", "bits", "narrow"]))
    every = [number, *others]
    if kind == "unsigned":
        return scalars.between(min(every), max(every)), number
    if kind == "signed":
        as_signed = [signed(n, 64) for n in every]
        return scalars.signed_between(min(as_signed), max(as_signed)), number
    if kind == "bits":
        mask = draw(numbers)
        bits = known.Bits(number & ~mask & M64, mask)
        found = scalars.combine(bits, ranges.FULL[64], ranges.FULL[32])
        assert found is not None
        return found, number
    if kind == "narrow":
        low = [n & 0xFFFFFFFF for n in every]
        narrow = ranges.unsigned_between(min(low), max(low), 32)
        found = scalars.combine(known.UNKNOWN, ranges.FULL[64], narrow)
        assert found is not None
        return found, number
    joined = scalars.constant(number)
    for other in others:
        joined = scalars.union(joined, scalars.constant(other))
    return joined, number


def concrete(kind: Alu, a: int, b: int, bits: int) -> int:
    model = Model()
    model.r[0], model.r[1] = a, b
    model.step(Insn((Class.ALU64 if bits == 64 else Class.ALU) | kind | SOURCE_REGISTER, 0, 1, 0, 0, 0))
    return model.r[0]


@many
@given(st.sampled_from(binary), scalars_with_member(), scalars_with_member(), st.sampled_from([32, 64]))
def test_operations(kind: Alu, left: tuple[Scalar, int], right: tuple[Scalar, int], bits: int) -> None:
    assert contains(left[0], left[1]) and contains(right[0], right[1])
    result = scalars.operate(kind, left[0], right[0], bits)
    assert contains(result, concrete(kind, left[1], right[1], bits))


@many
@given(scalars_with_member(), st.sampled_from([8, 16, 32]), st.sampled_from([32, 64]))
def test_sign_extension(value: tuple[Scalar, int], bits: int, to: int) -> None:
    if bits < to:
        result = scalars.sign_extend(value[0], bits, to)
        assert contains(result, signed(value[1], bits) & (1 << to) - 1)


@many
@given(st.sampled_from([k for k in Jump if k not in (Jump.JA, Jump.CALL, Jump.EXIT)]), scalars_with_member(),
       scalars_with_member(), st.sampled_from([32, 64]))  # fmt: skip
def test_branches(kind: Jump, left: tuple[Scalar, int], right: tuple[Scalar, int], bits: int) -> None:
    """The way that the numbers take is thought possible, and what is learnt on it holds for them."""
    model = Model()
    model.r[0], model.r[1] = left[1], right[1]
    opcode = (Class.JMP if bits == 64 else Class.JMP32) | kind | SOURCE_REGISTER
    is_taken = bool(model.jump(Insn(opcode, 0, 1, 1, 0, 0), bits))
    opposite = {
        Jump.JEQ: Jump.JNE, Jump.JNE: Jump.JEQ, Jump.JGT: Jump.JLE, Jump.JLE: Jump.JGT, Jump.JGE: Jump.JLT,
        Jump.JLT: Jump.JGE, Jump.JSGT: Jump.JSLE, Jump.JSLE: Jump.JSGT, Jump.JSGE: Jump.JSLT, Jump.JSLT: Jump.JSGE,
    }  # fmt: skip
    if is_taken:
        learnt = _refine(kind, left[0], right[0], bits)
    elif kind == Jump.JSET:
        learnt = _refine_bits_clear(left[0], right[0], bits)
    else:
        learnt = _refine(opposite[kind], left[0], right[0], bits)
    assert learnt is not None
    assert contains(learnt[0], left[1]) and contains(learnt[1], right[1])


@many
@given(scalars_with_member(), scalars_with_member(), st.lists(st.integers(-1000, 1000), max_size=4))
def test_union_and_widening(
    left: tuple[Scalar, int], right: tuple[Scalar, int], thresholds: list[int]
) -> None:
    for joined in (
        scalars.union(left[0], right[0]),
        scalars.widen(left[0], right[0], tuple(sorted(thresholds))),
    ):
        assert contains(joined, left[1]) and contains(joined, right[1])


@few
@given(scalars_with_member(), st.lists(scalars_with_member(), min_size=60, max_size=60))
def test_widening_ends(start: tuple[Scalar, int], others: list[tuple[Scalar, int]]) -> None:
    """Whatever comes, and however often, only so many changes are possible."""
    current, changes = start[0], 0
    for other, _ in others * 3:
        if not scalars.includes(current, other):
            current, changes = scalars.widen(current, other, (0, 10, 100)), changes + 1
    assert changes <= 40
