"""A tiny eBPF assembler for tests, in the notation of `utrace.backend.disassembler` with labels for jumps."""

from __future__ import annotations

import re

from utrace.backend.helpers import BY_NAME
from utrace.backend.insn import (
    FETCH,
    LDDW,
    PSEUDO_CALL,
    PSEUDO_FUNC,
    PSEUDO_MAP_FD,
    PSEUDO_MAP_VALUE,
    SOURCE_REGISTER,
    Alu,
    Atomic,
    Class,
    Jump,
    Mode,
    loaded_function,
)
from utrace.backend.spec import Insn, MapRef, ProgramSpec

SIZES = {8: 0x10, 16: 0x08, 32: 0x00, 64: 0x18}
ALU = {
    "+=": Alu.ADD, "-=": Alu.SUB, "*=": Alu.MUL, "/=": Alu.DIV, "|=": Alu.OR, "&=": Alu.AND, "<<=": Alu.LSH,
    ">>=": Alu.RSH, "%=": Alu.MOD, "^=": Alu.XOR, "=": Alu.MOV, "s>>=": Alu.ARSH, "s/=": Alu.DIV, "s%=": Alu.MOD,
}  # fmt: skip
JUMPS = {
    "==": Jump.JEQ, ">": Jump.JGT, ">=": Jump.JGE, "&": Jump.JSET, "!=": Jump.JNE, "s>": Jump.JSGT,
    "s>=": Jump.JSGE, "<": Jump.JLT, "<=": Jump.JLE, "s<": Jump.JSLT, "s<=": Jump.JSLE,
}  # fmt: skip
ATOMICS = {"+=": Atomic.ADD, "|=": Atomic.OR, "&=": Atomic.AND, "^=": Atomic.XOR}
NUMBER = r"(-?(?:0x[0-9a-f]+|\d+))"
MEMORY = r"\*\(([us])(\d+) \*\)\(r(\d+) ([+-]\d+)\)"


def assemble(text: str, name: str = "test", section: str = "uprobe", license: str = "GPL") -> ProgramSpec:
    """Lines or `;`-separated statements; `label:` and `goto label`, `call label`; `goto +n` and `call pc+n` too."""
    text = re.sub(r"\b([a-z_]\w*):", r"\1:;", text)
    statements = [part.strip() for part in re.split(r"[;\n]", text) if part.strip()]
    labels: dict[str, int] = {}
    slot = 0
    for statement in statements:
        if statement.endswith(":"):
            labels[statement[:-1]] = slot
        else:
            slot += 2 if statement.endswith(" ll") else 1
    insns: list[Insn] = []
    slot = 0
    for statement in statements:
        if not statement.endswith(":"):
            insns.append(_statement(statement, slot, labels))
            slot += insns[-1].slots
    functions = {0: name} | {
        insn.slot + 1 + insn.imm: f"f{insn.slot + 1 + insn.imm}"
        for insn in insns
        if insn.opcode == Class.JMP | Jump.CALL and insn.src == PSEUDO_CALL
    }
    functions |= {start: f"f{start}" for insn in insns if (start := loaded_function(insn)) is not None}
    return ProgramSpec(name, section, tuple(insns), license, functions)


def _statement(text: str, slot: int, labels: dict[str, int]) -> Insn:
    for pattern, build in _FORMS:
        found = re.fullmatch(pattern, text)
        if found:
            opcode, dst, src, off, imm, *ref = build(found, slot, labels)
            return Insn(opcode, dst, src, off, imm, slot, ref[0] if ref else None)
    raise AssertionError(f"cannot assemble {text!r}")


def _distance(target: str, slot: int, labels: dict[str, int]) -> int:
    return labels[target] - slot - 1 if target in labels else int(target.removeprefix("pc"))


def _alu(m, slot, labels):
    width, dst, sign, operand = m.groups()
    is_register = operand[0] in "rw"
    kind = ALU[sign]
    opcode = (Class.ALU64 if width == "r" else Class.ALU) | kind | (SOURCE_REGISTER if is_register else 0)
    off = 1 if sign in ("s/=", "s%=") else 0
    return (
        opcode,
        int(dst),
        int(operand[1:]) if is_register else 0,
        off,
        0 if is_register else int(operand, 0),
    )


def _sign_extend(m, slot, labels):
    width, dst, bits, src = m.groups()
    opcode = (Class.ALU64 if width == "r" else Class.ALU) | Alu.MOV | SOURCE_REGISTER
    return opcode, int(dst), int(src), int(bits), 0


def _negate(m, slot, labels):
    return (Class.ALU64 if m[1] == "r" else Class.ALU) | Alu.NEG, int(m[2]), 0, 0, 0


def _swap(m, slot, labels):
    kind = {"le": Class.ALU, "be": Class.ALU | SOURCE_REGISTER, "bswap": Class.ALU64}[m[2]]
    return kind | Alu.END, int(m[1]), 0, 0, int(m[3])


def _wide(m, slot, labels):
    return LDDW, int(m[1]), 0, 0, int(m[2], 0) & (1 << 64) - 1


def _map(m, slot, labels):
    return LDDW, int(m[1]), PSEUDO_MAP_FD, 0, 0, MapRef(m[2])


def _function(m, slot, labels):
    return LDDW, int(m[1]), PSEUDO_FUNC, 0, _distance(m[2], slot, labels) & 0xFFFFFFFF


def _map_value(m, slot, labels):
    return LDDW, int(m[1]), PSEUDO_MAP_VALUE, 0, 0, MapRef(m[2], int(m[3]), is_value=True)


def _load(m, slot, labels):
    mode = Mode.MEM if m[2] == "u" else Mode.MEMSX
    return Class.LDX | mode | SIZES[int(m[3])], int(m[1]), int(m[4]), int(m[5]), 0


def _store(m, slot, labels):
    value = m[5]
    if value[0] == "r":
        return Class.STX | Mode.MEM | SIZES[int(m[2])], int(m[3]), int(value[1:]), int(m[4]), 0
    return Class.ST | Mode.MEM | SIZES[int(m[2])], int(m[3]), 0, int(m[4]), int(value, 0)


def _atomic(kind, bits, dst, off, src):
    return Class.STX | Mode.ATOMIC | SIZES[int(bits)], int(dst), int(src), int(off), int(kind)


def _jump(m, slot, labels):
    width, dst, sign, operand, target = m.groups()
    is_register = operand[0] in "rw"
    opcode = (
        (Class.JMP if width == "r" else Class.JMP32) | JUMPS[sign] | (SOURCE_REGISTER if is_register else 0)
    )
    src, imm = (int(operand[1:]), 0) if is_register else (0, int(operand, 0))
    return opcode, int(dst), src, _distance(target, slot, labels), imm


def _call(m, slot, labels):
    name = m[1]
    if name in BY_NAME:
        return Class.JMP | Jump.CALL, 0, 0, 0, BY_NAME[name].number
    if name.isdigit():
        return Class.JMP | Jump.CALL, 0, 0, 0, int(name)
    return Class.JMP | Jump.CALL, 0, PSEUDO_CALL, 0, _distance(name, slot, labels)


_FORMS = [
    (r"([rw])(\d+) = -\1\2", _negate),
    (r"r(\d+) = (le|be|bswap)(\d+) r\1", _swap),
    (rf"r(\d+) = {NUMBER} ll", _wide),
    (r"r(\d+) = map\[([\w.]+)\] ll", _map),
    (r"r(\d+) = func\[([\w+-]+)\] ll", _function),
    (r"r(\d+) = map_value\[([\w.]+)\]\[0\]\+(\d+) ll", _map_value),
    (r"([rw])(\d+) = \(s(\d+)\)[rw](\d+)", _sign_extend),
    (
        rf"([rw])(\d+) (s?[-+*/|&<>%^]*=) ([rw]\d+|{NUMBER})",
        lambda m, s, names: _alu(_Groups(m, 1, 2, 3, 4), s, names),
    ),
    (rf"r(\d+) = {MEMORY}", _load),
    (rf"{MEMORY} = (r\d+|{NUMBER})", _store),
    (rf"lock {MEMORY} (\S+) r(\d+)", lambda m, s, names: _atomic(ATOMICS[m[5]], m[2], m[3], m[4], m[6])),
    (
        rf"r(\d+) = atomic_fetch_(\w+)\({MEMORY}, r\1\)",
        lambda m, s, names: _atomic(Atomic[m[2].upper()] | FETCH, m[4], m[5], m[6], m[1]),
    ),
    (
        rf"r(\d+) = atomic_xchg\({MEMORY}, r\1\)",
        lambda m, s, names: _atomic(Atomic.XCHG, m[3], m[4], m[5], m[1]),
    ),
    (
        rf"r0 = atomic_cmpxchg\({MEMORY}, r0, r(\d+)\)",
        lambda m, s, names: _atomic(Atomic.CMPXCHG, m[2], m[3], m[4], m[5]),
    ),
    (r"goto (\S+)", lambda m, s, names: (Class.JMP | Jump.JA, 0, 0, _distance(m[1], s, names), 0)),
    (r"gotol (\S+)", lambda m, s, names: (Class.JMP32 | Jump.JA, 0, 0, 0, _distance(m[1], s, names))),
    (
        rf"if ([rw])(\d+) (\S+) ([rw]\d+|{NUMBER}) goto (\S+)",
        lambda m, s, names: _jump(_Groups(m, 1, 2, 3, 4, 6), s, names),
    ),
    (r"call ([\w.+-]+)(?:#\d+)?", _call),
    (r"call #(\d+)", _call),
    (r"exit", lambda m, s, names: (Class.JMP | Jump.EXIT, 0, 0, 0, 0)),
]


class _Groups:
    """Some groups of a match."""

    def __init__(self, match: re.Match[str], *numbers: int) -> None:
        self._values = match.group(*numbers)

    def groups(self) -> tuple[str, ...]:
        return self._values
