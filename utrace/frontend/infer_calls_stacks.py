"""Calls about the code of the traced process: its stack, its symbols."""

from __future__ import annotations

from utrace.frontend import nodes
from utrace.frontend.infer_call_context import CallContext, Signature
from utrace.frontend.names import UPROBES
from utrace.frontend.types import USYM, BoolType, IntType, PointerType, StackType, Type

STACK_MODES = ("bpftrace", "perf", "raw", "build_id")
DEFAULT_LIMIT = 127
MAX_LIMIT = 1024
DW_USTACK_MISSING = "dw_ustack() is not supported yet: utrace can't unwind by DWARF call frame information"
FRAME_POINTER_HINT = "ustack() unwinds by frame pointers: build the program with -fno-omit-frame-pointer"


def _ustack(c: CallContext, call: nodes.Call) -> Type | None:
    """`ustack()`, `ustack(mode)`, `ustack(limit)`, `ustack(mode, limit)`."""
    mode: str | None = c.facts.config.stack_mode
    arguments = list(enumerate(call.arguments))
    if len(arguments) == 2 or (arguments and isinstance(call.arguments[0], nodes.Builtin)):
        mode = _mode(c, call.arguments[arguments.pop(0)[0]])
    limit = _limit(c, call, arguments[0][0]) if arguments else DEFAULT_LIMIT
    return StackType(mode, limit) if mode and limit else None


def _mode(c: CallContext, argument: nodes.Expression) -> str | None:
    name = argument.name if isinstance(argument, nodes.Builtin) else "?"
    if name in STACK_MODES:
        return name
    c.error(argument, f"Unknown stack mode: '{name[:40]}'", f"the modes are {', '.join(STACK_MODES)}")
    return None


def _limit(c: CallContext, call: nodes.Call, index: int) -> int | None:
    limit = c.constant_integer(call, index, "the limit of frames")
    if limit is None or 1 <= limit <= MAX_LIMIT:
        return limit
    wanted = f"limit shouldn't exceed {MAX_LIMIT}, {limit} given" if limit else "limit can't be 0"
    c.error(call.arguments[index], f"{call.name}([int limit]): {wanted}")
    return None


def _dw_ustack(c: CallContext, call: nodes.Call) -> Type | None:
    """Refuse it: nothing here unwinds by .eh_frame."""
    c.error(call, DW_USTACK_MISSING, FRAME_POINTER_HINT)
    return _ustack(c, call)


def _usym(c: CallContext, call: nodes.Call) -> Type:
    found = c.expressions.value_type(call.arguments[0])
    if found is not None and not isinstance(found, IntType | PointerType | BoolType):
        c.error(call.arguments[0], f"usym() expects an integer or pointer ({found} provided)")
    return USYM


def _uaddr(c: CallContext, call: nodes.Call) -> Type | None:
    """Find the symbol in the binary of every probe; its size decides what is pointed to."""
    name = c.literal_text(call, 0, "the name of a symbol")
    group = c.expressions.group
    for provider in sorted(group.providers - UPROBES):
        c.error(call, f"uaddr() can not be used with '{provider}' probes")
    if name is None or group.providers - UPROBES:
        return None
    sizes = [c.facts.find_symbol(call, site, name) for site in group.sites]
    missing = next((site for site, size in zip(group.sites, sizes, strict=True) if size is None), None)
    if missing is not None:
        c.error(call.arguments[0], f"Could not resolve symbol: {missing.path}:{name}")
        return None
    if len(set(sizes)) > 1:
        shown = ", ".join(map(str, dict.fromkeys(sizes)))
        c.error(call, f"Symbol size mismatch between probes: '{name}' has sizes {shown}")
        return None
    size = sizes[0] if sizes and sizes[0] in {1, 2, 4} else 8
    return PointerType(IntType(8 * size, True))


FUNCTIONS: dict[str, Signature] = {
    "ustack": (0, 2, _ustack),
    "dw_ustack": (0, 2, _dw_ustack),
    "usym": (1, 1, _usym),
    "uaddr": (1, 1, _uaddr),
}
