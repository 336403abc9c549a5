"""Parts of values and what lies behind addresses: `a.b`, `a[i]`, `*p`, `&$x`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from utrace.frontend import nodes
from utrace.frontend.infer_settings import is_config, setting
from utrace.frontend.infer_types import missing_field, place_of_field, type_texts
from utrace.frontend.typed import EventKind, MapKind
from utrace.frontend.types import (
    INT8,
    UINT64,
    ArrayType,
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
from utrace.frontend.unify import wrap

if TYPE_CHECKING:
    from utrace.frontend.infer_expressions import ExpressionTyper

OUT_OF_BOUNDS = (
    "Array access out of bounds detected. This can lead to unexpected results. 0 is being used as the result."
)


class MemoryTyper:
    """Types of fields, elements and pointed-to values in one block."""

    def __init__(self, expressions: ExpressionTyper) -> None:
        self._expressions = expressions
        self._facts = expressions.facts

    # ------------------------------------------------------------ fields

    def field(self, node: nodes.Field) -> Type | None:
        """Return the type of `a.b`, `a->b`, `t.0`; pointers are followed, as many as there are."""
        if is_config(node.operand):
            return setting(self._expressions, node)
        operand = self._expressions.value_type(node.operand)
        while isinstance(operand, PointerType):
            operand = operand.pointee
        if operand is None:
            return None
        if isinstance(operand, TupleType) and node.name.isdecimal():
            return self._element(node, operand, int(node.name[:9]))
        if not isinstance(operand, StructType | RecordType):
            self._facts.error(
                node.span, f"Can not access field '{node.name}' on expression of type '{operand}'"
            )
            return None
        place = place_of_field(operand, node.name)
        if place is None:
            is_parameter = isinstance(node.operand, nodes.Builtin) and node.operand.name == "args"
            missing = f"Can't find function parameter {node.name}"
            self._facts.error(node.span, missing if is_parameter else missing_field(operand, node.name))
            return None
        if isinstance(node.operand, nodes.TypeInfo):
            subject = self._expressions.names.of_operand(node.operand.operand)
            if subject is not None:
                self._facts.constants[node] = type_texts(subject)[node.name]
        return place[1]

    def _element(self, node: nodes.Expression, whole: TupleType, index: int) -> Type | None:
        if index < len(whole.elements):
            return whole.elements[index]
        message = f"Invalid tuple index: {index}. Found {len(whole.elements)} elements in tuple."
        self._facts.error(node.span, message)
        return None

    # ------------------------------------------------------------ elements

    def index(self, node: nodes.Index) -> Type | None:
        """Return the type of `a[i]` on an array, a pointer, a string or a tuple."""
        operand, index = self._expressions.value_type(node.operand), self._expressions.value_type(node.index)
        if operand is None or index is None:
            return None
        if not isinstance(index, IntType | EnumType):
            message = f"The array index operator [] only accepts integer indices. Got: {index}"
            self._facts.error(node.index.span, message)
            return None
        constant = self._facts.constants.get(node.index)
        if isinstance(operand, TupleType):
            return self._constant_element(node, operand, constant)
        if isinstance(operand, ArrayType | StringType):
            count = operand.count if isinstance(operand, ArrayType) else operand.size
            self._check_bounds(node, constant, count)
            self._fold_character(node, constant)
            return operand.element if isinstance(operand, ArrayType) else INT8
        if isinstance(operand, PointerType):
            return self._pointed_to(node, operand, "The array index operator [] cannot be used on")
        message = "The array index operator [] can only be used on arrays and pointers, found"
        self._facts.error(node.span, f"{message} {operand}.")
        return None

    def _constant_element(
        self, node: nodes.Index, operand: TupleType, constant: int | bytes | None
    ) -> Type | None:
        if isinstance(constant, int) and constant >= 0:
            return self._element(node, operand, constant)
        self._facts.error(node.index.span, "The index into a tuple has to be a literal that is not negative")
        return None

    def _check_bounds(self, node: nodes.Index, constant: int | bytes | None, count: int) -> None:
        if count == 0:  # a flexible array: its struct doesn't say where it ends
            return
        if not isinstance(constant, int):
            self._facts.add_event(node, EventKind.WARNING, message=OUT_OF_BOUNDS)
        elif not 0 <= constant < count:
            message = f"the index {constant} is out of bounds for array of size {count}"
            self._facts.error(node.span, message)

    def _fold_character(self, node: nodes.Index, position: int | bytes | None) -> None:
        text = self._facts.constants.get(node.operand)
        if isinstance(text, bytes) and isinstance(position, int) and 0 <= position <= len(text):
            self._facts.constants[node] = wrap((text + b"\0")[position], INT8)

    # ------------------------------------------------------------ pointers

    def dereference(self, node: nodes.Unary, operand: Type) -> Type | None:
        """Return the type of `*p`; an integer is taken for the address of a uint64."""
        if isinstance(operand, IntType):
            return UINT64
        if isinstance(operand, StructType):
            message = f"Can not dereference struct/union of type '{operand}'. It is not a pointer."
        elif not isinstance(operand, PointerType):
            message = f"Can not dereference an expression of type '{operand}'. It is not a pointer."
        else:
            return self._pointed_to(node, operand, "The * operator cannot be used on")
        self._facts.error(node.span, message)
        return None

    def _pointed_to(self, node: nodes.Expression, pointer: PointerType, refusal: str) -> Type | None:
        pointee = pointer.pointee
        if isinstance(pointee, NoneType):
            hint = "cast it first: *(uint64*)arg0"
            self._facts.error(node.span, f"{refusal} a pointer to an unsized type ({pointer}).", hint)
            return None
        if isinstance(pointee, StructType) and not pointee.is_complete:
            self._facts.error(node.span, f"The definition of '{pointee}' is not known")
            return None
        return pointee

    def address_of(self, node: nodes.Unary) -> Type | None:
        """Return the type of `&$x` and `&@m`."""
        target = node.operand
        if isinstance(target, nodes.MapAccess) and target.key is None:
            slot = self._facts.map_slot(target)
            if slot.kind not in {None, MapKind.VALUE}:
                self._facts.error(
                    node.span, f"{target.name} has no single value whose address could be taken"
                )
                return None
        elif not isinstance(target, nodes.Variable):
            self._facts.error(node.span, "The & operator needs a variable or a map without a key")
            return None
        found = self._expressions.value_type(target)
        return None if found is None else PointerType(found)
