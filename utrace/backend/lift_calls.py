"""eBPF calls as LLVM IR: helpers become functions of the runtime, functions of the program stay functions."""

from __future__ import annotations

from collections.abc import Sequence

from utrace.backend.helpers import BY_NUMBER, FLOOR_LOG2, Argument, Helper
from utrace.backend.layout import TEMPORARY_MAP
from utrace.backend.lift_body import Body, Signature, map_symbol, symbol
from utrace.backend.lift_memory import address
from utrace.backend.spec import Insn, Operand, ProgramSpec
from utrace.errors import InternalError, VerifierError


def lift_helper_call(body: Body, insn: Insn) -> None:
    """Lift a call of a helper: thread first, then its arguments as the runtime declares them."""
    helper = BY_NUMBER[insn.imm]
    signature = body.around.helpers.get(helper.runtime_name)
    if signature is None:
        raise VerifierError(f"program {body.program.spec.name}: the runtime has no helper {helper.name}")
    if len(signature.parameters) != len(helper.arguments) + 1:
        raise InternalError(f"{helper.runtime_name} takes {len(signature.parameters)} parameters")
    arguments = [f"{signature.parameters[0]} %thread"]
    for register, kind in enumerate(helper.arguments, 1):
        wanted = signature.parameters[register]
        arguments.append(f"{wanted} {_argument(body, insn, register, kind, wanted)}")
    convention, callee = "", symbol(helper.runtime_name)
    if body.outlined is not None:
        convention, callee = "preserve_allcc ", _outlined(body.outlined, helper, signature, arguments)
    call = f"call {convention}{signature.result} {callee}({', '.join(arguments)})"
    _keep_result(body, call, signature, helper)


def _outlined(known: dict[str, str], helper: Helper, signature: Signature, arguments: Sequence[str]) -> str:
    """Name the function that calls a helper for all calls with the same map, and define it once."""
    is_map = bool(helper.arguments) and helper.arguments[0] in (Argument.MAP, Argument.RING_MAP)
    constant = arguments[1].split(" ", 1)[1] if is_map and arguments[1].startswith("ptr @") else ""
    name = symbol(f"{helper.runtime_name} apart {constant.strip('@').strip(chr(34))}".rstrip())
    if name not in known:
        types = signature.parameters
        parameters = ", ".join(f"{kind} %p{number}" for number, kind in enumerate(types))
        given = [f"{kind} %p{number}" for number, kind in enumerate(types)]
        if constant:
            given[1] = f"ptr {constant}"
        known[name] = (
            f"define internal preserve_allcc {signature.result} {name}({parameters}) noinline #0 {{\n"
            f"  %r = call {signature.result} {symbol(helper.runtime_name)}({', '.join(given)})\n"
            f"  ret {signature.result} %r\n}}"
        )
    return name


def _argument(body: Body, insn: Insn, register: int, kind: Argument, wanted: str) -> str:
    operand = body.operand(insn, register)
    if wanted != "ptr":
        return body.read(register, int(wanted[1:]))
    if kind in (Argument.MAP, Argument.RING_MAP) and operand and operand.map:
        return map_symbol(operand.map)
    if kind == Argument.MAP_KEY and uses_temporary(body.operand(insn, 1)):
        return "%run"  # which begins with the depth of nested hits
    if kind == Argument.MAP_KEY and insn.slot in body.program.keys:
        return _constant_key(body.program.keys[insn.slot])
    return address(body, insn, register, 0)


def uses_temporary(operand: Operand | None) -> bool:
    """Whether a map operand is the array of temporary buffers, whose entry is chosen by the depth of nested hits."""
    return operand is not None and operand.map == TEMPORARY_MAP


def _constant_key(key: int) -> str:
    return symbol(f"key {key}")


def constant_keys(keys: set[int]) -> list[str]:
    """Define the constants that hold keys of array lookups, so that the runtime's code for them folds."""
    return [f"{_constant_key(key)} = private unnamed_addr constant i32 {key}" for key in sorted(keys)]


def _keep_result(body: Body, call: str, signature: Signature, helper: Helper) -> None:
    if signature.result == "ptr":
        body.write(0, body.value(f"ptrtoint ptr {body.value(call)} to i64"))
    elif signature.result == "i64":
        body.write(0, body.value(call))
    else:
        raise InternalError(f"{helper.runtime_name} returns {signature.result}")


def lift_function_call(body: Body, insn: Insn) -> None:
    """Lift a call of a function of the program, or use an instruction that does what the function does."""
    if body.program.spec.functions[insn.slot + 1 + insn.imm] == FLOOR_LOG2:
        zeros = body.value(f"call i64 @llvm.ctlz.i64(i64 {body.value(f'or i64 {body.read(1)}, 1')}, i1 true)")
        body.write(0, body.value(f"sub i64 63, {zeros}"))
        return
    registers = (f"i64 {body.read(register)}" for register in range(1, 6))
    arguments = ", ".join(["ptr %thread", "ptr %run", *registers])
    name = function_symbol(body.program.spec, insn.slot + 1 + insn.imm)
    body.write(0, body.value(f"call preserve_allcc i64 {name}({arguments})"))


def function_symbol(program: ProgramSpec, slot: int) -> str:
    """Name the LLVM function of a program (slot 0) or of one that it calls."""
    return symbol(program.name if slot == 0 else f"{program.name} {program.functions[slot]}")
