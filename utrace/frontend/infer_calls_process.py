"""Calls about the traced thread and process."""

from __future__ import annotations

import re
import signal

from utrace.frontend import nodes
from utrace.frontend.infer_call_context import CallContext, Signature
from utrace.frontend.names import REGISTERS
from utrace.frontend.types import (
    BOOL,
    CLOCKS,
    INT64,
    UINT32,
    UINT64,
    BufferType,
    IntType,
    PointerType,
    StringType,
    Type,
)

NAMESPACES = ("curr_ns", "init")
MAX_SIGNAL = 64
TRACERS_OWN = frozenset({"begin", "end", "interval", "self", "test", "bench"})
"""Providers whose probes run in the tracer."""
MAX_WRITTEN_BYTES = 1024


def _reg(c: CallContext, call: nodes.Call) -> Type:
    name = c.literal_text(call, 0, "the name of a register")
    if name is not None:
        c.expressions.value_type(call.arguments[0])
        if name not in REGISTERS:
            c.error(call.arguments[0], f"'{name[:40]}' is not a valid register on this architecture (x86_64)")
    _only_in_targets(c, call)
    return UINT64


def _only_in_targets(c: CallContext, call: nodes.Call) -> None:
    for provider in sorted(c.expressions.group.providers & TRACERS_OWN):
        c.error(call, f"{call.name}() can not be used with '{provider}' probes")


def _one_of(c: CallContext, call: nodes.Call, choices: tuple[str, ...]) -> None:
    argument = call.arguments[0]
    if not isinstance(argument, nodes.Builtin) or argument.name not in choices:
        c.error(argument, f"{call.name}() expects one of {', '.join(choices)}")


def _id(c: CallContext, call: nodes.Call) -> Type:
    _one_of(c, call, NAMESPACES)
    return UINT32


def _nsecs(c: CallContext, call: nodes.Call) -> Type:
    _one_of(c, call, CLOCKS)
    return UINT64


def _comm(c: CallContext, call: nodes.Call) -> Type:
    c.integer_argument(call, call.arguments[0])
    return StringType(16)


def _of_task(c: CallContext, call: nodes.Call) -> Type | None:
    c.error(call, f"{call.name}() of a task is not possible in user space: the kernel's record can't be read")
    return None


# ---------------------------------------------------------------- what changes the process


def _signal(c: CallContext, call: nodes.Call) -> Type:
    if not c.is_allowed(call):
        return INT64
    _only_in_targets(c, call)
    argument = call.arguments[0]
    if isinstance(argument, nodes.String):
        name = argument.value.decode(errors="replace")
        if signal_number(name) is None:
            c.error(argument, f"{name[:40]} is not a valid signal")
        return INT64
    c.integer_argument(call, argument)
    number = c.facts.constants.get(argument)
    if isinstance(number, int) and not 1 <= number <= MAX_SIGNAL:
        c.error(argument, f"{number} is not a valid signal, allowed range: [1,{MAX_SIGNAL}]")
    return INT64


def signal_number(name: str) -> int | None:
    """Return the number of `SIGKILL` or `KILL`, None when there is no such signal."""
    if not re.fullmatch(r"[A-Za-z]+[0-9]*", name):
        return None
    found = getattr(signal, f"SIG{name.upper().removeprefix('SIG')}", None)
    return int(found) if isinstance(found, signal.Signals) else None


def _write_user(c: CallContext, call: nodes.Call) -> Type:
    if not c.is_allowed(call):
        return BOOL
    to, source, length = call.arguments
    found = c.expressions.value_type(to)
    if found is not None and not isinstance(found, IntType | PointerType):
        c.error(to, f"write_user() expects a pointer to write to ({found} provided)")
    value = written_value(source)
    size = _written_bytes(c, value)
    wanted = c.constant_integer(call, 2, "its length")
    if wanted is not None and not 1 <= wanted <= min(size, MAX_WRITTEN_BYTES):
        c.error(
            length, f"write_user() can write 1 to {min(size, MAX_WRITTEN_BYTES)} bytes here, not {wanted}"
        )
    return BOOL


def written_value(source: nodes.Expression) -> nodes.Expression:
    """Return the value whose bytes write_user() writes: `$x` for `&$x`."""
    return source.operand if isinstance(source, nodes.Unary) and source.operator == "&" else source


def _written_bytes(c: CallContext, value: nodes.Expression) -> int:
    found = c.expressions.value_type(value)
    if found is None:
        return MAX_WRITTEN_BYTES
    if isinstance(found, PointerType):
        c.error(value, "write_user() expects the address of a variable as its source, such as &$x")
    return found.capacity if isinstance(found, BufferType) else found.size


FUNCTIONS: dict[str, Signature] = {
    "comm": (1, 1, _comm),
    "leader_comm": (1, 1, _of_task),
    "leader_tid": (1, 1, _of_task),
    "nsecs": (1, 1, _nsecs),
    "pcomm": (1, 1, _of_task),
    "pid": (1, 1, _id),
    "ppid": (1, 1, _of_task),
    "reg": (1, 1, _reg),
    "signal": (1, 1, _signal),
    "signal_thread": (1, 1, _signal),
    "tid": (1, 1, _id),
    "write_user": (3, 3, _write_user),
}
