"""`args`: the parameters of the probed function, a struct whose members are in registers and on the stack.

Which argument words hold a member is in `Member.words`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from llvmlite import ir

from utrace.backend import codegen_builtin
from utrace.backend.codegen_convert import llvm_type, resize
from utrace.backend.codegen_frame import I64, WORD_BYTES, Place
from utrace.frontend import nodes
from utrace.frontend.types import Member, StructType

if TYPE_CHECKING:
    from utrace.backend.codegen_probe import ProbeCompiler


def is_arguments(node: nodes.Expression) -> bool:
    """Tell whether an expression is `args`."""
    return isinstance(node, nodes.Builtin) and node.name == "args"


def is_argument(node: nodes.Expression) -> bool:
    """Tell whether an expression is `args.x`."""
    return isinstance(node, nodes.Field) and is_arguments(node.operand)


def value(p: ProbeCompiler, node: nodes.Field) -> ir.Value:
    """Compile `args.x` of scalar type."""
    member = _member(p, node)
    return resize(p.builder, codegen_builtin.argument(p, member.words[0]), llvm_type(member.type), False)


def store(p: ProbeCompiler, node: nodes.Field, place: Place) -> None:
    """Write `args.x`, which is a struct, to a place."""
    _store(p, _member(p, node), place)


def store_all(p: ProbeCompiler, node: nodes.Builtin, place: Place) -> None:
    """Write all parameters as one struct; those that no probe can read are zeros."""
    whole = p.type(node)
    assert isinstance(whole, StructType)
    p.frame.zero(place, whole.size)
    for member in whole.members:
        if member.words:
            _store(p, member, p.frame.at(place, member.offset))


def _member(p: ProbeCompiler, node: nodes.Field) -> Member:
    whole = p.type(node.operand)
    assert isinstance(whole, StructType)
    member = whole.member(node.name)
    assert member is not None
    if not member.words:
        raise p.unsupported(node, f"a parameter in a vector register ({member.type})")
    return member


def _store(p: ProbeCompiler, member: Member, place: Place) -> None:
    size = member.type.size
    if member.words[0] >= codegen_builtin.REGISTER_ARGUMENTS:
        address = codegen_builtin.stack_argument_address(
            p, member.words[0] - codegen_builtin.REGISTER_ARGUMENTS
        )
        p.frame.call("probe_read_user", place.pointer, I64(size), address)
        return
    between = p.frame.temporary(WORD_BYTES * len(member.words))
    for index, word in enumerate(member.words):
        p.frame.store(codegen_builtin.argument(p, word), p.frame.at(between, WORD_BYTES * index))
    p.frame.copy(between, place, size)
