"""LLVM IR as text, one function at a time: fresh names, eBPF registers, and the function's surroundings.

Text, because parsing it takes LLVM less time than llvmlite's builder takes Python, and nothing of LLVM is loaded
until the module is complete. Source of the notation: the LLVM Language Reference Manual.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from utrace.backend.spec import Insn, MapSpec, Operand, VerifiedProgram
from utrace.lazy_dataclass import dataclass

PLAIN_TYPES = {1: "i8", 2: "i16", 4: "i32", 8: "i64"}
"""Integer type by bytes."""


@dataclass(frozen=True)
class Signature:
    """A runtime function's types, as LLVM writes them (`ptr`, `i64`)."""

    result: str
    parameters: tuple[str, ...]


@dataclass(frozen=True)
class Surroundings:
    """What all functions of a module share: the maps, the runtime's helpers, the processor (`x86_64`, …).

    `shared_offsets` are where in the shared memory the values of the writable internal maps lie, in bytes.
    """

    maps: Mapping[str, MapSpec]
    helpers: Mapping[str, Signature]
    shared_offsets: Mapping[str, int]
    architecture: str = "x86_64"


@dataclass
class Body:
    """A function that is being written. `context` maps context offsets to values, None where it is a frame."""

    program: VerifiedProgram
    around: Surroundings
    live: Mapping[int, int]
    context: Mapping[int, str] | None = None
    outlined: dict[str, str] | None = None
    """Functions that call helpers, by name, of a program that calls too many to have their code at each call."""
    has_loops: bool = False
    """Whether the program counts the rounds of its loops."""
    has_temporary: bool = False
    """Whether the program uses memory of which every depth of nested hits has its own."""
    lines: list[str] = field(default_factory=list)
    _names: int = 0

    def emit(self, text: str) -> None:
        """Add an instruction that gives no value."""
        self.lines.append(f"  {text}")

    def value(self, text: str) -> str:
        """Add an instruction; gives the name of its value."""
        self._names += 1
        name = f"%v{self._names}"
        self.lines.append(f"  {name} = {text}")
        return name

    def label(self, name: str) -> None:
        """Start a basic block."""
        self.lines.append(f"{name}:")

    def read(self, register: int, bits: int = 64) -> str:
        """Load an eBPF register, or its low bits."""
        value = self.value(f"load i64, ptr %r{register}")
        return value if bits == 64 else self.value(f"trunc i64 {value} to i{bits}")

    def write(self, register: int, value: str, bits: int = 64) -> None:
        """Store into an eBPF register, zero-extended."""
        if bits != 64:
            value = self.value(f"zext i{bits} {value} to i64")
        self.emit(f"store i64 {value}, ptr %r{register}")

    def operand(self, insn: Insn, register: int) -> Operand | None:
        """What the verifier knows of a register before the instruction."""
        return self.program.operands.get(insn.slot, {}).get(register)


def symbol(name: str) -> str:
    """Quote a global's name."""
    return f'@"{name}"'


def map_symbol(name: str) -> str:
    """Name the constant that describes a map."""
    return symbol(f"map {name}")


def value_symbol(name: str) -> str:
    """Name the constant that holds a read-only map's value."""
    return symbol(f"value {name}")
