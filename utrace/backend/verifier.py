"""The verifier: proves that a program stays inside its memory on every path, or says where it does not.

It runs the program on an abstract machine, all paths one after the other. At points where paths meet, a state
that an earlier one includes is not followed again. Where a point has been passed often (loops), states are
joined and widened, so that the analysis ends for any program, also for loops without a bound.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import field
from functools import lru_cache
from typing import Final

from utrace.backend import verifier_scalar as scalars
from utrace.backend.disassembler import format_insn
from utrace.backend.insn import (
    FETCH,
    LDDW,
    Atomic,
    Class,
    Jump,
    Mode,
    access_bytes,
    is_conditional,
    is_function_call,
    loaded_function,
    mode,
    opcode_class,
    operation,
)
from utrace.backend.liveness import live_registers, reads_and_writes
from utrace.backend.spec import Insn, MapSpec, Operand, ProgramSpec, Region, VerifiedProgram
from utrace.backend.verifier_alu import alu, link
from utrace.backend.verifier_branches import branch
from utrace.backend.verifier_calls import (
    call_function,
    call_helper,
    enter_callback,
    has_callback,
    leave_function,
)
from utrace.backend.verifier_memory import (
    Environment,
    Findings,
    RefusedError,
    check_access,
    check_alignment,
    load,
    store,
)
from utrace.backend.verifier_scalar import Scalar
from utrace.backend.verifier_state import (
    Pointer,
    State,
    describe,
    includes,
    initial_state,
    join,
)
from utrace.backend.verifier_structure import check_structure, successors
from utrace.errors import VerifierError
from utrace.lazy_dataclass import dataclass

PT_REGS_BYTES: Final = 168
_STATES_BEFORE_WIDENING: Final = 40
_ROUNDS_BEFORE_WIDENING: Final = 3
"""Of a callback, which may be called any number of times: counting them shows nothing."""
_MOST_STEPS: Final = 1_000_000
_LOG_LINES: Final = 400

_Point = tuple[tuple[int | None, ...], int]
"""A place in the program: where the active functions return to, and the slot."""


def verify(
    program: ProgramSpec, maps: Mapping[str, MapSpec], context_bytes: int = PT_REGS_BYTES
) -> VerifiedProgram:
    """Prove the program safe; VerifierError names the instruction, the register and the rule, with a log."""
    by_slot = {insn.slot: insn for insn in program.insns}
    problem = check_structure(program, by_slot)
    if problem:
        raise _error(program, by_slot, *problem, [])
    findings = Findings()
    walk = _Walk(Environment(program, maps, context_bytes, findings), by_slot)
    try:
        walk.run()
    except RefusedError as refused:
        retrace = _Walk(walk.env, by_slot, log=[])
        with suppress(RefusedError):
            retrace.run()
        raise _error(program, by_slot, walk.slot, str(refused), retrace.log or []) from None
    return _verified(program, findings)


def explain(
    program: ProgramSpec, maps: Mapping[str, MapSpec], context_bytes: int = PT_REGS_BYTES
) -> list[str]:
    """Return the log of verifying a safe program: every step of every path, with what the registers hold."""
    by_slot = {insn.slot: insn for insn in program.insns}
    walk = _Walk(Environment(program, maps, context_bytes, Findings()), by_slot, log=[])
    walk.run()
    return walk.log or []


def _verified(program: ProgramSpec, findings: Findings) -> VerifiedProgram:
    operands = {
        slot: {register: operand for register, operand in registers.items() if operand}
        for slot, registers in findings.operands.items()
    }
    return VerifiedProgram(
        program,
        operands,
        {slot: key for slot, key in findings.keys.items() if key is not None},
        frozenset(findings.reachable),
        {slot: min(followers) for slot, followers in findings.followers.items() if len(followers) == 1},
        findings.reads_unwritten_stack,
        findings.writes_elements,
    )


def _error(
    program: ProgramSpec, by_slot: Mapping[int, Insn], slot: int, reason: str, log: list[str]
) -> VerifierError:
    text = f" `{format_insn(by_slot[slot])}`" if slot in by_slot else ""
    return VerifierError(f"program {program.name}: instruction {slot}{text}: {reason}", log[-_LOG_LINES:])


@dataclass
class _Walk:
    """One run over all paths. `slot` is the instruction at hand, `log` is kept only where it is a list."""

    env: Environment
    by_slot: Mapping[int, Insn]
    log: list[str] | None = None
    slot: int = 0
    steps: int = 0
    seen: dict[_Point, list[State]] = field(default_factory=dict)

    def run(self) -> None:
        """Follow every path; RefusedError at the first instruction that may break a rule."""
        self.live = live_registers(self.by_slot)
        self.meeting_points = _meeting_points(self.by_slot)
        self.thresholds = _thresholds(self.by_slot)
        pending = [(0, initial_state(Pointer(Region.CONTEXT)))]
        while pending:
            slot, state = pending.pop()
            pending += self._follow(slot, state)

    def _follow(self, slot: int, state: State) -> Iterator[tuple[int, State]]:
        """Run one path up to its end; gives the other ways that branch off."""
        following: State | None = state
        while following is not None:
            state = following
            self.slot = slot
            if slot in self.meeting_points:
                following = self._meet(slot, state)
                if following is None:
                    return
                state = following
            self._count_step()
            insn = self.by_slot[slot]
            self._note(insn, state)
            if is_conditional(insn):
                taken, following = branch(state, insn)
                ways = [(successors(insn)[1], taken), (insn.slot + 1, following)]
                possible = [(slot, state) for slot, state in ways if state is not None]
                self.env.findings.followers.setdefault(insn.slot, set()).update(slot for slot, _ in possible)
                slot, following = possible.pop()
                yield from possible
            elif has_callback(insn):
                after = state.copy()
                call_helper(self.env, after, insn)
                slot, following = insn.slot + 1, after
                yield enter_callback(self.env, state, insn), state
            else:
                next_slot = self._step(insn, state)
                if next_slot is None:
                    return
                slot = next_slot

    def _count_step(self) -> None:
        self.steps += 1
        if self.steps > _MOST_STEPS:
            raise RefusedError("the program is too complex to be verified")

    def _meet(self, slot: int, state: State) -> State | None:
        """Give the state to go on with, None if all of it was seen before."""
        live = self.live[slot]
        registers = state.frame.registers
        state.frame.registers = [
            value if live >> i & 1 or i == 10 else None for i, value in enumerate(registers)
        ]
        seen = self.seen.setdefault((state.calls, slot), [])
        if any(includes(old, state) for old in reversed(seen)):
            return None
        if len(seen) >= (
            _ROUNDS_BEFORE_WIDENING if has_callback(self.by_slot[slot]) else _STATES_BEFORE_WIDENING
        ):
            state = join(seen[-1], state, lambda a, b: scalars.widen(a, b, self.thresholds))
        seen.append(state.copy())
        return state

    def _note(self, insn: Insn, state: State) -> None:
        """Record for the lifter what the registers that are read hold."""
        findings = self.env.findings
        findings.reachable.add(insn.slot)
        operands = findings.operands.setdefault(insn.slot, {})
        read, _ = reads_and_writes(insn)
        registers = state.frame.registers
        for register in _members(read):
            operand = describe(registers[register], state.depth)
            old = operands.get(register, operand)
            operands[register] = operand if old == operand else _merge(old, operand)
        if self.log is not None:
            held = ", ".join(f"r{i}={registers[i]}" for i in _members(read))
            self.log.append(
                f"{insn.slot:5}: ({insn.opcode:02x}) {format_insn(insn)}" + (f"  ; {held}" if held else "")
            )

    def _step(self, insn: Insn, state: State) -> int | None:
        """Execute an instruction that does not branch; gives the next slot, None at the program's end."""
        match opcode_class(insn.opcode):
            case Class.ALU | Class.ALU64:
                alu(state, insn)
            case Class.LD:
                state.frame.registers[insn.dst] = _wide_load(insn)
            case Class.LDX:
                self._load(insn, state)
            case Class.ST:
                base = _register(state, insn.dst)
                store(self.env, state, base, insn.off, access_bytes(insn.opcode), scalars.constant(insn.imm))
            case Class.STX:
                self._store(insn, state)
            case _:
                return self._transfer(insn, state)
        return insn.slot + insn.slots

    def _load(self, insn: Insn, state: State) -> None:
        size = access_bytes(insn.opcode)
        value = load(self.env, state, _register(state, insn.src), insn.off, size)
        if mode(insn.opcode) == Mode.MEMSX:
            known = value if isinstance(value, Scalar) else scalars.UNKNOWN
            value = scalars.sign_extend(known, 8 * size, 64)
        state.frame.registers[insn.dst] = value

    def _store(self, insn: Insn, state: State) -> None:
        size = access_bytes(insn.opcode)
        base, value = _register(state, insn.dst), _register(state, insn.src)
        if mode(insn.opcode) == Mode.MEM:
            kept = link(state, insn, insn.src, value) if size == 8 else value
            store(self.env, state, base, insn.off, size, kept)
            return
        pointer = check_access(self.env, base, insn.off, size, write=True)
        check_alignment(pointer, insn.off, size)
        if insn.imm == Atomic.CMPXCHG:
            _register(state, 0)
        load(self.env, state, base, insn.off, size)
        store(self.env, state, base, insn.off, size, scalars.of_width(8 * size))
        if insn.imm & FETCH:
            state.frame.registers[0 if insn.imm == Atomic.CMPXCHG else insn.src] = scalars.of_width(8 * size)

    def _transfer(self, insn: Insn, state: State) -> int | None:
        kind = operation(insn.opcode)
        if kind == Jump.JA:
            return successors(insn)[0]
        if kind == Jump.EXIT:
            return leave_function(state)
        if is_function_call(insn):
            return call_function(self.env, state, insn)
        call_helper(self.env, state, insn)
        return insn.slot + 1


@lru_cache(maxsize=2048)
def _members(registers: int) -> tuple[int, ...]:
    """List the registers of a bit set."""
    return tuple(register for register in range(registers.bit_length()) if registers >> register & 1)


def _register(state: State, number: int) -> Scalar | Pointer:
    value = state.frame.registers[number]
    if value is None:
        raise RefusedError(f"r{number}: not initialised")
    return value


def _wide_load(insn: Insn) -> Scalar | Pointer:
    assert insn.opcode == LDDW
    function = loaded_function(insn)
    if function is not None:
        return Pointer(Region.FUNCTION, scalars.constant(function))
    if insn.ref is None:
        return scalars.constant(insn.imm)
    if insn.ref.is_value:
        return Pointer(Region.MAP_VALUE, scalars.constant(insn.ref.offset), insn.ref.map)
    return Pointer(Region.MAP, map=insn.ref.map)


def _merge(a: Operand | None, b: Operand | None) -> Operand | None:
    if a is None or b is None or (a.region, a.map) != (b.region, b.map):
        return None
    return Operand(a.region, None, a.map)


def _meeting_points(by_slot: Mapping[int, Insn]) -> frozenset[int]:
    """Give the places where paths can meet: targets of jumps, and the calls that callbacks return to."""
    targets = (
        slot for insn in by_slot.values() for slot in successors(insn) if slot != insn.slot + insn.slots
    )
    return frozenset({*targets, *(insn.slot for insn in by_slot.values() if has_callback(insn))})


def _thresholds(by_slot: Mapping[int, Insn]) -> tuple[int, ...]:
    """Give the numbers that loop bounds are likely to be: those compared with, and their neighbours."""
    compared = {insn.imm for insn in by_slot.values() if len(successors(insn)) == 2}
    return tuple(sorted({near for number in compared for near in (number - 1, number, number + 1)}))
