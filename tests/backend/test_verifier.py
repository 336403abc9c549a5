"""The verifier accepts what is safe, names what is not, and agrees with the kernel."""

from __future__ import annotations

import pytest

from tests.backend import kernel
from tests.backend.assembler import assemble
from tests.backend.verdicts import ACCEPTED, KERNEL_ACCEPTS, KERNEL_REFUSES, MAPS, REFUSED
from utrace.backend.verifier import verify
from utrace.errors import VerifierError

needs_kernel = pytest.mark.skipif(not kernel.is_available(), reason="bpf(2) is not allowed here")


@pytest.mark.parametrize("name", ACCEPTED)
def test_accepts(name: str) -> None:
    verify(assemble(ACCEPTED[name]), MAPS)


@pytest.mark.parametrize("name", REFUSED)
def test_refuses(name: str) -> None:
    text, reason = REFUSED[name]
    with pytest.raises(VerifierError) as caught:
        verify(assemble(text), MAPS)
    assert reason in caught.value.message
    assert "program test: instruction " in caught.value.message


@needs_kernel
def test_kernel_agrees() -> None:
    """One test, because the maps are made once; all differences are shown."""
    differences = []
    with kernel.kernel_maps(MAPS) as maps:
        for name, text in ACCEPTED.items():
            verdict = kernel.verdict(assemble(text), maps)
            if verdict and name not in KERNEL_REFUSES:
                differences.append(f"kernel refuses {name!r}: {verdict}")
        for name, (text, _) in REFUSED.items():
            if not kernel.verdict(assemble(text), maps) and name not in KERNEL_ACCEPTS:
                differences.append(f"kernel accepts {name!r}")
    assert not differences, "\n".join(differences)


def test_log_leads_to_the_error() -> None:
    with pytest.raises(VerifierError) as caught:
        verify(assemble("r6 = 5; r6 += 3; r0 = *(u64 *)(r6 +0); exit"), {})
    assert caught.value.log == (
        "    0: (b7) r6 = 5",
        "    1: (07) r6 += 3  ; r6=5",
        "    2: (79) r0 = *(u64 *)(r6 +0)  ; r6=8",
    )
    assert "instruction 2 `r0 = *(u64 *)(r6 +0)`" in caught.value.message


def test_unbounded_loop_is_accepted_and_quickly() -> None:
    text = """
        r6 = *(u64 *)(r1 +112); r7 = map_value[globals][0]+0 ll; r8 = 0
        again: r8 += 1; r9 = r8; r9 &= 7; r9 <<= 3; r5 = r7; r5 += r9; *(u64 *)(r5 +0) = r8
        if r8 < r6 goto again; r0 = 0; exit"""
    verify(assemble(text), MAPS)


def test_facts_for_the_lifter() -> None:
    text = """
        *(u32 *)(r10 -4) = 2; r2 = r10; r2 += -4; r1 = map[percpu] ll; call map_lookup_elem
        if r0 == 0 goto out; r1 = 1; lock *(u64 *)(r0 +8) += r1; out: r0 = 0; exit"""
    facts = verify(assemble(text), MAPS)
    assert facts.keys == {5: 2}
    assert facts.decided == {6: 7}
    assert facts.operands[8][0].map == "percpu"
    assert not facts.reads_unwritten_stack
