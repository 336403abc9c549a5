"""The verifier's abstract machine: what registers and stack slots hold at one point of one path."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from utrace.backend import verifier_scalar as scalars
from utrace.backend.insn import FRAME_POINTER, STACK_BYTES
from utrace.backend.spec import Operand, Region
from utrace.backend.verifier_scalar import Scalar

REGISTERS: Final = 11
ZERO: Final = scalars.constant(0)


@dataclass(frozen=True, slots=True)
class Pointer:
    """An address: `offset` bytes from the start of a region (STACK: from the frame pointer of `frame`).

    A `nullable` one may be 0 instead; those of the same `identity` are so together. `is_element` marks the value that
    a loop over a map gives its callback. A FUNCTION's offset is its slot.
    """

    region: Region
    offset: Scalar = ZERO
    map: str | None = None
    frame: int = 0
    nullable: bool = False
    identity: int | None = None
    is_element: bool = False

    def __str__(self) -> str:
        name = {
            Region.CONTEXT: "context",
            Region.STACK: "stack",
            Region.MAP_VALUE: "value",
            Region.MAP: "map",
            Region.MAP_KEY: "key",
            Region.FUNCTION: "function",
        }
        text = name[self.region] + (f" of {self.map}" if self.map else "")
        text += f" {self.offset.wide.smin:+d}" if self.offset.constant is not None else f" + {self.offset}"
        return f"{text} or null" if self.nullable else text


Value = Scalar | Pointer | None
"""None: not written yet, or not the same kind of thing on all paths."""

Cell = tuple[int, Value]
"""What a part of the stack holds: its size in bytes, and the value."""


@dataclass(slots=True)
class Frame:
    """One function's registers and stack; cells are by (negative) offset from its frame pointer."""

    registers: list[Value]
    stack: dict[int, Cell] = field(default_factory=dict)
    return_slot: int | None = None
    is_callback: bool = False
    """Called by a helper: it returns to the helper's call, which may call it again."""

    def copy(self) -> Frame:
        """Give an independent frame of the same content."""
        return Frame(self.registers.copy(), self.stack.copy(), self.return_slot, self.is_callback)


@dataclass(slots=True)
class State:
    """The frames of all active functions, the innermost last."""

    frames: list[Frame]

    @property
    def frame(self) -> Frame:
        """The frame of the function that runs."""
        return self.frames[-1]

    @property
    def depth(self) -> int:
        """How many functions wait for another to return."""
        return len(self.frames) - 1

    @property
    def calls(self) -> tuple[int | None, ...]:
        """Where each active function returns to: tells apart the uses of one function."""
        return tuple(
            ~frame.return_slot if frame.is_callback and frame.return_slot is not None else frame.return_slot
            for frame in self.frames
        )

    def copy(self) -> State:
        """Give an independent state of the same content."""
        return State([frame.copy() for frame in self.frames])

    def transform(self, change: Callable[[Value], Value]) -> None:
        """Replace every value in registers and stack."""
        for frame in self.frames:
            frame.registers[:] = map(change, frame.registers)
            for offset, (size, value) in frame.stack.items():
                changed = change(value)
                if changed is not value:
                    frame.stack[offset] = (size, changed)

    def replace_identity(self, identity: int, change: Callable[[Value], Value]) -> None:
        """Replace every value of that identity."""
        self.transform(
            lambda value: change(value) if value is not None and value.identity == identity else value
        )

    def retire_identity(self, identity: int) -> None:
        """Cut the bond between values made by an earlier pass over the instruction that makes new ones."""
        self.replace_identity(identity, lambda value: replace(value, identity=None) if value else None)


def initial_state(context: Value) -> State:
    """Give the state at a program's entry: r1 points to the context, r10 to the stack."""
    return State([new_frame([context], 0, None)])


def new_frame(
    arguments: list[Value], depth: int, return_slot: int | None, is_callback: bool = False
) -> Frame:
    """Give the frame of a function at its entry."""
    registers: list[Value] = [None, *arguments]
    registers += [None] * (FRAME_POINTER - len(registers))
    return Frame([*registers, Pointer(Region.STACK, frame=depth)], {}, return_slot, is_callback)


def overlapping(stack: dict[int, Cell], start: int, end: int) -> Iterator[int]:
    """Find the cells that share bytes with start … end-1."""
    for offset in range(max(start - 7, -STACK_BYTES), end):
        if offset in stack and offset + stack[offset][0] > start:
            yield offset


def describe(value: Value, depth: int) -> Operand | None:
    """Give the part of a value that is of use to the lifter, for a function at that depth of calls."""
    if isinstance(value, Scalar):
        return Operand(Region.SCALAR, value.constant)
    if value is None:
        return None
    if value.region == Region.STACK and value.frame != depth:
        return Operand(Region.STACK)
    constant = None if value.offset.constant is None else value.offset.wide.smin
    return Operand(value.region, constant, value.map)


def includes(old: State, new: State) -> bool:
    """Whether all that can happen from `new` can happen from `old`, so that it need not be followed again."""
    # The innermost first: it is the one that changes.
    return all(map(_frame_includes, reversed(old.frames), reversed(new.frames)))


def _frame_includes(old: Frame, new: Frame) -> bool:
    if not all(map(value_includes, old.registers, new.registers)):
        return False
    return all(_cell_includes(offset, cell, new.stack) for offset, cell in old.stack.items())


def _cell_includes(offset: int, cell: Cell, stack: dict[int, Cell]) -> bool:
    other = stack.get(offset)
    if other is not None and other[0] == cell[0]:
        return value_includes(cell[1], other[1])
    return False


def value_includes(old: Value, new: Value) -> bool:
    """Whether `old` stands for everything that `new` does."""
    if old is new or old is None:
        return True
    if new is None or (old.identity is not None and old.identity != new.identity):
        return False
    if isinstance(old, Scalar):
        return scalars.includes(old, new) if isinstance(new, Scalar) else old == scalars.UNKNOWN
    if isinstance(new, Scalar) or not _same_target(old, new):
        return False
    return old.nullable >= new.nullable and scalars.includes(old.offset, new.offset)


Join = Callable[[Scalar, Scalar], Scalar]


def join(a: State, b: State, join_scalars: Join) -> State:
    """Keep what is true of both states; numbers are joined by `join_scalars`."""
    return State([_join_frames(x, y, join_scalars) for x, y in zip(a.frames, b.frames, strict=True)])


def _join_frames(a: Frame, b: Frame, join_scalars: Join) -> Frame:
    registers = [_join_values(x, y, join_scalars) for x, y in zip(a.registers, b.registers, strict=True)]
    stack: dict[int, Cell] = {}
    for offset, (size, value) in a.stack.items():
        other = b.stack.get(offset)
        if other is not None and other[0] == size:
            stack[offset] = (size, _join_values(value, other[1], join_scalars))
    return Frame(registers, stack, a.return_slot, a.is_callback)


def _join_values(a: Value, b: Value, join_scalars: Join) -> Value:
    if a is None or b is None:
        return None
    if isinstance(a, Scalar) and isinstance(b, Scalar):
        return join_scalars(a, b)
    if not (isinstance(a, Pointer) and isinstance(b, Pointer) and _same_target(a, b)):
        return scalars.UNKNOWN
    identity = a.identity if a.identity == b.identity else None
    offset = a.offset if a.offset == b.offset else join_scalars(a.offset, b.offset)
    return replace(a, offset=offset, nullable=a.nullable or b.nullable, identity=identity)


def _same_target(a: Pointer, b: Pointer) -> bool:
    return (a.region, a.map, a.frame, a.is_element) == (b.region, b.map, b.frame, b.is_element)
