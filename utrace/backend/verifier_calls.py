"""Calls of the abstract machine: whether the arguments are what the helper wants, and what comes back."""

from __future__ import annotations

from dataclasses import replace

from utrace.backend import verifier_scalar as scalars
from utrace.backend.helpers import BY_NUMBER, Argument, Helper, Result
from utrace.backend.insn import Class, Jump, is_function_call
from utrace.backend.spec import Insn, MapSpec, MapType, Region
from utrace.backend.verifier_memory import Environment, RefusedError, load, read_bytes, write_bytes
from utrace.backend.verifier_scalar import Scalar
from utrace.backend.verifier_state import ZERO, Pointer, State, Value, new_frame

_DEEPEST_CALL = 8
_LARGEST_MEMORY = 1 << 29
_MAP_WRITERS = ("map_update_elem", "map_delete_elem")


def has_callback(insn: Insn) -> bool:
    """Whether the instruction calls a helper that calls a function of the program."""
    helper = (
        None if is_function_call(insn) or insn.opcode != Class.JMP | Jump.CALL else BY_NUMBER.get(insn.imm)
    )
    return helper is not None and Argument.CALLBACK in helper.arguments


def call_helper(env: Environment, state: State, insn: Insn) -> None:
    """Check the arguments in r1 … r5, set r0 and forget the others."""
    helper = BY_NUMBER.get(insn.imm)
    if helper is None:
        raise RefusedError(f"helper {insn.imm} is unknown or not available to a user-space program")
    arguments = state.frame.registers[1 : 1 + len(helper.arguments)]
    for number, value in enumerate(arguments, 1):
        if value is None:
            raise RefusedError(f"r{number}: not initialised, but {helper.name} takes it")
    spec = _called_map(env, helper, arguments)
    for number, kind in enumerate(helper.arguments, 1):
        try:
            _check_argument(env, state, spec, kind, number)
        except RefusedError as refused:
            raise RefusedError(f"{helper.name}: argument r{number}: {refused}") from None
    result = _result(env, state, helper, spec, insn)
    state.frame.registers[:6] = [result, None, None, None, None, None]


def _called_map(env: Environment, helper: Helper, arguments: list[Value]) -> MapSpec | None:
    if not helper.arguments or helper.arguments[0] not in (Argument.MAP, Argument.RING_MAP):
        return None
    value = arguments[0]
    if not isinstance(value, Pointer) or value.region != Region.MAP:
        raise RefusedError(f"{helper.name}: argument r1: {value} is no map")
    spec = env.maps[value.map or ""]
    wants_ring = helper.arguments[0] == Argument.RING_MAP
    if wants_ring != (spec.type == MapType.RINGBUF):
        raise RefusedError(f"{helper.name}: map {spec.name} of type {spec.type.name} does not go with it")
    if helper.name == "for_each_map_elem" and spec.type == MapType.STACK_TRACE:
        raise RefusedError(f"{helper.name}: map {spec.name} of type {spec.type.name} cannot be looped over")
    if spec.is_read_only and helper.name in _MAP_WRITERS:
        raise RefusedError(f"{helper.name}: map {spec.name} is read-only")
    return spec


def _check_argument(
    env: Environment, state: State, spec: MapSpec | None, kind: Argument, number: int
) -> None:
    registers = state.frame.registers
    value = registers[number]
    match kind:
        case Argument.MAP_KEY if spec:
            read_bytes(env, state, value, spec.key_size)
        case Argument.MAP_VALUE if spec:
            read_bytes(env, state, value, spec.value_size)
        case Argument.MEMORY_IN:
            read_bytes(env, state, value, _length(registers[number + 1], number + 1).wide.umax)
        case Argument.MEMORY_OUT:
            write_bytes(env, state, value, _length(registers[number + 1], number + 1))
        case Argument.CONTEXT if not _is_context(value):
            raise RefusedError(f"{value} is not the context")
        case Argument.CALLBACK if not (isinstance(value, Pointer) and value.region == Region.FUNCTION):
            raise RefusedError(f"{value} is no function")
        case Argument.CALLBACK_CONTEXT if value != ZERO:
            if not (isinstance(value, Pointer) and value.region == Region.STACK):
                raise RefusedError(f"{value} is no stack")
        case Argument.OUT_SIZE if _length(value, number).wide.umin == 0:
            raise RefusedError("the size may be 0")
        case _:
            pass


def _is_context(value: Value) -> bool:
    return isinstance(value, Pointer) and value.region == Region.CONTEXT and value.offset.constant == 0


def _length(value: Value, number: int) -> Scalar:
    if not isinstance(value, Scalar):
        raise RefusedError(f"the size in r{number} is no number")
    if value.wide.umax > _LARGEST_MEMORY:
        raise RefusedError(f"the size in r{number} is unbounded ({value})")
    return value


def _result(env: Environment, state: State, helper: Helper, spec: MapSpec | None, insn: Insn) -> Value:
    if helper.result == Result.SCALAR or spec is None:
        return scalars.UNKNOWN
    key = _constant_key(env, state, spec)
    _note_key(env, insn.slot, key)
    state.retire_identity(insn.slot)
    nullable = helper.name != "map_lookup_elem" or key is None or key >= spec.max_entries
    return Pointer(
        Region.MAP_VALUE, map=spec.name, nullable=nullable, identity=insn.slot if nullable else None
    )


def _constant_key(env: Environment, state: State, spec: MapSpec) -> int | None:
    if not spec.type.is_array:
        return None
    key = load(env, state, state.frame.registers[2], 0, spec.key_size)
    return key.constant if isinstance(key, Scalar) else None


def _note_key(env: Environment, slot: int, key: int | None) -> None:
    keys = env.findings.keys
    keys[slot] = key if keys.get(slot, key) == key else None


def call_function(env: Environment, state: State, insn: Insn) -> int:
    """Enter a function of the program; gives the slot where it starts."""
    target = insn.slot + 1 + insn.imm
    if target not in env.program.functions:
        raise RefusedError(f"call of slot {target}, where no function starts")
    if len(state.frames) == _DEEPEST_CALL:
        raise RefusedError(f"calls are nested deeper than {_DEEPEST_CALL} functions")
    arguments = state.frame.registers[1:6]
    state.frames.append(new_frame(arguments, len(state.frames), insn.slot + insn.slots))
    return target


def enter_callback(env: Environment, state: State, insn: Insn) -> int:
    """Enter the function that a helper calls, its arguments having been checked; gives the slot where it starts.

    It returns to the call of the helper, with all registers of the caller as they are: it may be called again.
    """
    if len(state.frames) == _DEEPEST_CALL:
        raise RefusedError(f"calls are nested deeper than {_DEEPEST_CALL} functions")
    subject, callback, context = state.frame.registers[1:4]
    target = callback.offset.constant if isinstance(callback, Pointer) else None
    if target is None or target not in env.program.functions:
        raise RefusedError("the callback is not the same function on all paths")
    if isinstance(subject, Pointer):
        key, value = Pointer(Region.MAP_KEY, map=subject.map), Pointer(Region.MAP_VALUE, map=subject.map)
        arguments: list[Value] = [subject, key, replace(value, is_element=True), context]
    else:
        arguments = [scalars.UNKNOWN, context]
    state.frames.append(new_frame(arguments, len(state.frames), insn.slot, is_callback=True))
    return target


def leave_function(state: State) -> int | None:
    """Return from the innermost function; gives the slot to go on at, None at the program's end."""
    result = state.frame.registers[0]
    if result is None:
        raise RefusedError("r0: not initialised at exit")
    frame = state.frames[-1]
    if frame.return_slot is None:
        return None
    if (
        isinstance(result, Pointer)
        and result.region == Region.STACK
        and result.frame == len(state.frames) - 1
    ):
        raise RefusedError("r0: a pointer to the stack of the function that returns")
    if frame.is_callback and not (isinstance(result, Scalar) and result.wide.umax <= 1):
        raise RefusedError(f"r0: a callback returns 0 or 1, not {result}")
    state.frames.pop()
    _forget_stack(state, len(state.frames))
    if frame.is_callback:
        return frame.return_slot
    state.frame.registers[:6] = [result, None, None, None, None, None]
    return frame.return_slot


def _forget_stack(state: State, depth: int) -> None:
    """Addresses of the stack that is gone are mere numbers from now on."""

    def forget(value: Value) -> Value:
        gone = isinstance(value, Pointer) and value.region == Region.STACK and value.frame == depth
        return scalars.UNKNOWN if gone else value

    state.transform(forget)
