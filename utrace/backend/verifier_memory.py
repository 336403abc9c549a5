"""Loads and stores of the abstract machine: whether they stay inside what they may touch, and what they yield."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from utrace.backend import verifier_scalar as scalars
from utrace.backend.insn import STACK_BYTES, Alu
from utrace.backend.spec import MapSpec, Operand, ProgramSpec, Region
from utrace.backend.verifier_scalar import Scalar
from utrace.backend.verifier_state import Cell, Pointer, State, Value, overlapping
from utrace.lazy_dataclass import dataclass


class RefusedError(Exception):
    """The instruction at hand breaks a rule; the text says which."""


@dataclass
class Findings:
    """What the verifier learns while it follows all paths, for the lifter; see `VerifiedProgram`."""

    operands: dict[int, dict[int, Operand | None]] = field(default_factory=dict)
    keys: dict[int, int | None] = field(default_factory=dict)
    reachable: set[int] = field(default_factory=set)
    followers: dict[int, set[int]] = field(default_factory=dict)
    reads_unwritten_stack: bool = False
    writes_elements: bool = False


@dataclass(frozen=True)
class Environment:
    """What surrounds the abstract machine: the program, its maps, the size of its context in bytes."""

    program: ProgramSpec
    maps: Mapping[str, MapSpec]
    context_bytes: int
    findings: Findings


def load(env: Environment, state: State, base: Value, off: int, size: int) -> Value:
    """Read `size` bytes, zero-extended; RefusedError if any may lie outside.

    What read-only maps hold is not used: the loader may still set it (`ObjectSpec.with_variable`).
    """
    pointer = check_access(env, base, off, size, write=False)
    if pointer.region != Region.STACK:
        return scalars.of_width(8 * size)
    start = pointer.offset.constant
    stack = state.frames[pointer.frame].stack
    if start is None:
        _note_unwritten(env, stack, pointer.offset.wide.smin + off, pointer.offset.wide.smax + off + size)
        return scalars.of_width(8 * size)
    offset = pointer.offset.wide.smin + off
    cell = stack.get(offset)
    if cell is not None and cell[0] == size:
        return cell[1]
    _note_unwritten(env, stack, offset, offset + size)
    return _load_constant_bytes(stack, offset, size) or scalars.of_width(8 * size)


def _load_constant_bytes(stack: dict[int, Cell], offset: int, size: int) -> Scalar | None:
    data = bytearray()
    while len(data) < size:
        at = offset + len(data)
        start = next(overlapping(stack, at, at + 1), None)
        value = None if start is None else stack[start][1]
        if start is None or not isinstance(value, Scalar) or value.constant is None:
            return None
        data += value.constant.to_bytes(8, "little")[at - start : stack[start][0]]
    return scalars.constant(int.from_bytes(data[:size], "little"))


def store(env: Environment, state: State, base: Value, off: int, size: int, value: Value) -> None:
    """Write the low `size` bytes of `value`; RefusedError if any may lie outside."""
    pointer = check_access(env, base, off, size, write=True)
    if pointer.region != Region.STACK:
        return
    stack = state.frames[pointer.frame].stack
    start = pointer.offset.wide.smin + off
    if pointer.offset.constant is None:
        _blur(stack, start, pointer.offset.wide.smax + off + size)
        return
    _cut(stack, start, start + size)
    stack[start] = (size, truncate(value, size))


def truncate(value: Value, size: int) -> Value:
    """Give the low `size` bytes of a value, zero-extended."""
    if size == 8 or value is None:
        return value
    if isinstance(value, Pointer):
        return scalars.of_width(8 * size)
    return scalars.operate(Alu.AND, value, scalars.constant((1 << 8 * size) - 1), 64)


def read_bytes(env: Environment, state: State, base: Value, length: int) -> None:
    """Check that a helper may read `length` bytes."""
    pointer = check_access(env, base, 0, length, write=False)
    if pointer.region == Region.STACK:
        low, high = pointer.offset.wide.smin, pointer.offset.wide.smax + length
        _note_unwritten(env, state.frames[pointer.frame].stack, low, high)


def write_bytes(env: Environment, state: State, base: Value, length: Scalar) -> None:
    """Let a helper overwrite up to `length` bytes."""
    most = length.wide.umax
    pointer = check_access(env, base, 0, most, write=True)
    if pointer.region != Region.STACK:
        return
    stack = state.frames[pointer.frame].stack
    start = pointer.offset.wide.smin
    if pointer.offset.constant is None or length.constant is None:
        _blur(stack, start, pointer.offset.wide.smax + most)
        return
    _cut(stack, start, start + most)
    _fill(stack, start, start + most)


def check_access(env: Environment, base: Value, off: int, size: int, write: bool) -> Pointer:
    """Make sure that `base` + `off` … + `size` lies inside memory the program may access."""
    if not isinstance(base, Pointer):
        raise RefusedError("memory access through a number" if base else "memory access through nothing")
    if base.nullable:
        raise RefusedError(f"{base}: may be null, compare it with 0 first")
    if base.region == Region.MAP:
        raise RefusedError(f"{base}: a map is accessed through helpers only")
    if base.region == Region.FUNCTION:
        raise RefusedError(f"{base}: a function is no memory")
    low, high = base.offset.wide.smin + off, base.offset.wide.smax + off + size
    first, end = _limits(env, base)
    if low < first or high > end:
        raise RefusedError(f"{base}: access of bytes {low}..{high - 1} is outside {first}..{end - 1}")
    if base.region == Region.CONTEXT:
        _check_context(base, off, size, write)
    if write and base.map is not None and env.maps[base.map].is_read_only:
        raise RefusedError(f"{base}: the map is read-only")
    if write and base.region == Region.MAP_KEY:
        raise RefusedError(f"{base}: a key is read-only")
    env.findings.writes_elements |= write and base.is_element
    return base


def check_alignment(base: Pointer, off: int, size: int) -> None:
    """Make sure that an atomic operation does not straddle two words."""
    place = scalars.operate(Alu.ADD, base.offset, scalars.constant(off), 64)
    if (place.bits.value | place.bits.mask) & size - 1:
        raise RefusedError(f"{base}: atomic operation of {size} bytes is not aligned")


def _limits(env: Environment, base: Pointer) -> tuple[int, int]:
    if base.region == Region.STACK:
        return -STACK_BYTES, 0
    if base.region == Region.CONTEXT:
        return 0, env.context_bytes
    spec = env.maps[base.map or ""]
    return 0, spec.key_size if base.region == Region.MAP_KEY else spec.value_size


def _check_context(base: Pointer, off: int, size: int, write: bool) -> None:
    if write:
        raise RefusedError("the context is read-only")
    if base.offset.constant is None:
        raise RefusedError(f"{base}: the context is accessed at constant offsets only")
    if (base.offset.constant + off) % size:
        raise RefusedError(f"{base}: access of {size} bytes at {off} is not aligned")


def _note_unwritten(env: Environment, stack: dict[int, Cell], start: int, end: int) -> None:
    while start < end and not env.findings.reads_unwritten_stack:
        offset = next(overlapping(stack, start, start + 1), None)
        if offset is None:
            env.findings.reads_unwritten_stack = True
            return
        start = offset + stack[offset][0]


def _cut(stack: dict[int, Cell], start: int, end: int) -> None:
    """Remove start … end-1; what a cell has outside keeps being written, its value unknown."""
    for offset in list(overlapping(stack, start, end)):
        size, _ = stack.pop(offset)
        _fill(stack, offset, min(offset + size, start))
        _fill(stack, max(offset, end), offset + size)


def _blur(stack: dict[int, Cell], start: int, end: int) -> None:
    """Forget values in start … end-1, any part of which may have been overwritten."""
    for offset in overlapping(stack, start, end):
        size = stack[offset][0]
        stack[offset] = (size, scalars.of_width(8 * size))


def _fill(stack: dict[int, Cell], start: int, end: int) -> None:
    """Add written bytes of unknown value, in aligned cells."""
    while start < end:
        size = next(size for size in (8, 4, 2, 1) if start % size == 0 and start + size <= end)
        stack[start] = (size, scalars.of_width(8 * size))
        start += size
