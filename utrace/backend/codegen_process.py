"""What is asked of the traced process and its relatives, and what is done to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llvmlite import ir

from utrace.backend import codegen_string
from utrace.backend.codegen_frame import I64, Place
from utrace.frontend import nodes
from utrace.frontend.infer_calls_process import signal_number, written_value
from utrace.frontend.types import UINT32, UINT64, BufferType, StringType

if TYPE_CHECKING:
    from utrace.backend.codegen_probe import ProbeCompiler

COMM_BYTES = 16
NO_NAME = b"N/A"
"""What `comm(pid)` is when there is no such process."""


def process_id(p: ProbeCompiler) -> ir.Value:
    """Compile `pid`."""
    return p.builder.lshr(p.frame.call("get_current_pid_tgid"), I64(32))


def thread_id(p: ProbeCompiler) -> ir.Value:
    """Compile `tid`."""
    return p.builder.and_(p.frame.call("get_current_pid_tgid"), I64(0xFFFFFFFF))


def child_exists(p: ProbeCompiler) -> ir.Value:
    """Compile `has_cpid`."""
    return p.builder.icmp_unsigned("!=", p.frame.call("get_child_pid"), I64(0))


def clock(p: ProbeCompiler, node: nodes.Call) -> ir.Value:
    """Compile `nsecs(clock)`."""
    name = node.arguments[0]
    assert isinstance(name, nodes.Builtin)
    if name.name == "sw_tai":
        shift = p.builder.load(p.frame.globals.tai_shift, typ=I64)
        return p.builder.add(p.frame.call("ktime_get_boot_ns"), shift)
    return p.frame.call(
        {"monotonic": "ktime_get_ns", "tai": "ktime_get_tai_ns"}.get(name.name, "ktime_get_boot_ns")
    )


# -------------------------------------------------------------------- names of processes


def store_comm(
    p: ProbeCompiler, node: nodes.Builtin | nodes.Call, target: StringType, place: Place, padded: bool
) -> None:
    """Write `comm`, the name of the calling thread, or `comm(pid)`, that of a process."""
    if isinstance(node, nodes.Call):
        status = _store_name_of(p, p.value_as(node.arguments[0], UINT64), target, place, padded)
        with p.builder.if_then(p.builder.icmp_unsigned("!=", status, I64(0)), likely=False):
            codegen_string.write_literal(p.frame, NO_NAME, target.size, place, padded)
        return
    length = min(COMM_BYTES, target.size)
    p.frame.call("get_current_comm", place.pointer, I64(length))
    _pad(p, target, place, length, padded)


def store_leader(
    p: ProbeCompiler, node: nodes.Builtin, target: StringType, place: Place, padded: bool
) -> None:
    """Write `leader_comm`, the name of the process's first thread."""
    _store_name_of(p, process_id(p), target, place, padded)


def store_parent(
    p: ProbeCompiler, node: nodes.Builtin, target: StringType, place: Place, padded: bool
) -> None:
    """Write `pcomm`, the name of the parent process."""
    _store_name_of(p, p.frame.call("get_parent_pid"), target, place, padded)


def _store_name_of(
    p: ProbeCompiler, process: ir.Value, target: StringType, place: Place, padded: bool
) -> ir.Value:
    """Write the name of a process; return what was wrong, 0 for nothing."""
    length = min(COMM_BYTES, target.size)
    status = p.frame.call("get_comm_of", process, place.pointer, I64(length))
    _pad(p, target, place, length, padded)
    return status


def _pad(p: ProbeCompiler, target: StringType, place: Place, length: int, padded: bool) -> None:
    if padded and target.size > length:
        p.frame.zero(p.frame.at(place, length), target.size - length)


# -------------------------------------------------------------------- changes


def send_signal(p: ProbeCompiler, node: nodes.Call) -> ir.Value:
    """Compile `signal(n)` to the process and `signal_thread(n)` to the calling thread."""
    argument = node.arguments[0]
    if isinstance(argument, nodes.String):
        number: ir.Value = I64(signal_number(argument.value.decode()) or 0)
    else:
        number = p.value_as(argument, UINT32)
        number = p.builder.zext(number, I64) if number.type != I64 else number
    return p.frame.call("send_signal_thread" if node.name == "signal_thread" else "send_signal", number)


def write_user(p: ProbeCompiler, node: nodes.Call) -> ir.Value:
    """Compile `write_user(to, &$x, length)`: whether everything could be written."""
    to, source, wanted = node.arguments
    length = p.typed.constant_of(wanted)
    assert isinstance(length, int)
    value = written_value(source)
    kind = p.type(value)
    place = p.frame.temporary(kind.size)
    p.store(value, kind, place)
    if isinstance(kind, BufferType):
        place = p.frame.at(place, 4)
    status = p.frame.call("probe_write_user", p.value_as(to, UINT64), place.pointer, I64(length))
    return p.builder.icmp_unsigned("==", status, I64(0))
