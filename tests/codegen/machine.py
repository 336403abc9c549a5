"""An eBPF interpreter, so that what the generated code computes can be tested without kernel or native backend."""

from __future__ import annotations

import struct
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from utrace.backend.helpers import BPF_F_USER_STACK, BPF_NOEXIST, BY_NUMBER
from utrace.backend.insn import (
    FETCH,
    SOURCE_REGISTER,
    Alu,
    Atomic,
    Class,
    Jump,
    Mode,
    access_bytes,
    is_function_call,
    loaded_function,
    mode,
    opcode_class,
    operation,
)
from utrace.backend.spec import Insn, MapSpec, MapType, ObjectSpec, ProgramSpec

MASK = (1 << 64) - 1
MAX_STEPS = 200_000
STACK_BYTES = 512
CONTEXT_BYTES = 168


class Fault(Exception):
    """The program touched memory that is not its own, or did not end."""


def to_big_endian(value: int, bits: int) -> int:
    """What `be16`, `be32` and `be64` leave: LLVM emits no others."""
    return int.from_bytes((value & ((1 << bits) - 1)).to_bytes(bits // 8, "little"), "big")


def signed(value: int, bits: int = 64) -> int:
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value


@dataclass
class Machine:
    """Maps, and the thread that is being traced; `run` executes one program."""

    spec: ObjectSpec
    cpus: int = 2
    cpu: int = 0
    pid: int = 100
    tid: int = 101
    uid: int = 1000
    gid: int = 1001
    comm: bytes = b"test"
    now_ns: int = 5_000
    ring_has_room: bool = True
    cookie: int = 0
    registers: dict[int, int] = field(default_factory=dict)
    stack: tuple[int, ...] = ()
    probed_address: int = 0
    user_memory: dict[int, bytes] = field(default_factory=dict)
    records: list[bytes] = field(default_factory=list)
    before_instruction: Callable[[], None] = lambda: None
    """Called before each instruction: the signals of the thread."""

    def __post_init__(self) -> None:
        self._regions: dict[int, bytearray] = {}
        self._next = 1 << 32
        self._values: defaultdict[str, dict[tuple[bytes, int], int]] = defaultdict(dict)
        self._handles: dict[int, MapSpec] = {}
        self._handle_of: dict[str, int] = {}
        for spec in self.spec.maps.values():
            self._handle_of[spec.name] = handle = self._allocate(bytes(8))
            self._handles[handle] = spec
            for index in range(spec.max_entries if spec.type.is_array else 0):
                self._insert(spec, index.to_bytes(4, "little"), spec.initial or bytes(spec.value_size))

    # ------------------------------------------------------------ for the tests

    def entries(self, name: str) -> dict[bytes, bytes]:
        """The entries of a map that is not per CPU."""
        return {key: bytes(self._regions[at]) for (key, _), at in self._values[name].items()}

    def per_cpu(self, name: str) -> dict[bytes, list[bytes]]:
        """The entries of a per-CPU map, one value for each CPU."""
        result: defaultdict[bytes, list[bytes]] = defaultdict(list)
        for (key, _), at in sorted(self._values[name].items()):
            result[key].append(bytes(self._regions[at]))
        return dict(result)

    def run(self, name: str) -> int:
        program = self.spec.programs[name]
        context = bytearray(CONTEXT_BYTES)
        for offset, value in self.registers.items():
            struct.pack_into("<Q", context, offset, value & MASK)
        registers = [0] * 11
        registers[1] = self._allocate(context)
        registers[10] = self._allocate(bytes([0xEE]) * STACK_BYTES) + STACK_BYTES
        return self._execute(program, 0, registers)

    # ------------------------------------------------------------ memory

    def _allocate(self, data: bytes | bytearray) -> int:
        address = self._next
        self._next += (len(data) + 0x1FFFF) & ~0xFFFF
        self._regions[address] = bytearray(data)
        return address

    def _find(self, address: int, size: int) -> tuple[bytearray, int]:
        for base in (address & ~0xFFFF, (address & ~0xFFFF) - 0x10000):
            data = self._regions.get(base)
            if data is not None and 0 <= address - base <= len(data) - size:
                return data, address - base
        raise Fault(f"access of {size} bytes at {address:#x}")

    def read(self, address: int, size: int) -> bytes:
        data, offset = self._find(address, size)
        return bytes(data[offset : offset + size])

    def write(self, address: int, content: bytes) -> None:
        data, offset = self._find(address, len(content))
        data[offset : offset + len(content)] = content

    # ------------------------------------------------------------ instructions

    def _execute(self, program: ProgramSpec, slot: int, r: list[int]) -> int:
        by_slot = {insn.slot: insn for insn in program.insns}
        for _ in range(MAX_STEPS):
            self.before_instruction()
            insn = by_slot[slot]
            slot += insn.slots
            kind = opcode_class(insn.opcode)
            if kind in (Class.ALU, Class.ALU64):
                self._alu(insn, r, 64 if kind == Class.ALU64 else 32)
            elif kind == Class.LD:
                r[insn.dst] = self._address_of(insn)
            elif kind == Class.LDX:
                size = access_bytes(insn.opcode)
                r[insn.dst] = int.from_bytes(self.read(r[insn.src] + insn.off, size), "little")
            elif kind == Class.ST:
                size = access_bytes(insn.opcode)
                self.write(r[insn.dst] + insn.off, (insn.imm & MASK).to_bytes(8, "little")[:size])
            elif kind == Class.STX:
                self._store(insn, r)
            elif operation(insn.opcode) == Jump.EXIT:
                return r[0]
            elif operation(insn.opcode) == Jump.CALL:
                self._call(program, insn, r)
            elif self._jumps(insn, r, kind):
                slot = insn.slot + 1 + insn.off
        raise Fault("endless loop")

    def _address_of(self, insn: Insn) -> int:
        function = loaded_function(insn)
        if function is not None:
            return function
        if insn.ref is None:
            return insn.imm & MASK
        if not insn.ref.is_value:
            return self._handle_of[insn.ref.map]
        return self._values[insn.ref.map][bytes(4), 0] + insn.ref.offset

    def _alu(self, insn: Insn, r: list[int], bits: int) -> None:
        bits = 64 if operation(insn.opcode) == Alu.END else bits  # of class ALU, but on all of the register
        mask = (1 << bits) - 1
        left = r[insn.dst] & mask
        right = (r[insn.src] if insn.opcode & SOURCE_REGISTER else insn.imm) & mask
        count = right & (bits - 1)
        results = {
            Alu.ADD: lambda: left + right,
            Alu.SUB: lambda: left - right,
            Alu.MUL: lambda: left * right,
            Alu.DIV: lambda: left // right if right else 0,
            Alu.MOD: lambda: left % right if right else left,
            Alu.OR: lambda: left | right,
            Alu.AND: lambda: left & right,
            Alu.XOR: lambda: left ^ right,
            Alu.LSH: lambda: left << count,
            Alu.RSH: lambda: left >> count,
            Alu.ARSH: lambda: signed(left, bits) >> count,
            Alu.NEG: lambda: -left,
            Alu.MOV: lambda: right,
            Alu.END: lambda: to_big_endian(left, insn.imm),
        }
        assert insn.off == 0, "version 4 of the instruction set"
        r[insn.dst] = results[Alu(operation(insn.opcode))]() & mask

    def _jumps(self, insn: Insn, r: list[int], kind: Class) -> bool:
        bits = 64 if kind == Class.JMP else 32
        mask = (1 << bits) - 1
        left = r[insn.dst] & mask
        right = (r[insn.src] if insn.opcode & SOURCE_REGISTER else insn.imm) & mask
        s_left, s_right = signed(left, bits), signed(right, bits)
        return {
            Jump.JA: True,
            Jump.JEQ: left == right,
            Jump.JNE: left != right,
            Jump.JGT: left > right,
            Jump.JGE: left >= right,
            Jump.JLT: left < right,
            Jump.JLE: left <= right,
            Jump.JSET: bool(left & right),
            Jump.JSGT: s_left > s_right,
            Jump.JSGE: s_left >= s_right,
            Jump.JSLT: s_left < s_right,
            Jump.JSLE: s_left <= s_right,
        }[Jump(operation(insn.opcode))]

    def _store(self, insn: Insn, r: list[int]) -> None:
        size = access_bytes(insn.opcode)
        address, value = r[insn.dst] + insn.off, r[insn.src]
        if mode(insn.opcode) == Mode.ATOMIC:
            old = int.from_bytes(self.read(address, size), "little")
            if insn.imm == Atomic.CMPXCHG:
                if old == r[0]:
                    self.write(address, value.to_bytes(8, "little")[:size])
                r[0] = old
                return
            operand = value
            value = {
                Atomic.ADD: old + operand,
                Atomic.OR: old | operand,
                Atomic.AND: old & operand,
                Atomic.XOR: old ^ operand,
            }[Atomic(insn.imm & ~FETCH)]
            if insn.imm & FETCH:
                r[insn.src] = old
        self.write(address, (value & MASK).to_bytes(8, "little")[:size])

    # ------------------------------------------------------------ calls

    def _call(self, program: ProgramSpec, insn: Insn, r: list[int]) -> None:
        if is_function_call(insn):
            inner = [*r[:10], self._allocate(bytes(STACK_BYTES)) + STACK_BYTES]
            r[0] = self._execute(program, insn.slot + 1 + insn.imm, inner)
        else:
            helper = BY_NUMBER[insn.imm]
            self._program = program
            r[0] = getattr(self, f"_{helper.name}")(*r[1 : 1 + len(helper.arguments)]) & MASK
        r[1:6] = [0xDEAD] * 5

    def _call_back(self, slot: int, *arguments: int) -> int:
        """Call a function of the program, as helpers do."""
        registers = [0, *arguments, *[0xDEAD] * (10 - len(arguments) - 1)]
        return self._execute(
            self._program, slot, [*registers, self._allocate(bytes(STACK_BYTES)) + STACK_BYTES]
        )

    def _for_each_map_elem(self, handle: int, callback: int, context: int, flags: int) -> int:
        spec = self._handles[handle]
        keys = list(dict.fromkeys(key for key, _ in self._values[spec.name]))
        rounds = 0
        for key in keys:
            value = self._values[spec.name].get((key, self.cpu if spec.type.is_per_cpu else 0))
            if value is None:
                continue
            rounds += 1
            if self._call_back(callback, handle, self._allocate(key), value, context):
                break
        return rounds

    def _loop(self, rounds: int, callback: int, context: int, flags: int) -> int:
        if rounds & 0xFFFFFFFF > 1 << 23:
            return -7
        for number in range(rounds & 0xFFFFFFFF):
            if self._call_back(callback, number, context):
                return number + 1
        return rounds & 0xFFFFFFFF

    def _insert(self, spec: MapSpec, key: bytes, value: bytes) -> None:
        for cpu in range(self.cpus if spec.type.is_per_cpu else 1):
            content = value if cpu == self.cpu or not spec.type.is_per_cpu else bytes(len(value))
            self._values[spec.name][key, cpu] = self._allocate(content)

    def _map_lookup_elem(self, handle: int, key: int) -> int:
        return self._map_lookup_percpu_elem(
            handle, key, self.cpu if self._handles[handle].type.is_per_cpu else 0
        )

    def _map_lookup_percpu_elem(self, handle: int, key: int, cpu: int) -> int:
        spec = self._handles[handle]
        return self._values[spec.name].get((self.read(key, spec.key_size), cpu), 0)

    def _map_update_elem(self, handle: int, key: int, value: int, flags: int) -> int:
        spec = self._handles[handle]
        name, data = self.read(key, spec.key_size), self.read(value, spec.value_size)
        existing = self._values[spec.name].get((name, self.cpu if spec.type.is_per_cpu else 0))
        if existing is not None:
            if flags == BPF_NOEXIST:
                return -17
            self.write(existing, data)
            return 0
        if len({key for key, _ in self._values[spec.name]}) >= spec.max_entries:
            return -7
        self._insert(spec, name, data)
        return 0

    def _map_delete_elem(self, handle: int, key: int) -> int:
        spec = self._handles[handle]
        name = self.read(key, spec.key_size)
        gone = [self._values[spec.name].pop((name, cpu), None) for cpu in range(self.cpus)]
        return 0 if any(gone) else -2

    def _get_stack(self, context: int, target: int, size: int, flags: int) -> int:
        assert flags == BPF_F_USER_STACK and size % 8 == 0 and context
        if not self.stack:
            return -14 & MASK
        content = b"".join(address.to_bytes(8, "little") for address in self.stack)[:size]
        self.write(target, content.ljust(size, b"\0"))
        return len(content)

    def _get_func_ip(self, context: int) -> int:
        return self.probed_address

    def _get_attach_cookie(self, context: int) -> int:
        return self.cookie

    def _ktime_get_boot_ns(self) -> int:
        return self.now_ns

    def _get_prandom_u32(self) -> int:
        return 4

    def _get_smp_processor_id(self) -> int:
        return self.cpu

    def _get_current_pid_tgid(self) -> int:
        return self.pid << 32 | self.tid

    def _get_current_uid_gid(self) -> int:
        return self.gid << 32 | self.uid

    def _get_current_comm(self, target: int, size: int) -> int:
        self.write(target, self.comm[: size - 1].ljust(size, b"\0"))
        return 0

    def _user(self, address: int) -> bytes | None:
        for base, data in self.user_memory.items():
            if base <= address < base + len(data):
                return data[address - base :]
        return None

    def _probe_read_user(self, target: int, size: int, address: int) -> int:
        data = self._user(address)
        if data is None or len(data) < size:
            self.write(target, bytes(size))
            return -14
        self.write(target, data[:size])
        return 0

    def _probe_read_user_str(self, target: int, size: int, address: int) -> int:
        data = self._user(address)
        if data is None:
            self.write(target, bytes(size))
            return -14
        text = data.split(b"\0")[0][: max(size - 1, 0)] + b"\0"
        self.write(target, text[:size])
        return len(text[:size])

    def _ringbuf_output(self, handle: int, data: int, size: int, flags: int) -> int:
        assert self._handles[handle].type == MapType.RINGBUF
        if not self.ring_has_room:
            return -11
        self.records.append(self.read(data, size))
        return 0
