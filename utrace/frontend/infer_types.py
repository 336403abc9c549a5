"""What type names mean: `uint32`, `struct foo*`, `int8[4]`, `typeof($x)`; and sizes and offsets of types."""

from __future__ import annotations

from typing import TYPE_CHECKING

from utrace.frontend import nodes
from utrace.frontend.names import VALUE_NAMES, base_type
from utrace.frontend.types import (
    UINT64,
    ArrayType,
    BoolType,
    BufferType,
    EnumType,
    IntType,
    NoneType,
    PointerType,
    RecordType,
    StringType,
    StructType,
    TupleType,
    Type,
)

if TYPE_CHECKING:
    from utrace.frontend.infer_expressions import ExpressionTyper

MAX_VALUE_BYTES = 64 * 1024
"""The largest string, buffer or array that can be named."""
BASE_TYPES: dict[type[Type], str] = {
    IntType: "int",
    BoolType: "bool",
    EnumType: "int",
    StringType: "string",
    BufferType: "buffer",
    PointerType: "pointer",
    ArrayType: "array",
    TupleType: "tuple",
    RecordType: "record",
    StructType: "c_struct",
    NoneType: "none",
}
"""What `typeinfo(x).base_type` says; other types go by their name."""


class TypeNames:
    """Finds the types that are named in one block."""

    def __init__(self, expressions: ExpressionTyper) -> None:
        self._expressions = expressions
        self._facts = expressions.facts

    def named(self, type_name: nodes.TypeName) -> Type | None:
        """Return the type that a type name means, None (with an error) when there is none."""
        try:
            return self._modified(type_name)
        except ValueError as failure:
            self._facts.error(type_name.span, str(failure))
            return None

    def of_operand(self, operand: nodes.Expression | nodes.TypeName) -> Type | None:
        """Return the type that the operand of sizeof, typeof and their like names or has.

        A map with keys is, without one, what its keys are.
        """
        if isinstance(operand, nodes.TypeName):
            return self.named(operand)
        if isinstance(operand, nodes.TypeArgument):
            return self.named(operand.type_name)
        if isinstance(operand, nodes.Builtin) and operand.name not in VALUE_NAMES:
            declared = self._facts.declared_type(operand.name) or self._facts.debug_type(operand.name)
            if declared is not None:
                return declared
        if isinstance(operand, nodes.MapAccess) and operand.key is None:
            slot = self._facts.map_slot(operand)
            if slot.kind is None:
                self._facts.error(operand.span, f"Undefined map: {operand.name}")
            if slot.is_keyed is not False:
                return slot.key  # None while it is not known whether there are keys
        return self._expressions.value_type(operand)

    def _modified(self, type_name: nodes.TypeName) -> Type | None:
        modifiers = type_name.modifiers
        size = modifiers[0] if modifiers and isinstance(modifiers[0], int) else None
        if type_name.name in {"string", "buffer"} and size is not None:
            modifiers = modifiers[1:]
        found = self._base(type_name, size)
        if isinstance(found, NoneType) and not modifiers:
            raise ValueError("void is no type of a value")
        for modifier in modifiers:
            if found is not None:
                found = PointerType(found) if modifier == "*" else _array(found, int(modifier))
        return found

    def _base(self, type_name: nodes.TypeName, size: int | None) -> Type | None:
        if type_name.name == "typeof":
            assert type_name.operand is not None
            return self.of_operand(type_name.operand)
        if type_name.name == "string":
            return StringType(_sized(self._facts.config.max_strlen if size is None else size, "a string"))
        if type_name.name == "buffer":
            if size is None:
                raise ValueError("A buffer needs a size: buffer[16]")
            return BufferType(_sized(size, "a buffer"))
        name = type_name.name
        found = self._facts.declared_type(name) or base_type(name) or self._facts.debug_type(name)
        if found is None:
            tag = name.removeprefix("enum ")
            raise ValueError(
                f'Cannot resolve unknown type "{name}"' if tag == name else f"Unknown enum: {tag}"
            )
        return found

    # ------------------------------------------------------------ sizes

    def size_of(self, node: nodes.SizeOf) -> Type | None:
        """Return the type of `sizeof(x)`, and enter its value."""
        found = self.of_operand(node.operand)
        if found is None:
            return None
        if isinstance(found, StructType) and not found.is_complete:
            self._facts.error(node.span, f"The definition of '{found}' is not known")
            return None
        self._expressions.enter_constant(node, found.size, flexible=True)
        return UINT64

    def offset_of(self, node: nodes.OffsetOf) -> Type | None:
        """Return the type of `offsetof(x, a.b)`, and enter its value."""
        found = self.of_operand(node.operand)
        offset = 0
        for name in node.path:
            if found is None:
                return None
            if not isinstance(found, StructType | RecordType):
                self._facts.error(node.span, f"'{found}' is not a c_struct type.")
                return None
            place = place_of_field(found, name)
            if place is None:
                is_known = isinstance(found, RecordType) or found.is_complete
                absent = f"'{found}' has no field named '{name}'"
                self._facts.error(node.span, absent if is_known else missing_field(found, name))
                return None
            offset, found = offset + place[0], place[1]
        self._expressions.enter_constant(node, offset, flexible=True)
        return UINT64

    def info(self, node: nodes.TypeInfo) -> Type | None:
        """Return the type of `typeinfo(x)`: strings that say what kind of type it is, and which.

        They are entered as the constant of the node, with a NUL between them.
        """
        found = self.of_operand(node.operand)
        if found is None:
            return None
        texts = type_texts(found)
        self._facts.constants[node] = b"\0".join(texts.values())
        return RecordType(tuple(texts), tuple(StringType(len(text) + 1) for text in texts.values()))


def type_texts(found: Type) -> dict[str, bytes]:
    """Return the fields of `typeinfo()` for a type."""
    base = BASE_TYPES.get(type(found), str(found))
    return {"base_type": base.encode(), "full_type": str(found).encode()}


def place_of_field(whole: StructType | RecordType, name: str) -> tuple[int, Type] | None:
    """Return the offset and the type of a field, None when there is none of this name."""
    if isinstance(whole, StructType):
        member = whole.member(name)
        return (member.offset + member.bit_offset // 8, member.type) if member else None
    if name not in whole.names:
        return None
    index = whole.names.index(name)
    return whole.layout.offsets[index], whole.elements[index]


def missing_field(whole: StructType | RecordType, name: str) -> str:
    """Return the message for a field that a struct, union or record has not."""
    if isinstance(whole, RecordType):
        return f"Record does not contain a field named '{name}'"
    if not whole.is_complete:
        return f"The definition of '{whole}' is not known"
    return f"Struct/union of type '{whole}' does not contain a field named '{name}'"


def _array(element: Type, count: int) -> ArrayType:
    found = ArrayType(element, max(count, 0))
    if isinstance(element, NoneType):
        raise ValueError("void is no type of an element")
    if found.size > MAX_VALUE_BYTES:
        raise ValueError(f"The type '{found}' is too large: the limit is {MAX_VALUE_BYTES} bytes")
    return found


def _sized(size: int, what: str) -> int:
    if not 1 <= size <= MAX_VALUE_BYTES:
        raise ValueError(f"Invalid size of {what}: {size}")
    return size
