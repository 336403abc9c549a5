"""Expressions and types as documents, with no more parentheses than they need."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeGuard

from utrace.frontend import nodes
from utrace.frontend.build_nodes import PRECEDENCE
from utrace.frontend.formatter_layout import (
    BLANK,
    NEW_LINE,
    NOTHING,
    Align,
    Break,
    Doc,
    Group,
    Indent,
    NewLine,
    fill,
)
from utrace.frontend.tables import load_tables

if TYPE_CHECKING:
    from utrace.frontend.formatter_comments import Comments
    from utrace.source import Source

_NEVER_BARE, _ANY, _CHAIN, _UNARY, _POSTFIX, _ALWAYS_IN_PARENTHESES = range(6)
"""How tight an expression holds together: `if a {} else {}`, `a ? b : c`, `a + b`, `-a`, `a.b`."""

_LEVELS: dict[type, int] = {
    nodes.BlockExpression: _NEVER_BARE,
    nodes.Ternary: _ANY,
    nodes.Comptime: _ANY,
    nodes.Binary: _CHAIN,
    nodes.Unary: _UNARY,
    nodes.Cast: _UNARY,
}


class ExpressionFormatter(ABC):
    """Writes the expressions of one script, left to right, so that each comment is met at its place."""

    def __init__(self, source: Source, comments: Comments) -> None:
        self.source = source
        self.comments = comments

    @abstractmethod
    def block_expression(self, node: nodes.BlockExpression, gap: Break | NewLine = BLANK) -> Doc:
        """Return `{ statements; value }`; `gap` comes behind and in front of the braces."""

    # ------------------------------------------------------------ where expressions stand

    def value(self, node: nodes.Expression) -> Doc:
        """Return an expression where `if` and a block may stand bare."""
        return self._write(node)

    def expression(self, node: nodes.Expression, level: int = _ANY) -> Doc:
        """Return an expression, in parentheses if it doesn't hold together as `level` demands."""
        bare = self._write(node)
        return bare if _level(node) >= level else ("(", bare, ")")

    def condition(self, node: nodes.Expression) -> Doc:
        """Return what follows `if` and `while`: in parentheses unless it is simple."""
        if isinstance(node, nodes.Comptime):
            return self._write(node)
        return self.expression(node, _POSTFIX)

    def bound(self, node: nodes.Expression) -> Doc:
        """Return one end of a range."""
        if isinstance(node, nodes.Integer | nodes.Positional):
            return self._write(node)
        return ("(", self._write(node), ")")

    def type_name(self, node: nodes.TypeName) -> Doc:
        """Return a type."""
        return self._write(node)

    def predicate(self, node: nodes.Expression) -> Doc:
        """Return `/condition/`."""
        # `/*` would begin a comment.
        return ("/ " if _begins_with_star(node) else "/", self.expression(node), "/")

    # ------------------------------------------------------------ expressions

    def _write(self, node: nodes.Node) -> Doc:
        writer: Callable[[Any], Doc] = getattr(self, writer_name(type(node)), self._as_written)
        return writer(node)

    def leaf(self, node: nodes.Node, text: Doc) -> Doc:
        """Return a token, with the comments in front of it."""
        comments = self.comments.before(node.span.start)
        return (self.comments.inline(comments), text) if comments else text

    def _as_written(self, node: nodes.Node) -> Doc:
        """Literals, which are kept."""
        return self.leaf(node, self.source.text_of(node.span))

    def _write_positional(self, node: nodes.Positional) -> Doc:
        return self.leaf(node, f"${node.index or '#'}")

    def _write_builtin(self, node: nodes.Builtin) -> Doc:
        return self.leaf(node, node.name)

    def _write_variable(self, node: nodes.Variable) -> Doc:
        return self.leaf(node, f"${node.name}")

    def _write_map_access(self, node: nodes.MapAccess) -> Doc:
        name = self.leaf(node, node.name)
        if node.key is None:
            return name
        if isinstance(node.key, nodes.Tuple) and len(node.key.elements) > 1:
            return (name, "[", self._packed(node.key.elements), "]")
        return (name, "[", self.value(node.key), "]")

    def _packed(self, elements: Sequence[nodes.Expression]) -> Doc:
        return fill([self.value(element) for element in elements], ",", NOTHING)

    def _write_call(self, node: nodes.Call) -> Doc:
        name = self.leaf(node, node.name)
        if not node.arguments:
            return (name, "()")
        return (name, "(", fill([self.value(argument) for argument in node.arguments], ","), ")")

    def _write_unary(self, node: nodes.Unary) -> Doc:
        comments = self.comments.inline(self.comments.before(node.span.start))
        # `--` and `&&` would be other operators.
        joins = node.operator in "-&" and _first_character(node.operand) == node.operator
        return (
            comments,
            node.operator,
            self.expression(node.operand, _ALWAYS_IN_PARENTHESES if joins else _UNARY),
        )

    def _write_increment(self, node: nodes.Increment) -> Doc:
        target = self._write(node.target)
        return (node.operator, target) if node.is_prefix else (target, node.operator)

    def _write_binary(self, node: nodes.Binary) -> Doc:
        """One list for a whole chain of operators that bind alike."""
        level = PRECEDENCE[node.operator]
        chain: list[tuple[str, nodes.Expression]] = []
        left: nodes.Expression = node
        while isinstance(left, nodes.Binary) and PRECEDENCE[left.operator] == level:
            chain.append((left.operator, left.right))
            left = left.left
        first = self._operand(left, level)
        rest: list[Doc] = []
        for operator, operand in reversed(chain):
            rest += [f" {operator}", Group((BLANK, self._operand(operand, level + 1)))]
        return Align((first, *rest))

    def _operand(self, node: nodes.Expression, level: int) -> Doc:
        if isinstance(node, nodes.Binary):
            return self._write(node) if PRECEDENCE[node.operator] >= level else ("(", self._write(node), ")")
        return self.expression(node, _UNARY)

    def _write_ternary(self, node: nodes.Ternary) -> Doc:
        if is_if(node):
            return self._if_value(node)
        condition = self.expression(node.condition, _CHAIN)
        if node.then is node.condition:
            return (condition, " ?: ", self.expression(node.otherwise))
        then, otherwise = self.expression(node.then), self.expression(node.otherwise)
        return Group((condition, Indent((BLANK, "? ", then, BLANK, ": ", otherwise))))

    def _if_value(self, node: nodes.Ternary) -> Doc:
        """`if c { 1 } else { 2 }`; on several lines when there is an `else if`."""
        gap = NEW_LINE if _else_if(node) else BLANK
        parts: list[Doc] = []
        branch: nodes.Ternary | None = node
        last: nodes.Expression = node
        while branch is not None:
            assert isinstance(branch.then, nodes.BlockExpression)
            parts += ["if ", self.condition(branch.condition), " ", self.block_expression(branch.then, gap)]
            parts.append(" else ")
            last = branch.otherwise
            branch = _else_if(branch)
        assert isinstance(last, nodes.BlockExpression)
        return Group((*parts, self.block_expression(last, gap)))

    def _write_block_expression(self, node: nodes.BlockExpression) -> Doc:
        return Group(self.block_expression(node))

    def _write_comptime(self, node: nodes.Comptime) -> Doc:
        return ("comptime ", self.expression(node.operand, _UNARY))

    def _write_field(self, node: nodes.Field) -> Doc:
        return (self.expression(node.operand, _POSTFIX), ".", node.name)

    def _write_index(self, node: nodes.Index) -> Doc:
        # `(@m)[1]` is an element of the value of a map.
        is_map = isinstance(node.operand, nodes.MapAccess) and node.operand.key is None
        operand = self.expression(node.operand, _ALWAYS_IN_PARENTHESES if is_map else _POSTFIX)
        return (operand, "[", self.expression(node.index), "]")

    def _write_tuple(self, node: nodes.Tuple) -> Doc:
        if len(node.elements) == 1:
            return ("(", self.value(node.elements[0]), ",)")
        return ("(", self._packed(node.elements) if node.elements else "", ")")

    def _write_record(self, node: nodes.Record) -> Doc:
        return ("(", fill([self._write(field) for field in node.fields], ","), ")")

    def _write_record_field(self, node: nodes.RecordField) -> Doc:
        return (self.leaf(node, f"{node.name}="), self.value(node.value))

    # ------------------------------------------------------------ types

    def _write_cast(self, node: nodes.Cast) -> Doc:
        type_name = self._write(node.type_name)
        # `(name)-1` is a difference.
        operand = self.expression(node.operand, _POSTFIX if _is_any_name(node.type_name) else _UNARY)
        return ("(", type_name, ")", operand)

    def _write_type_name(self, node: nodes.TypeName) -> Doc:
        name: Doc = self.leaf(node, node.name)
        if node.operand is not None:
            name = (name, "(", self._type_or_expression(node.operand), ")")
        parts = [
            ("*" if previous == "*" else " *")
            if modifier == "*"
            else "[]"
            if modifier == -1
            else f"[{modifier}]"
            for previous, modifier in zip(("", *node.modifiers), node.modifiers, strict=False)
        ]
        return (name, "".join(parts))

    def _write_type_argument(self, node: nodes.TypeArgument) -> Doc:
        return self._write(node.type_name)

    def _write_size_of(self, node: nodes.SizeOf) -> Doc:
        return (self.leaf(node, "sizeof("), self._type_or_expression(node.operand), ")")

    def _write_type_info(self, node: nodes.TypeInfo) -> Doc:
        return (self.leaf(node, "typeinfo("), self._type_or_expression(node.operand), ")")

    def _write_offset_of(self, node: nodes.OffsetOf) -> Doc:
        return (
            self.leaf(node, "offsetof("),
            self._type_or_expression(node.operand),
            f", {'.'.join(node.path)})",
        )

    def _type_or_expression(self, node: nodes.Node) -> Doc:
        return self.expression(node) if isinstance(node, nodes.Expression) else self._write(node)


def writer_name(kind: type) -> str:
    """Return the name of the method for a kind of nodes: `_write_for_map` for ForMap."""
    return "_write_" + re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind.__name__).lower()


def is_if(node: nodes.Expression) -> TypeGuard[nodes.Ternary]:
    """Tell whether an expression is `if c { } else { }` (and not `c ? a : b`)."""
    return (
        isinstance(node, nodes.Ternary)
        and isinstance(node.then, nodes.BlockExpression)
        and isinstance(node.otherwise, nodes.BlockExpression)
    )


def _else_if(node: nodes.Ternary) -> nodes.Ternary | None:
    """Return the `if` that is all there is in the last block of an `if`."""
    block = node.otherwise
    value = block.value if isinstance(block, nodes.BlockExpression) and not block.statements else None
    return value if value is not None and is_if(value) else None


def first_offset(node: nodes.Node) -> int:
    """Return where the first token of an expression or of its statement is, past parentheses that may go."""
    while True:
        match node:
            case nodes.ExpressionStatement(expression=inner, is_discard=False):
                node = inner
            case nodes.Binary(left=inner) | nodes.Field(operand=inner) | nodes.Index(operand=inner):
                node = inner
            case nodes.Ternary(condition=inner) if not is_if(node):
                node = inner
            case _:
                return node.span.start


def _level(node: nodes.Expression) -> int:
    return _NEVER_BARE if is_if(node) else _LEVELS.get(type(node), _POSTFIX)


def _is_any_name(type_name: nodes.TypeName) -> bool:
    tables = load_tables()
    is_type = tables.words.get(type_name.name) == tables.columns["TYPE"]
    return type_name.name.isidentifier() and not (is_type or type_name.modifiers or type_name.operand)


def _first_character(node: nodes.Expression) -> str:
    if isinstance(node, nodes.Unary) or (isinstance(node, nodes.Increment) and node.is_prefix):
        return node.operator[0]
    return ""


def _begins_with_star(node: nodes.Expression) -> bool:
    while isinstance(node, nodes.Binary | nodes.Ternary):
        node = node.left if isinstance(node, nodes.Binary) else node.condition
    return _first_character(node) == "*"
