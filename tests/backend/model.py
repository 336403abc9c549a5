"""eBPF in plain Python, straight from RFC 9669: what lifted code is compared with."""

from __future__ import annotations

from collections.abc import Sequence

from utrace.backend.insn import (
    FETCH,
    LDDW,
    SOURCE_REGISTER,
    Alu,
    Atomic,
    Class,
    Jump,
    Mode,
    access_bytes,
    mode,
    opcode_class,
    operation,
)
from utrace.backend.spec import Insn

M64 = (1 << 64) - 1


def signed(value: int, bits: int) -> int:
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> bits - 1 else value


class Model:
    """Registers, and a stack whose top is at address 1 << 20."""

    TOP = 1 << 20

    def __init__(self) -> None:
        self.r = [0] * 10 + [self.TOP]
        self.stack = bytearray(512)

    def run(self, insns: Sequence[Insn]) -> list[int]:
        by_slot = {insn.slot: insn for insn in insns}
        slot = 0
        for _ in range(100_000):
            insn = by_slot[slot]
            if insn.opcode == Class.JMP | Jump.EXIT:
                return self.r
            slot = self.step(insn)
        raise AssertionError("no end")

    def step(self, insn: Insn) -> int:
        kind = opcode_class(insn.opcode)
        if kind in (Class.ALU, Class.ALU64):
            self.alu(insn, 64 if kind == Class.ALU64 else 32)
        elif kind in (Class.JMP, Class.JMP32):
            return insn.slot + 1 + self.jump(insn, 64 if kind == Class.JMP else 32)
        elif insn.opcode == LDDW:
            self.r[insn.dst] = insn.imm
        elif kind == Class.LDX:
            size = access_bytes(insn.opcode)
            value = self.load(self.r[insn.src] + insn.off, size)
            self.r[insn.dst] = signed(value, 8 * size) & M64 if mode(insn.opcode) == Mode.MEMSX else value
        elif kind == Class.STX and mode(insn.opcode) == Mode.ATOMIC:
            self.atomic(insn)
        else:
            value = self.r[insn.src] if kind == Class.STX else insn.imm
            self.store(self.r[insn.dst] + insn.off, access_bytes(insn.opcode), value)
        return insn.slot + insn.slots

    def load(self, address: int, size: int) -> int:
        at = address - self.TOP + 512
        return int.from_bytes(self.stack[at : at + size], "little")

    def store(self, address: int, size: int, value: int) -> None:
        at = address - self.TOP + 512
        self.stack[at : at + size] = (value & (1 << 8 * size) - 1).to_bytes(size, "little")

    def alu(self, insn: Insn, bits: int) -> None:  # noqa: C901
        mask = (1 << bits) - 1
        kind = operation(insn.opcode)
        a = self.r[insn.dst] & mask
        b = (self.r[insn.src] if insn.opcode & SOURCE_REGISTER else insn.imm) & mask
        shift = b & bits - 1
        sa, sb = signed(a, bits), signed(b, bits)
        if kind == Alu.ADD:
            result = a + b
        elif kind == Alu.SUB:
            result = a - b
        elif kind == Alu.MUL:
            result = a * b
        elif kind == Alu.DIV and insn.off:
            result = 0 if not b else abs(sa) // abs(sb) * (1 if (sa < 0) == (sb < 0) else -1)
        elif kind == Alu.DIV:
            result = a // b if b else 0
        elif kind == Alu.MOD and insn.off:
            result = a if not b else abs(sa) % abs(sb) * (-1 if sa < 0 else 1)
        elif kind == Alu.MOD:
            result = a % b if b else a
        elif kind == Alu.OR:
            result = a | b
        elif kind == Alu.AND:
            result = a & b
        elif kind == Alu.XOR:
            result = a ^ b
        elif kind == Alu.LSH:
            result = a << shift
        elif kind == Alu.RSH:
            result = a >> shift
        elif kind == Alu.ARSH:
            result = sa >> shift
        elif kind == Alu.NEG:
            result = -a
        elif kind == Alu.MOV:
            result = signed(b, insn.off) if insn.off else b
        else:
            self.r[insn.dst] = self.swap(insn)
            return
        self.r[insn.dst] = result & mask

    def swap(self, insn: Insn) -> int:
        low = self.r[insn.dst] & (1 << insn.imm) - 1
        swaps = opcode_class(insn.opcode) == Class.ALU64 or insn.opcode & SOURCE_REGISTER
        data = low.to_bytes(insn.imm // 8, "big" if swaps else "little")
        return int.from_bytes(data, "little")

    def jump(self, insn: Insn, bits: int) -> int:
        kind = operation(insn.opcode)
        if kind == Jump.JA:
            return insn.off if bits == 64 else insn.imm
        mask = (1 << bits) - 1
        a = self.r[insn.dst] & mask
        b = (self.r[insn.src] if insn.opcode & SOURCE_REGISTER else insn.imm) & mask
        sa, sb = signed(a, bits), signed(b, bits)
        taken = {
            Jump.JEQ: a == b, Jump.JNE: a != b, Jump.JGT: a > b, Jump.JGE: a >= b, Jump.JLT: a < b,
            Jump.JLE: a <= b, Jump.JSET: bool(a & b), Jump.JSGT: sa > sb, Jump.JSGE: sa >= sb,
            Jump.JSLT: sa < sb, Jump.JSLE: sa <= sb,
        }[Jump(kind)]  # fmt: skip
        return insn.off if taken else 0

    def atomic(self, insn: Insn) -> None:
        size = access_bytes(insn.opcode)
        mask = (1 << 8 * size) - 1
        address = self.r[insn.dst] + insn.off
        old, value = self.load(address, size), self.r[insn.src] & mask
        if insn.imm == Atomic.CMPXCHG:
            self.store(address, size, value if old == self.r[0] & mask else old)
            self.r[0] = old
            return
        new = {
            Atomic.ADD: old + value, Atomic.OR: old | value, Atomic.AND: old & value, Atomic.XOR: old ^ value,
            Atomic.XCHG & ~FETCH: value,
        }[insn.imm & ~FETCH]  # fmt: skip
        self.store(address, size, new)
        if insn.imm & FETCH:
            self.r[insn.src] = old
