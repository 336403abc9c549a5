"""Helpers that call a function of the program, as LLVM IR, and the memory that they need.

The functions of a program share `%run` (`struct rt_run` of `runtime/map_loop.h`): how deep hits are nested, and how
many rounds of loops are left. A loop over a hash copies keys and values into the thread's part of a map that only
native code has (`LOOP_MAP`), every call at a place of its own: no function calls itself, so each runs once at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from utrace.backend.helpers import BY_NUMBER
from utrace.backend.layout import LOOP_MAP
from utrace.backend.lift_body import Body, map_symbol, symbol
from utrace.backend.lift_memory import address
from utrace.backend.spec import Insn, MapSpec, MapType, VerifiedProgram
from utrace.backend.verifier_calls import has_callback
from utrace.errors import VerifierError

_MAP_LOOP: Final = "for_each_map_elem"
_WORD_BYTES: Final = 8


def loop_map(programs: Iterable[VerifiedProgram], maps: Mapping[str, MapSpec]) -> dict[str, MapSpec]:
    """Give the map that the programs' loops need besides those of the object; empty if they need none."""
    size = max((sum(_sites(program, maps).values()) for program in programs), default=0)
    return {LOOP_MAP: MapSpec(LOOP_MAP, MapType.PERCPU_ARRAY, 4, size, 1)} if size else {}


def loops_over_hashes(program: VerifiedProgram, maps: Mapping[str, MapSpec]) -> bool:
    """Whether the program needs the thread's part of LOOP_MAP."""
    return any(_sites(program, maps).values())


def has_callbacks(program: VerifiedProgram) -> bool:
    """Whether some helper calls a function of the program."""
    return any(has_callback(insn) for insn in program.spec.insns if insn.slot in program.reachable)


def lift_callback_helper(body: Body, insn: Insn) -> None:
    """Lift a call of a helper that takes a callback; r0 is how often it called it."""
    helper = BY_NUMBER[insn.imm]
    signature = body.around.helpers.get(helper.runtime_name)
    if signature is None:
        raise VerifierError(f"program {body.program.spec.name}: the runtime has no helper {helper.name}")
    callback = body.value(f"inttoptr i64 {body.read(2)} to ptr")
    context = body.value(f"ptrtoint ptr {address(body, insn, 3, 0)} to i64")
    operand = body.operand(insn, 1)
    if helper.name != _MAP_LOOP:
        first = f"i32 {body.read(1, 32)}"
    elif operand is not None and operand.map:
        first = f"ptr {map_symbol(operand.map)}"
    else:
        first = f"ptr {address(body, insn, 1, 0)}"
    arguments = [first, f"ptr {callback}", f"i64 {context}", f"i64 {body.read(4)}", "ptr %run"]
    if helper.name == _MAP_LOOP:
        arguments += [f"ptr {_buffer(body, insn)}", f"i32 {int(body.program.writes_elements)}"]
    call = f"call i64 {symbol(helper.runtime_name)}(ptr %thread, {', '.join(arguments)})"
    body.write(0, body.value(call))


def _buffer(body: Body, insn: Insn) -> str:
    """Look up the memory of one call."""
    sites = _sites(body.program, body.around.maps)
    if not sites[insn.slot]:
        return "null"
    lookup = f"call ptr @rt_map_lookup_elem(ptr %thread, ptr {map_symbol(LOOP_MAP)}, ptr %run)"
    offset = sum(size for slot, size in sites.items() if slot < insn.slot)
    return body.value(f"getelementptr i8, ptr {body.value(lookup)}, i64 {offset}")


def _sites(program: VerifiedProgram, maps: Mapping[str, MapSpec]) -> dict[int, int]:
    """Give the bytes that each loop over a map needs, by its slot."""
    return {
        insn.slot: _site_bytes(program, insn, maps)
        for insn in program.spec.insns
        if insn.slot in program.reachable and has_callback(insn) and BY_NUMBER[insn.imm].name == _MAP_LOOP
    }


def _site_bytes(program: VerifiedProgram, insn: Insn, maps: Mapping[str, MapSpec]) -> int:
    operand = program.operands.get(insn.slot, {}).get(1)
    candidates = [maps[operand.map]] if operand is not None and operand.map else maps.values()
    return max(map(_element_bytes, candidates), default=0)


def _element_bytes(spec: MapSpec) -> int:
    """Room for two keys and a value."""
    if spec.type.is_array or spec.type == MapType.RINGBUF:
        return 0
    return 2 * _padded(spec.key_size) + _padded(spec.value_size)


def _padded(size: int) -> int:
    return -(-size // _WORD_BYTES) * _WORD_BYTES
