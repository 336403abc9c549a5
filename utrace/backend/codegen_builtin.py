"""Builtins: what a probe knows without being told, from its context, from helpers, from its attach point."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from llvmlite import ir

from utrace.backend import codegen_process
from utrace.backend.codegen_convert import llvm_type, resize
from utrace.backend.codegen_frame import I8, I64, WORD_BYTES, Place, opaque
from utrace.backend.codegen_programs import name_of, name_table
from utrace.frontend import nodes
from utrace.frontend.names import PROBE_STRINGS
from utrace.frontend.types import round_up

if TYPE_CHECKING:
    from utrace.backend.codegen_probe import ProbeCompiler

REGISTERS: Final = {
    "r15": 0, "r14": 8, "r13": 16, "r12": 24, "bp": 32, "bx": 40, "r11": 48, "r10": 56, "r9": 64, "r8": 72,
    "ax": 80, "cx": 88, "dx": 96, "si": 104, "di": 112, "orig_rax": 120, "ip": 128, "pc": 128, "cs": 136,
    "flags": 144, "sp": 152, "ss": 160,
}  # fmt: skip
"""Offsets in `struct pt_regs` of x86-64 (`arch/x86/include/uapi/asm/ptrace.h`), names as in `reg("ax")`."""

_ARGUMENT_REGISTERS = ("di", "si", "dx", "cx", "r8", "r9")
REGISTER_ARGUMENTS = len(_ARGUMENT_REGISTERS)
_STACK_ARGUMENT = 8
"""Distance of the first stack argument from the stack pointer on entry: the return address is in between."""


def builtin(p: ProbeCompiler, node: nodes.Builtin) -> ir.Value:
    """Compile a builtin of scalar type."""
    name = node.name
    if name in _BUILTINS:
        value = _BUILTINS[name](p)
    elif name.startswith("arg") and name[3:].isdigit():
        value = argument(p, int(name[3:]))
    elif name.startswith("sarg") and name[4:].isdigit():
        value = _stack_argument(p, int(name[4:]))
    else:
        raise p.unsupported(node, f"the builtin {name}")
    return resize(p.builder, value, llvm_type(p.type(node)), False)


def register(p: ProbeCompiler, node: nodes.Call) -> ir.Value:
    """Compile `reg("name")`."""
    name = p.typed.constant_of(node.arguments[0])
    if not isinstance(name, bytes) or name.decode(errors="replace") not in REGISTERS:
        raise p.unsupported(node, "this register")
    return p.frame.register(REGISTERS[name.decode()])


def string_constant(p: ProbeCompiler, name: str) -> bytes | None:
    """Return the value of a builtin that is a string known when its program is compiled, else None."""
    if name not in PROBE_STRINGS:
        return None
    values = {name_of(probe, name) for probe in p.group}
    return values.pop() if len(values) == 1 else None


def probe_string(p: ProbeCompiler, name: str, size: int) -> Place:
    """Compile `probe` or `func` of a program that several probes share: an entry of a table, `size` bytes long."""
    stride = round_up(size, WORD_BYTES)
    table = p.frame.globals.constant_bytes(name_table(p.group, name, stride))
    cookie = opaque(p.builder, p.frame.call("get_attach_cookie", p.frame.context))
    is_known = p.builder.icmp_unsigned("<", cookie, I64(len(p.group)))
    # Opaque once more, or LLVM multiplies before it compares, which no verifier can follow.
    index = opaque(p.builder, p.builder.select(is_known, cookie, I64(0)))
    return Place(p.builder.gep(table, [p.builder.mul(index, I64(stride))], source_etype=I8))


def argument(p: ProbeCompiler, index: int) -> ir.Value:
    """Compile `argN`: six registers, then words of the stack."""
    if index < REGISTER_ARGUMENTS:
        return p.frame.register(REGISTERS[_ARGUMENT_REGISTERS[index]])
    return _stack_argument(p, index - REGISTER_ARGUMENTS)


def _stack_argument(p: ProbeCompiler, index: int) -> ir.Value:
    buffer = p.frame.temporary(8)
    p.frame.store(I64(0), buffer)
    p.frame.call("probe_read_user", buffer.pointer, I64(8), stack_argument_address(p, index))
    return p.frame.load(buffer, I64)


def stack_argument_address(p: ProbeCompiler, index: int) -> ir.Value:
    """Return the address of a word among the arguments on the stack."""
    return p.builder.add(p.frame.register(REGISTERS["sp"]), I64(_STACK_ARGUMENT + 8 * index))


def _high_half(p: ProbeCompiler, helper: str) -> ir.Value:
    return p.builder.lshr(p.frame.call(helper), I64(32))


def _low_half(p: ProbeCompiler, helper: str) -> ir.Value:
    return p.builder.and_(p.frame.call(helper), I64(0xFFFFFFFF))


def _elapsed(p: ProbeCompiler) -> ir.Value:
    start = p.builder.load(p.frame.globals.start_time, typ=I64)
    return p.builder.sub(p.frame.call("ktime_get_boot_ns"), start)


_BUILTINS: dict[str, Callable[[ProbeCompiler], ir.Value]] = {
    "pid": codegen_process.process_id,
    "tid": codegen_process.thread_id,
    "leader_tid": codegen_process.process_id,
    "ppid": lambda p: p.frame.call("get_parent_pid"),
    "cpid": lambda p: p.frame.call("get_child_pid"),
    "has_cpid": codegen_process.child_exists,
    "ncpus": lambda p: p.builder.load(p.frame.globals.processor_count, typ=I64),
    "numaid": lambda p: p.frame.call("get_numa_node_id"),
    "gid": lambda p: _high_half(p, "get_current_uid_gid"),
    "uid": lambda p: _low_half(p, "get_current_uid_gid"),
    "nsecs": lambda p: p.frame.call("ktime_get_boot_ns"),
    "elapsed": _elapsed,
    "cpu": lambda p: p.frame.call("get_smp_processor_id"),
    "rand": lambda p: p.frame.call("get_prandom_u32"),
    "retval": lambda p: p.frame.register(REGISTERS["ax"]),
    "usermode": lambda p: I64(1),
}
