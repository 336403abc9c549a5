"""Verified eBPF program -> LLVM IR: one function per program, and one for each function that it calls.

Registers and the stack are memory that LLVM's passes turn into values. What the verifier proved is used:
unreachable code is left out, context fields become parameters, stack and constants are addressed as such.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from utrace.backend.code_image import ContextKind
from utrace.backend.helpers import BY_NUMBER
from utrace.backend.insn import (
    FRAME_POINTER,
    STACK_BYTES,
    Class,
    Jump,
    Mode,
    is_conditional,
    is_exit,
    is_function_call,
    is_helper_call,
    jump_target,
    loaded_function,
    mode,
    opcode_class,
    operation,
)
from utrace.backend.layout import CONTROL_LOOPS_CUT, TEMPORARY_MAP
from utrace.backend.lift_alu import lift_alu, lift_condition
from utrace.backend.lift_body import Body, Surroundings
from utrace.backend.lift_calls import function_symbol, lift_function_call, lift_helper_call
from utrace.backend.lift_context import PARAMETERS, choose_context
from utrace.backend.lift_loops import has_callbacks, lift_callback_helper, loops_over_hashes
from utrace.backend.lift_memory import lift_atomic, lift_load, lift_store, reference
from utrace.backend.liveness import live_registers
from utrace.backend.spec import VALUE_SECTION, Insn, VerifiedProgram
from utrace.backend.verifier_calls import has_callback
from utrace.backend.verifier_structure import function_ends, successors
from utrace.lazy_dataclass import dataclass

NEEDS_NO_THREAD: Final = frozenset({"get_current_uid_gid", "get_smp_processor_id"})
"""Helpers that neither use the thread's slot nor have an effect."""

_CALLING_CONVENTION: Final = "preserve_allcc"
_ATTRIBUTES: Final = "#0"
"""The attribute group that the module must define: the runtime's target features, nounwind, noimplicitfloat."""

LOOP_LIMIT: Final = 1 << 20
"""How many rounds of loops a run of a program may make; then it ends, so that no loop holds up a target."""

_INLINED_CALLS: Final = 40
"""Programs that call helpers more often have functions for them: LLVM's time grows faster than the code."""
_INLINED_CALLS_IN_ALL: Final = 400
"""So have all programs of a session that call helpers more often than this together: a call takes LLVM milliseconds."""

RUN_BYTES: Final = 16
RUN_LOOPS: Final = 8
"""`struct rt_run` of `runtime/map_loop.h`: u32 depth of nested hits, u64 rounds left."""


@dataclass(frozen=True)
class LiftedProgram:
    """The text of a program's functions; the entry has the program's name."""

    text: str
    context: ContextKind
    has_result: bool
    outlined: Mapping[str, str]
    """Functions that call helpers, by name: the same in all programs of a module."""


def lift_all(programs: Sequence[VerifiedProgram], around: Surroundings) -> dict[str, LiftedProgram]:
    """Lift the programs of a session with the functions that they call; by name."""
    calls = {program.spec.name: _helper_calls(program) for program in programs}
    inlined = _INLINED_CALLS if sum(calls.values()) <= _INLINED_CALLS_IN_ALL else 0
    return {
        program.spec.name: _lift(program, around, outlines=calls[program.spec.name] > inlined)
        for program in programs
    }


def _lift(program: VerifiedProgram, around: Surroundings, outlines: bool) -> LiftedProgram:
    live = live_registers({insn.slot: insn for insn in program.spec.insns})
    kind, values = choose_context(program, around.architecture)
    functions = []
    has_loops, has_temporary = _has_loops(program), _has_temporary(program, around)
    outlined: dict[str, str] | None = {} if outlines else None
    for start, end in function_ends(program.spec).items():
        if start in program.reachable:
            context = values if start == 0 and kind == ContextKind.REGISTERS else None
            body = Body(program, around, live, context, outlined, has_loops, has_temporary)
            insns = [i for i in program.spec.insns if start <= i.slot < end and i.slot in program.reachable]
            head = _entry(body, kind) if start == 0 else _function(body, start)
            _lift_body(body, insns, is_entry=start == 0)
            functions.append("\n".join([head, *body.lines, "}"]))
    return LiftedProgram("\n\n".join(functions), kind, _has_result(program), outlined or {})


def _helper_calls(program: VerifiedProgram) -> int:
    insns = (insn for insn in program.spec.insns if insn.slot in program.reachable)
    return sum(1 for insn in insns if is_helper_call(insn))


def _entry(body: Body, kind: ContextKind) -> str:
    """Begin the program: its thread, its context, its registers."""
    body.label("entry")
    body.emit(f"%run = alloca [{RUN_BYTES} x i8], align 8")
    _allocate(body)
    if body.has_loops:
        body.emit(f"store i64 {LOOP_LIMIT}, ptr %loops, align 8")
    if kind == ContextKind.REGISTERS:
        parameters = ", ".join(f"i64 noundef %a{number}" for number in range(PARAMETERS))
        body.write(1, "0")
    else:
        parameters = "ptr noundef %context"
        body.write(1, body.value("ptrtoint ptr %context to i64"))
    if _needs_thread(body.program):
        body.emit("%thread = call ptr @rt_thread()")
        body.emit("%absent = icmp eq ptr %thread, null")
        start = "enter" if body.has_temporary else "b0"
        body.emit(f"br i1 %absent, label %skip, label %{start}, !prof !0")
        body.label("skip")
        body.emit("ret i64 0" if _has_result(body.program) else "ret void")
        if start == "enter":
            body.label("enter")
            body.emit("%entry_depth = call i32 @rt_temporary_enter(ptr %thread)")
            body.emit("store i32 %entry_depth, ptr %run")
            body.emit("br label %b0")
    else:
        body.emit("%thread = select i1 true, ptr null, ptr null")
        body.emit("br label %b0")
    name = function_symbol(body.program.spec, 0)
    result = "i64" if _has_result(body.program) else "void"
    return f"define {_CALLING_CONVENTION} {result} {name}({parameters}) {_ATTRIBUTES} {{"


def _has_result(program: VerifiedProgram) -> bool:
    return program.spec.section == VALUE_SECTION


def _function(body: Body, start: int) -> str:
    body.label("entry")
    _allocate(body)
    for register in range(1, 6):
        body.write(register, f"%a{register}")
    body.emit(f"br label %b{start}")
    parameters = ", ".join(["ptr %thread", "ptr %run", *(f"i64 %a{register}" for register in range(1, 6))])
    name = function_symbol(body.program.spec, start)
    return f"define internal {_CALLING_CONVENTION} i64 {name}({parameters}) {_ATTRIBUTES} {{"


def _allocate(body: Body) -> None:
    for register in range(FRAME_POINTER + 1):
        body.emit(f"%r{register} = alloca i64, align 8")
    body.emit(f"%stack = alloca [{STACK_BYTES} x i8], align 8")
    if body.program.reads_unwritten_stack:
        body.emit(f"store [{STACK_BYTES // 8} x i64] zeroinitializer, ptr %stack, align 8")
    if body.has_loops:
        body.emit(f"%loops = getelementptr inbounds i8, ptr %run, i64 {RUN_LOOPS}")
    top = body.value(f"getelementptr inbounds i8, ptr %stack, i64 {STACK_BYTES}")
    body.write(FRAME_POINTER, body.value(f"ptrtoint ptr {top} to i64"))


def _needs_thread(program: VerifiedProgram) -> bool:
    """Whether it calls a helper that works on the thread's slot, or writes where others see it."""
    return any(_uses_thread(insn) for insn in program.spec.insns if insn.slot in program.reachable)


def _uses_thread(insn: Insn) -> bool:
    if insn.ref is not None:
        return True
    is_call = insn.opcode == Class.JMP | Jump.CALL and not is_function_call(insn)
    return is_call and BY_NUMBER[insn.imm].name not in NEEDS_NO_THREAD


def _lift_body(body: Body, insns: list[Insn], is_entry: bool) -> None:
    leaders = {insns[0].slot} | {
        slot for insn in insns if jump_target(insn) is not None for slot in successors(insn)
    }
    has_ended = True
    for insn in insns:
        if insn.slot in leaders:
            if not has_ended:
                body.emit(f"br label %b{insn.slot}")
            body.label(f"b{insn.slot}")
        has_ended = _lift_insn(body, insn, is_entry)


def _lift_insn(body: Body, insn: Insn, is_entry: bool) -> bool:
    """Lift one instruction; tells whether it ends its basic block."""
    if is_exit(insn):
        _return(body, is_entry, body.read(0))
        return True
    if is_conditional(insn):
        if insn.slot in body.program.decided:
            _lift_branch(body, insn, body.program.decided[insn.slot], is_entry)
            return True
        following, target = successors(insn)
        condition = lift_condition(body, insn)
        if target > insn.slot:
            body.emit(f"br i1 {condition}, label %b{target}, label %b{following}")
            return True
        body.emit(f"br i1 {condition}, label %back{insn.slot}, label %b{following}")
        body.label(f"back{insn.slot}")
        _lift_branch(body, insn, target, is_entry)
        return True
    match opcode_class(insn.opcode):
        case Class.ALU | Class.ALU64:
            lift_alu(body, insn)
        case Class.LD:
            body.write(insn.dst, _wide_load(body, insn))
        case Class.LDX:
            lift_load(body, insn)
        case Class.ST:
            lift_store(body, insn)
        case Class.STX:
            (lift_atomic if mode(insn.opcode) == Mode.ATOMIC else lift_store)(body, insn)
        case _:
            return _lift_jump(body, insn, is_entry)
    return False


def _wide_load(body: Body, insn: Insn) -> str:
    function = loaded_function(insn)
    if function is not None:
        return f"ptrtoint (ptr {function_symbol(body.program.spec, function)} to i64)"
    return reference(body, insn.ref) if insn.ref else str(insn.imm)


def _return(body: Body, is_entry: bool, result: str) -> None:
    if is_entry and body.has_temporary:
        body.emit("call void @rt_temporary_leave(ptr %thread)")
    body.emit("ret void" if is_entry and not _has_result(body.program) else f"ret i64 {result}")


def _has_temporary(program: VerifiedProgram, around: Surroundings) -> bool:
    """Whether the program uses memory of which every depth of nested hits has its own."""
    has_buffers = any(insn.ref is not None and insn.ref.map == TEMPORARY_MAP for insn in program.spec.insns)
    return has_buffers or loops_over_hashes(program, around.maps)


def _has_loops(program: VerifiedProgram) -> bool:
    insns = (insn for insn in program.spec.insns if insn.slot in program.reachable)
    return any(_is_backward(insn) for insn in insns) or has_callbacks(program)


def _is_backward(insn: Insn) -> bool:
    return jump_target(insn) is not None and any(slot <= insn.slot for slot in successors(insn))


def _lift_branch(body: Body, insn: Insn, target: int, is_entry: bool) -> None:
    """Go on at a slot; backwards only as long as the loops' budget lasts, else the function ends and is counted."""
    if target > insn.slot:
        body.emit(f"br label %b{target}")
        return
    left = body.value(f"sub i64 {body.value('load i64, ptr %loops')}, 1")
    body.emit(f"store i64 {left}, ptr %loops")
    is_over = body.value(f"icmp sle i64 {left}, 0")
    body.emit(f"br i1 {is_over}, label %over{insn.slot}, label %b{target}, !prof !0")
    body.label(f"over{insn.slot}")
    counter = body.value(f"getelementptr i8, ptr @rt_shm, i64 {CONTROL_LOOPS_CUT}")
    is_first = body.value(f"zext i1 {body.value(f'icmp eq i64 {left}, 0')} to i64")
    body.emit(f"atomicrmw add ptr {counter}, i64 {is_first} monotonic")
    _return(body, is_entry, "0")


def _lift_jump(body: Body, insn: Insn, is_entry: bool) -> bool:
    if operation(insn.opcode) == Jump.JA:
        _lift_branch(body, insn, successors(insn)[0], is_entry)
        return True
    if not is_function_call(insn) and not has_callback(insn):
        lift_helper_call(body, insn)
        return False
    (lift_function_call if is_function_call(insn) else lift_callback_helper)(body, insn)
    if body.has_loops:
        _end_when_over(body, insn, is_entry)
    return False


def _end_when_over(body: Body, insn: Insn, is_entry: bool) -> None:
    """End the function when another one has used up the loops' budget."""
    is_over = body.value(f"icmp sle i64 {body.value('load i64, ptr %loops')}, 0")
    body.emit(f"br i1 {is_over}, label %ended{insn.slot}, label %returned{insn.slot}, !prof !0")
    body.label(f"ended{insn.slot}")
    _return(body, is_entry, "0")
    body.label(f"returned{insn.slot}")
