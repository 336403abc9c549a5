"""Calls about the traced thread and process."""

from __future__ import annotations

from utrace.frontend import nodes
from utrace.frontend.infer_call_context import CallContext, Signature
from utrace.frontend.names import REGISTERS
from utrace.frontend.types import UINT64, Type


def _reg(c: CallContext, call: nodes.Call) -> Type:
    name = c.literal_text(call, 0, "the name of a register")
    if name is not None:
        c.expressions.value_type(call.arguments[0])
        if name not in REGISTERS:
            c.error(call.arguments[0], f"'{name[:40]}' is not a valid register on this architecture (x86_64)")
    for provider in sorted(c.expressions.group.providers - {"uprobe", "uretprobe"}):
        c.error(call, f"reg() can not be used with '{provider}' probes")
    return UINT64


FUNCTIONS: dict[str, Signature] = {
    "reg": (1, 1, _reg),
}
