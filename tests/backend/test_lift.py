"""Lifted code does exactly what the instruction set says, and nothing to registers it should keep."""

from __future__ import annotations

import ctypes

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.backend.assembler import assemble
from tests.backend.model import M64, Model
from tests.backend.native_run import Loaded, compile_programs
from utrace.backend.code_image import ContextKind
from utrace.backend.lift import LOOP_LIMIT
from utrace.backend.spec import MapSpec, MapType, ProgramSpec

RESULTS = {".bss": MapSpec(".bss", MapType.ARRAY, 4, 128, 1, initial=bytes(128))}
KEEP = "".join(f"*(u64 *)(r9 +{8 * number}) = r{number};" for number in range(9))
EPILOGUE = f"r9 = map_value[.bss][0]+0 ll; {KEEP} r0 = 0; exit"
EDGES = [0, 1, 2, 7, 31, 32, 63, 64, 0x7F, 0x80, 0xFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF,
         0x100000000, 0x7FFFFFFFFFFFFFFF, 0x8000000000000000, M64 - 1, M64]  # fmt: skip

numbers = st.sampled_from(EDGES) | st.integers(0, M64)
immediates = st.sampled_from([0, 1, -1, 2, 31, 255, -128, 0x7FFFFFFF, -0x80000000]) | st.integers(
    -(1 << 31), (1 << 31) - 1
)
registers = st.integers(0, 5)
widths = st.sampled_from("rw")


@st.composite
def alu_lines(draw):
    width, dst = draw(widths), draw(registers)
    form = draw(st.sampled_from(["binary", "shift", "divide", "unary", "extend", "swap"]))
    if form == "unary":
        return f"{width}{dst} = -{width}{dst}"
    if form == "extend":
        bits = draw(st.sampled_from([8, 16, 32] if width == "r" else [8, 16]))
        return f"{width}{dst} = (s{bits}){width}{draw(registers)}"
    if form == "swap":
        kind = draw(st.sampled_from(["le", "be", "bswap"]))
        return f"r{dst} = {kind}{draw(st.sampled_from([16, 32, 64]))} r{dst}"
    if draw(st.booleans()):
        operand = f"{width}{draw(registers)}"
    elif form == "shift":
        operand = str(draw(st.integers(0, 63 if width == "r" else 31)))
    elif form == "divide":
        operand = str(draw(immediates.filter(bool)))
    else:
        operand = str(draw(immediates))
    signs = {
        "binary": ["+=", "-=", "*=", "|=", "&=", "^=", "="],
        "shift": ["<<=", ">>=", "s>>="],
        "divide": ["/=", "%=", "s/=", "s%="],
    }
    return f"{width}{dst} {draw(st.sampled_from(signs[form]))} {operand}"


@st.composite
def memory_lines(draw):
    size = draw(st.sampled_from([8, 16, 32, 64]))
    slot = -8 * draw(st.integers(1, 3)) + draw(
        st.sampled_from([n for n in (0, 1, 2, 4, 6) if n + size // 8 <= 8])
    )
    register = draw(registers)
    atomic = draw(st.sampled_from([32, 64]))
    place = f"*(u{atomic} *)(r10 {-8 * draw(st.integers(1, 3)):+d})"
    return draw(
        st.sampled_from(
            [
                f"*(u{size} *)(r10 {slot:+d}) = r{register}",
                f"*(u{size} *)(r10 {slot:+d}) = {draw(immediates)}",
                f"r{register} = *(u{size} *)(r10 {slot:+d})",
                f"r{register} = *(s{min(size, 32)} *)(r10 {slot:+d})",
                *(f"lock {place} {sign} r{register}" for sign in ("+=", "|=", "&=", "^=")),
                *(
                    f"r{register} = atomic_fetch_{kind}({place}, r{register})"
                    for kind in ("add", "or", "and", "xor")
                ),
                f"r{register} = atomic_xchg({place}, r{register})",
                f"r0 = atomic_cmpxchg({place}, r0, r{register})",
            ]
        )
    )


@st.composite
def jump_lines(draw):
    width = draw(widths)
    sign = draw(st.sampled_from(["==", "!=", ">", ">=", "<", "<=", "s>", "s>=", "s<", "s<=", "&"]))
    operand = f"{width}{draw(registers)}" if draw(st.booleans()) else draw(immediates)
    return f"if {width}{draw(registers)} {sign} {operand} goto +{draw(st.integers(0, 4))}"


@st.composite
def programs(draw):
    """Registers that the verifier knows nothing about (from the context), then random code, all jumps forward."""
    start = [f"r{n} = *(u64 *)(r1 +{offset})" for n, offset in ((0, 112), (2, 96), (3, 88), (4, 72), (5, 64))]
    start.append("r1 = *(u64 *)(r1 +104)")
    start += [f"r{n} = {n}" for n in (6, 7, 8)]
    start += [f"*(u64 *)(r10 {-8 * n}) = r{n}" for n in (1, 2, 3)]
    lines = draw(st.lists(alu_lines() | memory_lines() | jump_lines(), min_size=1, max_size=60))
    return "\n".join([*start, *lines, "r6 += 0", "r6 += 0", "r6 += 0", "r6 += 0"])


def expected(program: ProgramSpec, arguments: list[int]) -> list[int]:
    """Run the model on the same program: only its first lines read the context."""
    model = Model()
    for register, number in zip((0, 1, 2, 3, 4, 5, 6, 7, 8), [*arguments, 6, 7, 8], strict=True):
        model.r[register] = number
    for n in (1, 2, 3):
        model.store(model.TOP - 8 * n, 8, model.r[n])
    body = [insn for insn in program.insns if insn.slot >= 12]
    shifted = [
        type(insn)(insn.opcode, insn.dst, insn.src, insn.off, insn.imm, insn.slot - 12) for insn in body
    ]
    return model.run(shifted)[:9]


quick = settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))


@quick
@given(programs(), st.lists(st.lists(numbers, min_size=6, max_size=6), min_size=3, max_size=3))
def test_random_programs(text: str, inputs: list[list[int]]) -> None:
    image = compile_programs([assemble(f"{text}\n{EPILOGUE}")], RESULTS)
    loaded = Loaded(image)
    model_program = assemble(f"{text}\nexit")
    for arguments in inputs:
        loaded.call("test", *arguments)
        assert list(loaded.words(0, 9)) == expected(model_program, arguments)


BINARY = [f"{width}0 {sign} {width}1" for width in "rw" for sign in
          ("+=", "-=", "*=", "|=", "&=", "^=", "=", "<<=", ">>=", "s>>=", "/=", "%=", "s/=", "s%=")]  # fmt: skip


def test_every_operation_on_edge_values() -> None:
    """All pairs of edge values, each operation as a program of its own in one image."""
    programs = [
        assemble(
            "r0 = *(u64 *)(r1 +112); r1 = *(u64 *)(r1 +104);"
            + line
            + "; r2 = map_value[.bss][0]+0 ll; *(u64 *)(r2 +0) = r0; exit",
            name=f"p{number}",
        )
        for number, line in enumerate(BINARY)
    ]
    loaded = Loaded(compile_programs(programs, RESULTS))
    for number, line in enumerate(BINARY):
        program = assemble(f"{line}; exit")
        for a in EDGES:
            for b in EDGES:
                model = Model()
                model.r[0], model.r[1] = a, b
                loaded.call(f"p{number}", a, b)
                assert loaded.words(0, 1)[0] == model.run(program.insns)[0], (line, hex(a), hex(b))


def test_long_jump_and_loop() -> None:
    text = """
        r1 = 0; r2 = 0; gotol check
        again: r1 += r2; r2 += 1
        check: if r2 < 1000 goto again
        r3 = map_value[.bss][0]+8 ll; *(u64 *)(r3 +0) = r1; r0 = 0; exit"""
    loaded = Loaded(compile_programs([assemble(text)], RESULTS))
    loaded.call("test")
    assert loaded.words(0, 2)[1] == 499500


def test_functions_have_their_own_stack_and_keep_saved_registers() -> None:
    text = """
        r6 = 100; *(u64 *)(r10 -8) = 5; r1 = r10; r1 += -8; r2 = 7; call f
        r6 += r0; r1 = *(u64 *)(r10 -8); r6 += r1
        r3 = map_value[.bss][0]+0 ll; *(u64 *)(r3 +0) = r6; r0 = 0; exit
        f: *(u64 *)(r10 -8) = r2; r3 = *(u64 *)(r1 +0); r6 = 1; r3 += 1000; *(u64 *)(r1 +0) = r3
        r0 = *(u64 *)(r10 -8); exit"""
    loaded = Loaded(compile_programs([assemble(text)], RESULTS))
    loaded.call("test")
    assert loaded.words(0, 1)[0] == 100 + 7 + 1005


PER_CPU = {
    "counts": MapSpec("counts", MapType.PERCPU_ARRAY, 4, 8, 4),
    "shared": MapSpec("shared", MapType.ARRAY, 4, 8, 4),
}


def lookup_and(name: str, statement: str, key: int = 2) -> str:
    return (
        f"*(u32 *)(r10 -4) = {key}; r2 = r10; r2 += -4; r1 = map[{name}] ll; call map_lookup_elem;"
        f"if r0 == 0 goto out; r1 = 5; {statement}; out: r0 = 0; exit"
    )


def native_text(image) -> str:
    from utrace.backend.native import disassemble_native

    return disassemble_native(image)


def test_count_on_per_cpu_value_is_one_instruction() -> None:
    for statement in ("lock *(u64 *)(r0 +0) += r1", "r1 = atomic_fetch_add(*(u64 *)(r0 +0), r1)"):
        image = compile_programs([assemble(lookup_and("counts", statement))], PER_CPU)
        listing = native_text(image).split("rt_answer")[0].split("test (registers):")[-1].strip().splitlines()
        assert len(listing) == 2, listing
        assert "add qword ptr" in listing[0] and "lock" not in listing[0]
        loaded = Loaded(image)
        loaded.call("test")
        loaded.call("test")
        assert loaded.words(0, 4) == (0, 0, 10, 0)


def test_atomics_on_shared_values_are_locked() -> None:
    image = compile_programs([assemble(lookup_and("shared", "lock *(u64 *)(r0 +0) += r1"))], PER_CPU)
    assert "lock add" in native_text(image)


def test_fetched_value_of_per_cpu_add() -> None:
    statement = "r1 = atomic_fetch_add(*(u64 *)(r0 +0), r1); *(u64 *)(r0 +8) = r1"
    maps = {"counts": MapSpec("counts", MapType.PERCPU_ARRAY, 4, 16, 4)}
    image = compile_programs([assemble(lookup_and("counts", statement, key=0))], maps)
    assert "lock" not in native_text(image)
    loaded = Loaded(image)
    loaded.set_words(0, 37, 0)
    loaded.call("test")
    assert loaded.words(0, 2) == (42, 37)


def test_context_is_parameters_where_they_suffice_else_a_frame() -> None:
    image = compile_programs(
        [
            assemble("r0 = *(u64 *)(r1 +64); exit", "argument"),
            assemble("r0 = *(u64 *)(r1 +152); exit", "stack_pointer"),
            assemble("r0 = *(u64 *)(r1 +80); exit", "result", "uretprobe"),
            assemble("r0 = *(u64 *)(r1 +40); exit", "other"),
            assemble("r0 = *(u64 *)(r1 +112); exit", "argument_at_return", "uretprobe"),
            assemble("call f; exit; f: r0 = *(u64 *)(r1 +112); exit", "in_function"),
        ]
    )
    kinds = {name: entry.context for name, entry in image.entries.items()}
    registers, frame = ContextKind.REGISTERS, ContextKind.FRAME
    assert kinds == {
        "argument": registers, "stack_pointer": frame, "result": registers, "other": frame,
        "argument_at_return": frame, "in_function": frame,
    }  # fmt: skip


def test_frame_context() -> None:
    text = "r3 = *(u64 *)(r1 +40); r4 = *(u16 *)(r1 +82); r2 = map_value[.bss][0]+0 ll;"
    text += "*(u64 *)(r2 +0) = r3; *(u64 *)(r2 +8) = r4; r0 = 0; exit"
    loaded = Loaded(compile_programs([assemble(text)], RESULTS))
    frame = (ctypes.c_uint64 * 21)(*range(1000, 1021))
    frame[10] = 0x1122334455667788
    loaded.call("test", ctypes.addressof(frame))
    assert loaded.words(0, 2) == (1005, 0x5566)


def test_part_of_a_register_parameter() -> None:
    text = "r3 = *(u32 *)(r1 +116); r4 = *(s8 *)(r1 +104); r2 = map_value[.bss][0]+0 ll;"
    text += "*(u64 *)(r2 +0) = r3; *(u64 *)(r2 +8) = r4; r0 = 0; exit"
    loaded = Loaded(compile_programs([assemble(text)], RESULTS))
    loaded.call("test", 0xAABBCCDD11223344, 0x80)
    assert loaded.words(0, 2) == (0xAABBCCDD, M64 - 0x7F)


def test_read_only_values_are_constants() -> None:
    maps = RESULTS | {
        ".rodata": MapSpec(".rodata", MapType.ARRAY, 4, 8, 1, 0x80, (1234).to_bytes(8, "little"))
    }
    text = "r1 = map_value[.rodata][0]+0 ll; r1 = *(u64 *)(r1 +0);"
    text += "r2 = map_value[.bss][0]+0 ll; *(u64 *)(r2 +0) = r1; r0 = 0; exit"
    image = compile_programs([assemble(text)], maps)
    assert "4D2" in native_text(image)
    loaded = Loaded(image)
    loaded.call("test")
    assert loaded.words(0, 1) == (1234,)


def test_unwritten_stack_reads_as_zero() -> None:
    text = "r1 = *(u64 *)(r10 -256); r2 = map_value[.bss][0]+0 ll; *(u64 *)(r2 +0) = r1; r0 = 0; exit"
    loaded = Loaded(compile_programs([assemble(text)], RESULTS))
    loaded.set_words(0, 99)
    loaded.call("test")
    assert loaded.words(0, 1) == (0,)


def test_runtime_object_is_linked_as_far_as_needed() -> None:
    text = "call get_prandom_u32; r1 = map_value[.bss][0]+0 ll; *(u64 *)(r1 +0) = r0; r0 = 0; exit"
    loaded = Loaded(compile_programs([assemble(text)], RESULTS))
    loaded.call("test")
    assert loaded.words(0, 1) == (63,)
    assert list(loaded.image.functions) == ["rt_answer"]
    assert ctypes.CFUNCTYPE(ctypes.c_uint64)(loaded.base + loaded.image.functions["rt_answer"])() == 42
    assert (123456789).to_bytes(4, "little") not in loaded.image.code


def test_image_is_the_same_bytes_each_time_and_touches_no_vector_register() -> None:
    programs = [assemble(lookup_and("counts", "lock *(u64 *)(r0 +0) += r1"))]
    first, second = (compile_programs(programs, PER_CPU) for _ in range(2))
    assert first.code == second.code
    assert "mm" not in native_text(first)


def test_every_register_but_r11_is_kept() -> None:
    """Call through a stub that fills all registers and compares them afterwards."""
    text = """
        r6 = *(u64 *)(r1 +112); r7 = *(u64 *)(r1 +104); r8 = *(u64 *)(r1 +96); r9 = *(u64 *)(r1 +88)
        r2 = r6; r2 *= r7; r3 = r8; r3 /= r9; r4 = r2; r4 ^= r3; r4 <<= r8; r5 = r4; r5 %= r7
        call f; r1 = map_value[.bss][0]+0 ll; *(u64 *)(r1 +0) = r2; *(u64 *)(r1 +8) = r0; r0 = 0; exit
        f: r0 = r2; r0 += r3; r0 += r4; r0 += r5; exit"""
    loaded = Loaded(compile_programs([assemble(text.replace("call f;", "call f; r2 = 1;"))], RESULTS))
    saved = ["rax", "rcx", "rdx", "rbx", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r12", "r13", "r14", "r15"]
    kept = run_with_full_registers(loaded.base + loaded.image.entries["test"].offset, saved)
    assert kept == {name: 0x1000 + index for index, name in enumerate(saved)}


def run_with_full_registers(entry: int, names: list[str]) -> dict[str, int]:
    """Assemble and run: load numbers into all registers, call `entry`, store them all."""
    import llvmlite.binding as llvm

    from utrace.backend.native import _initialize

    _initialize()
    out = (ctypes.c_uint64 * len(names))()
    where = ctypes.addressof(out)
    lines = ["push rbx", "push rbp", "push r12", "push r13", "push r14", "push r15"]
    lines += [f"mov {name}, {0x1000 + index}" for index, name in enumerate(names)]
    lines += [f"mov r11, {entry}", "call r11", f"mov r11, {where}"]
    lines += [f"mov [r11 + {8 * index}], {name}" for index, name in enumerate(names)]
    lines += ["pop r15", "pop r14", "pop r13", "pop r12", "pop rbp", "pop rbx"]
    text = "\\0A".join([*lines, "ret"])
    module = llvm.parse_assembly(
        f'define void @stub() naked {{ call void asm sideeffect inteldialect "{text}", ""() unreachable }}'
    )
    module.triple = "x86_64-unknown-linux-gnu"
    machine = llvm.Target.from_triple(module.triple).create_target_machine(jit=True)
    engine = llvm.create_mcjit_compiler(module, machine)
    engine.finalize_object()
    ctypes.CFUNCTYPE(None)(engine.get_function_address("stub"))()
    return {name: out[index] for index, name in enumerate(names)}


def test_a_loop_is_cut_and_counted() -> None:
    """What the verifier lets pass because an exit can be reached, need not reach it."""
    text = "r2 = map_value[.bss][0]+0 ll; again: r3 = *(u64 *)(r2 +0); r3 += 1; *(u64 *)(r2 +0) = r3;"
    image = compile_programs([assemble(text + "if r3 != 0 goto again; r0 = 0; exit")], RESULTS)
    loaded = Loaded(image)
    loaded.call("test")
    assert loaded.words(0, 1)[0] == LOOP_LIMIT
