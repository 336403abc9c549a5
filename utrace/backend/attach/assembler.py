"""A small x86-64 assembler for stubs: one instruction a call, placed one behind the other at a known address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iced_x86 import BlockEncoder, Code, Encoder, Instruction, MemoryOperand, Register

if TYPE_CHECKING:
    from iced_x86._iced_x86_py import Register as Reg


class Assembler:
    """Encodes instructions at increasing addresses, beginning at `address`."""

    def __init__(self, address: int) -> None:
        self.start = address
        self._code = bytearray()
        self._encoder = Encoder(64)

    @property
    def here(self) -> int:
        """The address of the next instruction."""
        return self.start + len(self._code)

    @property
    def code(self) -> bytes:
        """Everything encoded so far."""
        return bytes(self._code)

    def align(self, size: int) -> None:
        """Fills with `int3` up to a multiple of `size`."""
        self._code += b"\xcc" * (-self.here % size)

    def data(self, content: bytes) -> int:
        """Places bytes; their address."""
        address = self.here
        self._code += content
        return address

    def emit(self, instruction: Instruction) -> None:
        """Encodes one instruction whose branch targets and addresses are absolute."""
        self._encoder.encode(instruction, self.here)
        self._code += self._encoder.take_buffer()

    def relocated(self, instruction: Instruction) -> None:
        """Re-encodes a decoded instruction here, short branches widened. Raises ValueError when out of reach."""
        block = BlockEncoder(64)
        block.add(instruction)
        self._code += block.encode(self.here)

    def push(self, register: Reg) -> None:
        """`push register`."""
        self.emit(Instruction.create_reg(Code.PUSH_R64, register))

    def pop(self, register: Reg) -> None:
        """`pop register`."""
        self.emit(Instruction.create_reg(Code.POP_R64, register))

    def push_at(self, address: int) -> None:
        """`push qword ptr [rip + …]`."""
        self.emit(Instruction.create_mem(Code.PUSH_RM64, _at(address)))

    def push_flags(self) -> None:
        """`pushfq`."""
        self.emit(Instruction.create(Code.PUSHFQ))

    def pop_flags(self) -> None:
        """`popfq`."""
        self.emit(Instruction.create(Code.POPFQ))

    def move_stack(self, size: int) -> None:
        """Adds `size` to rsp without touching a flag."""
        self.emit(Instruction.create_reg_mem(Code.LEA_R64_M, Register.RSP, _stack(size)))

    def load(self, register: Reg, offset: int) -> None:
        """`mov register, [rsp + offset]`."""
        self.emit(Instruction.create_reg_mem(Code.MOV_R64_RM64, register, _stack(offset)))

    def store(self, offset: int, register: Reg) -> None:
        """`mov [rsp + offset], register`."""
        self.emit(Instruction.create_mem_reg(Code.MOV_RM64_R64, _stack(offset), register))

    def store_number(self, offset: int, value: int) -> None:
        """`mov qword ptr [rsp + offset], value`, a sign-extended 32-bit number."""
        self.emit(Instruction.create_mem_i32(Code.MOV_RM64_IMM32, _stack(offset), value))

    def stack_address(self, register: Reg, offset: int) -> None:
        """`lea register, [rsp + offset]`."""
        self.emit(Instruction.create_reg_mem(Code.LEA_R64_M, register, _stack(offset)))

    def address(self, register: Reg, target: int) -> None:
        """`lea register, [rip + …]`."""
        self.emit(Instruction.create_reg_mem(Code.LEA_R64_M, register, _at(target)))

    def copy(self, to: Reg, source: Reg) -> None:
        """`mov to, source`."""
        self.emit(Instruction.create_reg_reg(Code.MOV_R64_RM64, to, source))

    def number(self, register: Reg, value: int) -> None:
        """`movabs register, value`."""
        self.emit(Instruction.create_reg_u64(Code.MOV_R64_IMM64, register, value))

    def test(self, register: Reg) -> None:
        """`test register, register`."""
        self.emit(Instruction.create_reg_reg(Code.TEST_RM64_R64, register, register))

    def call(self, target: int) -> None:
        """`call target`."""
        self.emit(Instruction.create_branch(Code.CALL_REL32_64, target))

    def call_at(self, address: int) -> None:
        """`call qword ptr [rip + …]`."""
        self.emit(Instruction.create_mem(Code.CALL_RM64, _at(address)))

    def jump(self, target: int) -> None:
        """`jmp target`, always 5 bytes."""
        self.emit(Instruction.create_branch(Code.JMP_REL32_64, target))

    def short_jump(self, target: int) -> None:
        """`jmp target`, always 2 bytes. Raises ValueError when out of reach."""
        self.emit(Instruction.create_branch(Code.JMP_REL8_64, target))

    def jump_if_zero(self, target: int) -> None:
        """`je target`."""
        self.emit(Instruction.create_branch(Code.JE_REL32_64, target))

    def jump_at(self, address: int) -> None:
        """`jmp qword ptr [rip + …]`."""
        self.emit(Instruction.create_mem(Code.JMP_RM64, _at(address)))

    def jump_stack(self, offset: int) -> None:
        """`jmp qword ptr [rsp + offset]`."""
        self.emit(Instruction.create_mem(Code.JMP_RM64, _stack(offset)))

    def ret(self) -> None:
        """`ret`."""
        self.emit(Instruction.create(Code.RETNQ))


def _stack(offset: int) -> MemoryOperand:
    return MemoryOperand(
        Register.RSP, displ=offset, displ_size=0 if offset == 0 else 1 if -128 <= offset < 128 else 8
    )


def _at(address: int) -> MemoryOperand:
    return MemoryOperand(Register.RIP, displ=address, displ_size=8)
