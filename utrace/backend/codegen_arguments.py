"""`args`: the parameters of the probed function, a struct whose members are in registers and on the stack.

Where they are follows the System V ABI of x86-64, section 3.2.3: integers and pointers take one of six
registers each, structs of up to two words as many as they have words (all or none), everything else lies on
the stack in whole words.  Floating-point numbers are in vector registers, which programs cannot read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from llvmlite import ir

from utrace.backend import codegen_builtin
from utrace.backend.codegen_convert import is_scalar, llvm_type, resize
from utrace.backend.codegen_frame import I64, Place
from utrace.frontend import nodes
from utrace.frontend.types import ArrayType, Member, OpaqueType, StructType, Type, round_up

if TYPE_CHECKING:
    from utrace.backend.codegen_probe import ProbeCompiler

WORD_BYTES = 8
REGISTERS = 6
LARGEST_IN_REGISTERS = 16


@dataclass(frozen=True)
class Location:
    """Where a parameter is: words of registers or of the stack, counted as `argN` counts them."""

    first: int
    words: int


def is_arguments(node: nodes.Expression) -> bool:
    """Tell whether an expression is `args`."""
    return isinstance(node, nodes.Builtin) and node.name == "args"


def is_argument(node: nodes.Expression) -> bool:
    """Tell whether an expression is `args.x`."""
    return isinstance(node, nodes.Field) and is_arguments(node.operand)


def value(p: ProbeCompiler, node: nodes.Field) -> ir.Value:
    """Compile `args.x` of scalar type."""
    location = _location(p, node)
    kind = p.type(node)
    return resize(p.builder, codegen_builtin.argument(p, location.first), llvm_type(kind), False)


def store(p: ProbeCompiler, node: nodes.Field, place: Place) -> None:
    """Write `args.x`, which is a struct, to a place."""
    _store(p, _location(p, node), p.type(node), place)


def store_all(p: ProbeCompiler, node: nodes.Builtin, place: Place) -> None:
    """Write all parameters as one struct; those in vector registers are zeros."""
    whole = p.type(node)
    assert isinstance(whole, StructType)
    p.frame.zero(place, whole.size)
    for member, location in zip(whole.members, locations(whole), strict=True):
        if location is not None:
            _store(p, location, member.type, p.frame.at(place, member.offset))


def locations(whole: StructType) -> list[Location | None]:
    """Return where each parameter is, None for those in vector registers."""
    found: list[Location | None] = []
    registers, stack = 0, REGISTERS
    for member in whole.members:
        words = round_up(member.type.size, WORD_BYTES) // WORD_BYTES
        is_short = member.type.size <= LARGEST_IN_REGISTERS
        if is_short and _has_floats(member.type):
            found.append(None)
        elif is_short and registers + words <= REGISTERS:
            found.append(Location(registers, words))
            registers += words
        else:
            found.append(Location(stack, words))
            stack += words
    return found


def _location(p: ProbeCompiler, node: nodes.Field) -> Location:
    whole = p.type(node.operand)
    assert isinstance(whole, StructType)
    names = [member.name for member in whole.members]
    location = locations(whole)[names.index(node.name)]
    if location is None:
        raise p.unsupported(node, f"a parameter in a vector register ({p.type(node)})")
    return location


def _has_floats(kind: Type) -> bool:
    """Tell whether a type is a floating-point number, or has one in it (types that we have no name for)."""
    if isinstance(kind, ArrayType):
        return _has_floats(kind.element)
    if isinstance(kind, StructType):
        members: tuple[Member, ...] = kind.members
        return any(_has_floats(member.type) for member in members)
    return isinstance(kind, OpaqueType)


def _store(p: ProbeCompiler, location: Location, kind: Type, place: Place) -> None:
    if is_scalar(kind) or location.words == 1:
        words = [codegen_builtin.argument(p, location.first)]
    elif location.first < REGISTERS:
        words = [codegen_builtin.argument(p, location.first + index) for index in range(location.words)]
    else:
        address = codegen_builtin.stack_argument_address(p, location.first - REGISTERS)
        p.frame.call("probe_read_user", place.pointer, I64(kind.size), address)
        return
    between = p.frame.temporary(WORD_BYTES * len(words))
    for index, word in enumerate(words):
        p.frame.store(word, p.frame.at(between, WORD_BYTES * index))
    p.frame.copy(between, place, kind.size)
