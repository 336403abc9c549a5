"""eBPF loads, stores and atomic operations as LLVM IR.

An atomic operation on a per-CPU value, which belongs to one thread here, becomes one instruction without lock
prefix: exact also when a signal handler runs the same program in between, and 4 ns cheaper.
"""

from __future__ import annotations

from typing import Final

from utrace.backend.insn import (
    FETCH,
    STACK_BYTES,
    Atomic,
    Class,
    Mode,
    access_bytes,
    mode,
    opcode_class,
)
from utrace.backend.lift_body import PLAIN_TYPES, Body, map_symbol, value_symbol
from utrace.backend.spec import Insn, MapRef, Operand, Region
from utrace.backend.verifier_structure import successors

_OPERATIONS: Final = {Atomic.ADD: "add", Atomic.OR: "or", Atomic.AND: "and", Atomic.XOR: "xor"}
_SUFFIXES: Final = {4: "l", 8: "q"}


def address(body: Body, insn: Insn, register: int, off: int) -> str:
    """Give a register + offset as a `ptr`, by the verifier's knowledge where that shows LLVM more."""
    known = known_address(body, body.operand(insn, register), off)
    if known is not None:
        return known
    number = body.read(register)
    if off:
        number = body.value(f"add i64 {number}, {off}")
    return body.value(f"inttoptr i64 {number} to ptr")


def known_address(body: Body, operand: Operand | None, off: int) -> str | None:
    """Give the place in the stack or a read-only map that an operand points to, None if it is another."""
    if operand is None or operand.offset is None:
        return None
    if operand.region == Region.STACK:
        return body.value(f"getelementptr inbounds i8, ptr %stack, i64 {STACK_BYTES + operand.offset + off}")
    if operand.region == Region.MAP_VALUE and operand.map and body.around.maps[operand.map].is_read_only:
        return body.value(
            f"getelementptr inbounds i8, ptr {value_symbol(operand.map)}, i64 {operand.offset + off}"
        )
    return None


def reference(body: Body, ref: MapRef) -> str:
    """Give the address that a relocated 64-bit load yields, as an i64 constant."""
    if not ref.is_value:
        return f"ptrtoint (ptr {map_symbol(ref.map)} to i64)"
    if body.around.maps[ref.map].is_read_only:
        return f"ptrtoint (ptr getelementptr (i8, ptr {value_symbol(ref.map)}, i64 {ref.offset}) to i64)"
    place = body.around.shared_offsets[ref.map] + ref.offset
    return f"ptrtoint (ptr getelementptr (i8, ptr @rt_shm, i64 {place}) to i64)"


def lift_load(body: Body, insn: Insn) -> None:
    """Lift an LDX instruction."""
    size = access_bytes(insn.opcode)
    bits = 8 * size
    operand = body.operand(insn, insn.src)
    if operand and operand.region == Region.CONTEXT and body.context is not None:
        value = _context_value(body, operand, insn, bits)
    else:
        value = body.value(
            f"load {PLAIN_TYPES[size]}, ptr {address(body, insn, insn.src, insn.off)}, align 1"
        )
    if mode(insn.opcode) == Mode.MEMSX:
        value, bits = body.value(f"sext i{bits} {value} to i64"), 64
    body.write(insn.dst, value, bits)


def _context_value(body: Body, operand: Operand, insn: Insn, bits: int) -> str:
    assert body.context is not None and operand.offset is not None
    offset = operand.offset + insn.off
    value = body.context[offset & ~7]
    if bits == 64:
        return value
    shifted = body.value(f"lshr i64 {value}, {8 * (offset & 7)}")
    return body.value(f"trunc i64 {shifted} to i{bits}")


def lift_store(body: Body, insn: Insn) -> None:
    """Lift an ST or STX instruction that is not atomic."""
    size = access_bytes(insn.opcode)
    is_register = opcode_class(insn.opcode) == Class.STX
    value = body.read(insn.src, 8 * size) if is_register else str(_immediate(insn.imm, 8 * size))
    body.emit(f"store {PLAIN_TYPES[size]} {value}, ptr {address(body, insn, insn.dst, insn.off)}, align 1")


def _immediate(number: int, bits: int) -> int:
    half = 1 << bits - 1
    return (number + half) % (2 * half) - half


def lift_atomic(body: Body, insn: Insn) -> None:
    """Lift an atomic operation."""
    size = access_bytes(insn.opcode)
    bits = 8 * size
    place, value = address(body, insn, insn.dst, insn.off), body.read(insn.src, bits)
    is_local = _is_thread_local(body, insn) and body.around.architecture == "x86_64"
    if insn.imm == Atomic.CMPXCHG:
        expected = body.read(0, bits)
        pair = body.value(
            f"cmpxchg ptr {place}, i{bits} {expected}, i{bits} {value} seq_cst seq_cst, align {size}"
        )
        body.write(0, body.value(f"extractvalue {{ i{bits}, i1 }} {pair}, 0"), bits)
    elif insn.imm == Atomic.XCHG:
        body.write(
            insn.src, body.value(f"atomicrmw xchg ptr {place}, i{bits} {value} seq_cst, align {size}"), bits
        )
    elif is_local and not _result_is_used(body, insn):
        _add_locally(body, insn, place, value, size)
    elif is_local and insn.imm == Atomic.ADD | FETCH:
        body.write(insn.src, _exchange_add_locally(body, place, value, size), bits)
    else:
        _atomic_operation(body, insn, place, value, size)


def _atomic_operation(body: Body, insn: Insn, place: str, value: str, size: int) -> None:
    kind = _OPERATIONS[Atomic(insn.imm & ~FETCH)]
    order = "seq_cst" if insn.imm & FETCH else "monotonic"
    old = body.value(f"atomicrmw {kind} ptr {place}, i{8 * size} {value} {order}, align {size}")
    if insn.imm & FETCH:
        body.write(insn.src, old, 8 * size)


def _is_thread_local(body: Body, insn: Insn) -> bool:
    operand = body.operand(insn, insn.dst)
    return bool(operand and operand.map and body.around.maps[operand.map].type.is_per_cpu)


def _result_is_used(body: Body, insn: Insn) -> bool:
    if not insn.imm & FETCH:
        return False
    return any(body.live.get(slot, 0) >> insn.src & 1 for slot in successors(insn))


def _add_locally(body: Body, insn: Insn, place: str, value: str, size: int) -> None:
    plain = f"i{8 * size}"
    memory = f"ptr elementtype({plain}) {place}"
    name = _OPERATIONS[Atomic(insn.imm & ~FETCH)]
    body.emit(
        f'call void asm sideeffect "{name}{_SUFFIXES[size]} $1, $0", "=*m,er,*m,~{{flags}}"'
        f"({memory}, {plain} {value}, {memory})"
    )


def _exchange_add_locally(body: Body, place: str, value: str, size: int) -> str:
    plain = f"i{8 * size}"
    memory = f"ptr elementtype({plain}) {place}"
    return body.value(
        f'call {plain} asm sideeffect "xadd{_SUFFIXES[size]} $0, $1", "=r,=*m,0,*m,~{{flags}}"'
        f"({memory}, {plain} {value}, {memory})"
    )
