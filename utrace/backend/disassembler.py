"""eBPF instructions as text, in the notation of the kernel's verifier log (`-d dis`, error messages)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from utrace.backend.helpers import BY_NUMBER
from utrace.backend.insn import (
    FETCH,
    LDDW,
    PSEUDO_FUNC,
    SOURCE_REGISTER,
    Alu,
    Atomic,
    Class,
    Jump,
    Mode,
    access_bytes,
    is_function_call,
    jump_target,
    loaded_function,
    mode,
    opcode_class,
    operation,
)
from utrace.backend.spec import Insn, ProgramSpec

_ALU_SIGNS: Final = {
    Alu.ADD: "+=", Alu.SUB: "-=", Alu.MUL: "*=", Alu.DIV: "/=", Alu.OR: "|=", Alu.AND: "&=", Alu.LSH: "<<=",
    Alu.RSH: ">>=", Alu.MOD: "%=", Alu.XOR: "^=", Alu.MOV: "=", Alu.ARSH: "s>>=",
}  # fmt: skip
_JUMP_SIGNS: Final = {
    Jump.JEQ: "==", Jump.JGT: ">", Jump.JGE: ">=", Jump.JSET: "&", Jump.JNE: "!=", Jump.JSGT: "s>",
    Jump.JSGE: "s>=", Jump.JLT: "<", Jump.JLE: "<=", Jump.JSLT: "s<", Jump.JSLE: "s<=",
}  # fmt: skip


def disassemble(program: ProgramSpec) -> str:
    """List the program, one instruction per line with its slot and opcode, each function under its name."""
    return "\n".join(_lines(program))


def _lines(program: ProgramSpec) -> Iterator[str]:
    for insn in program.insns:
        name = program.functions.get(insn.slot, program.name if insn.slot == 0 else None)
        if name is not None:
            yield f"{name}:"
        yield f"{insn.slot:5}: ({insn.opcode:02x}) {format_insn(insn)}"


def format_insn(insn: Insn) -> str:
    """Format one instruction, without its address; an opcode that means nothing reads `invalid`."""
    match opcode_class(insn.opcode):
        case Class.ALU | Class.ALU64:
            return _alu(insn)
        case Class.JMP | Class.JMP32:
            return _jump(insn)
        case Class.LD:
            return _wide_load(insn)
        case Class.LDX:
            return _load(insn)
        case _:
            return _store(insn)


def _register(insn: Insn, number: int) -> str:
    narrow = opcode_class(insn.opcode) in (Class.ALU, Class.JMP32)
    return f"{'w' if narrow else 'r'}{number}"


def _second_operand(insn: Insn) -> str:
    return _register(insn, insn.src) if insn.opcode & SOURCE_REGISTER else str(insn.imm)


def _alu(insn: Insn) -> str:
    kind = operation(insn.opcode)
    dst = _register(insn, insn.dst)
    if kind == Alu.NEG:
        return f"{dst} = -{dst}"
    if kind == Alu.END:
        swap = (
            "bswap"
            if opcode_class(insn.opcode) == Class.ALU64
            else "be"
            if insn.opcode & SOURCE_REGISTER
            else "le"
        )
        return f"r{insn.dst} = {swap}{insn.imm} r{insn.dst}"
    if kind not in _ALU_SIGNS:
        return "invalid"
    operand = _second_operand(insn)
    sign = _ALU_SIGNS[Alu(kind)]
    if kind == Alu.MOV and insn.off:
        return f"{dst} = (s{insn.off}){operand}"
    if kind in (Alu.DIV, Alu.MOD) and insn.off:
        sign = f"s{sign}"
    return f"{dst} {sign} {operand}"


def _jump(insn: Insn) -> str:
    kind = operation(insn.opcode)
    if insn.opcode == Class.JMP | Jump.EXIT:
        return "exit"
    if insn.opcode == Class.JMP | Jump.CALL:
        return _call(insn)
    target = jump_target(insn)
    if target is None:
        return "invalid"
    distance = f"goto {target - insn.slot - 1:+d}"
    if kind == Jump.JA:
        return distance if opcode_class(insn.opcode) == Class.JMP else distance.replace("goto", "gotol")
    if kind not in _JUMP_SIGNS:
        return "invalid"
    return f"if {_register(insn, insn.dst)} {_JUMP_SIGNS[Jump(kind)]} {_second_operand(insn)} {distance}"


def _call(insn: Insn) -> str:
    if is_function_call(insn):
        return f"call pc{insn.imm:+d}"
    helper = BY_NUMBER.get(insn.imm)
    return f"call {helper.name}#{insn.imm}" if helper else f"call #{insn.imm}"


def _wide_load(insn: Insn) -> str:
    if insn.opcode != LDDW:
        return "invalid"
    if insn.src == PSEUDO_FUNC:
        return f"r{insn.dst} = func[pc{(loaded_function(insn) or 0) - insn.slot - 1:+d}] ll"
    if insn.ref is None:
        return f"r{insn.dst} = 0x{insn.imm:x} ll"
    if insn.ref.is_value:
        return f"r{insn.dst} = map_value[{insn.ref.map}][0]+{insn.ref.offset} ll"
    return f"r{insn.dst} = map[{insn.ref.map}] ll"


def _memory(insn: Insn, register: int, sign: str = "u") -> str:
    return f"*({sign}{8 * access_bytes(insn.opcode)} *)(r{register} {insn.off:+d})"


def _load(insn: Insn) -> str:
    match mode(insn.opcode):
        case Mode.MEM:
            return f"r{insn.dst} = {_memory(insn, insn.src)}"
        case Mode.MEMSX:
            return f"r{insn.dst} = {_memory(insn, insn.src, 's')}"
        case _:
            return "invalid"


def _store(insn: Insn) -> str:
    kind = opcode_class(insn.opcode)
    if kind == Class.STX and mode(insn.opcode) == Mode.ATOMIC:
        return _atomic(insn)
    if mode(insn.opcode) != Mode.MEM:
        return "invalid"
    return f"{_memory(insn, insn.dst)} = {f'r{insn.src}' if kind == Class.STX else insn.imm}"


def _atomic(insn: Insn) -> str:
    memory = _memory(insn, insn.dst)
    if insn.imm == Atomic.XCHG:
        return f"r{insn.src} = atomic_xchg({memory}, r{insn.src})"
    if insn.imm == Atomic.CMPXCHG:
        return f"r0 = atomic_cmpxchg({memory}, r0, r{insn.src})"
    kind = insn.imm & ~FETCH
    if kind not in (Atomic.ADD, Atomic.OR, Atomic.AND, Atomic.XOR):
        return "invalid"
    if insn.imm & FETCH:
        return f"r{insn.src} = atomic_fetch_{Atomic(kind).name.lower()}({memory}, r{insn.src})"
    return f"lock {memory} {_ALU_SIGNS[Alu(kind)]} r{insn.src}"
