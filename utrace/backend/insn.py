"""The eBPF instruction set: opcode fields, decoding and encoding.

Source: RFC 9669 (BPF Instruction Set Architecture) and the kernel's `include/uapi/linux/bpf.h`.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from enum import IntEnum
from typing import Final

from utrace.backend.spec import Insn
from utrace.errors import UtraceError

SLOT_BYTES: Final = 8
LDDW: Final = 0x18
STACK_BYTES: Final = 512
FRAME_POINTER: Final = 10

_FORMAT: Final = struct.Struct("<BBhi")


class ObjectError(UtraceError):
    """A BPF object or its code is malformed, or uses something that utrace does not handle."""

    exit_code = 2


class Class(IntEnum):
    """Low three bits of an opcode."""

    LD = 0
    LDX = 1
    ST = 2
    STX = 3
    ALU = 4
    JMP = 5
    JMP32 = 6
    ALU64 = 7


class Alu(IntEnum):
    """High four bits of an ALU or ALU64 opcode."""

    ADD = 0x00
    SUB = 0x10
    MUL = 0x20
    DIV = 0x30
    OR = 0x40
    AND = 0x50
    LSH = 0x60
    RSH = 0x70
    NEG = 0x80
    MOD = 0x90
    XOR = 0xA0
    MOV = 0xB0
    ARSH = 0xC0
    END = 0xD0


class Jump(IntEnum):
    """High four bits of a JMP or JMP32 opcode."""

    JA = 0x00
    JEQ = 0x10
    JGT = 0x20
    JGE = 0x30
    JSET = 0x40
    JNE = 0x50
    JSGT = 0x60
    JSGE = 0x70
    CALL = 0x80
    EXIT = 0x90
    JLT = 0xA0
    JLE = 0xB0
    JSLT = 0xC0
    JSLE = 0xD0


class Mode(IntEnum):
    """High three bits of a load or store opcode."""

    IMM = 0x00
    ABS = 0x20
    IND = 0x40
    MEM = 0x60
    MEMSX = 0x80
    ATOMIC = 0xC0


class Atomic(IntEnum):
    """`imm` of an ATOMIC store; ADD, OR, AND and XOR may have FETCH added."""

    ADD = 0x00
    OR = 0x40
    AND = 0x50
    XOR = 0xA0
    XCHG = 0xE1
    CMPXCHG = 0xF1


FETCH: Final = 0x01
"""Flag in the `imm` of an ATOMIC store: the old value goes to the source register."""

SOURCE_REGISTER: Final = 0x08
"""Flag in ALU and jump opcodes: the second operand is `src`, not `imm`. Selects big endian in Alu.END."""

PSEUDO_MAP_FD: Final = 1
PSEUDO_MAP_VALUE: Final = 2
PSEUDO_FUNC: Final = 4
PSEUDO_CALL: Final = 1

_SIZES: Final = {0x00: 4, 0x08: 2, 0x10: 1, 0x18: 8}
_CLASSES: Final = tuple(Class)
_EXIT: Final = Class.JMP | Jump.EXIT
_CALL: Final = Class.JMP | Jump.CALL
_LONG_JUMP: Final = Class.JMP32 | Jump.JA
_JUMPS: Final = frozenset(
    kind | code
    for kind in (Class.JMP, Class.JMP32)
    for code in range(0, 0x100, 8)
    if code & 0xF0 not in (Jump.CALL, Jump.EXIT)
)
_CONDITIONAL: Final = frozenset(opcode for opcode in _JUMPS if opcode & 0xF0 != Jump.JA)


def opcode_class(opcode: int) -> Class:
    """Extract the instruction class."""
    return _CLASSES[opcode & 0x07]


def operation(opcode: int) -> int:
    """Extract the `Alu` or `Jump` operation, as a plain number: 0xe0 and 0xf0 name none."""
    return opcode & 0xF0


def mode(opcode: int) -> int:
    """Extract the `Mode` of a load or store, as a plain number: 0xa0 and 0xe0 name none."""
    return opcode & 0xE0


def access_bytes(opcode: int) -> int:
    """Extract the width of a load or store."""
    return _SIZES[opcode & 0x18]


def is_conditional(insn: Insn) -> bool:
    """Whether it is a jump that may also fall through."""
    return insn.opcode in _CONDITIONAL


def is_exit(insn: Insn) -> bool:
    """Whether it returns from the function."""
    return insn.opcode == _EXIT


def is_function_call(insn: Insn) -> bool:
    """Whether it calls a function of the same program, not a helper."""
    return insn.opcode == _CALL and insn.src == PSEUDO_CALL


def is_helper_call(insn: Insn) -> bool:
    """Whether it calls a helper."""
    return insn.opcode == _CALL and insn.src == 0


def loaded_function(insn: Insn) -> int | None:
    """Compute the slot of the function whose address a 64-bit load loads, None for other instructions."""
    if insn.opcode != LDDW or insn.src != PSEUDO_FUNC:
        return None
    return insn.slot + 1 + (insn.imm & 0xFFFFFFFF ^ 1 << 31) - (1 << 31)


def jump_target(insn: Insn) -> int | None:
    """Compute the slot that a jump leads to, None for other instructions. May be out of range."""
    if insn.opcode not in _JUMPS:
        return None
    return insn.slot + 1 + (insn.imm if insn.opcode == _LONG_JUMP else insn.off)


def decode(code: bytes) -> tuple[Insn, ...]:
    """Decode little-endian machine code; ObjectError where it ends inside an instruction."""
    if len(code) % SLOT_BYTES:
        raise ObjectError(f"BPF code of {len(code)} bytes is no whole number of instructions")
    insns: list[Insn] = []
    slots = _FORMAT.iter_unpack(code)
    for slot, (opcode, registers, off, imm) in enumerate(slots):
        if insns and slot < insns[-1].slot + insns[-1].slots:
            _check_second_half(slot, opcode, registers, off)
            continue
        if opcode == LDDW:
            imm = _wide_immediate(code, slot, imm)
        insns.append(Insn(opcode, registers & 0x0F, registers >> 4, off, imm, slot))
    return tuple(insns)


def _wide_immediate(code: bytes, slot: int, low: int) -> int:
    end = (slot + 2) * SLOT_BYTES
    if end > len(code):
        raise ObjectError(f"instruction {slot}: second half of the 64-bit load is missing")
    high = int.from_bytes(code[end - 4 : end], "little")
    return high << 32 | low & 0xFFFFFFFF


def _check_second_half(slot: int, opcode: int, registers: int, off: int) -> None:
    if opcode or registers or off:
        raise ObjectError(f"instruction {slot - 1}: malformed second half of the 64-bit load")


def encode(insns: Iterable[Insn]) -> bytes:
    """Give the machine code of `insns`: the inverse of `decode`, `ref` left out."""
    return b"".join(map(_encode_one, insns))


def _encode_one(insn: Insn) -> bytes:
    registers = insn.src << 4 | insn.dst
    low = insn.imm & 0xFFFFFFFF
    signed = low - (1 << 32) if low >> 31 else low
    first = _FORMAT.pack(insn.opcode, registers, insn.off, signed)
    if insn.opcode != LDDW:
        return first
    return first + struct.pack("<II", 0, insn.imm >> 32 & 0xFFFFFFFF)
