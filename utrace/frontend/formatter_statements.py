"""Statements and blocks as documents: a line each."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence
from typing import Any, NamedTuple

from utrace.frontend import nodes
from utrace.frontend.formatter_expressions import ExpressionFormatter, first_offset, writer_name
from utrace.frontend.formatter_layout import BLANK, NEW_LINE, Break, Doc, Indent, NewLine
from utrace.source import Span


class Item(NamedTuple):
    """What is to be on lines of its own; nothing is written before what stands in front of it."""

    first: int
    """Comments before this place come above it."""
    span: Span
    write: Callable[[], Doc]


class Line(NamedTuple):
    """A statement, item or comment; `start` is its place in the source."""

    start: int
    text: Doc
    is_comment: bool = False


class StatementFormatter(ExpressionFormatter):
    """Writes the statements of one script."""

    keeps_values = False
    """In a macro the last expression of a block may be a value, so it gets no semicolon."""

    # ------------------------------------------------------------ lines

    def lines(self, items: Iterable[Item], end: int) -> list[Line]:
        """Return items on lines of their own, with the comments around them up to `end`."""
        lines: list[Line] = []
        for first, span, write in items:
            lines += self._comment_lines(first)
            text = write()
            lines.append(Line(span.start, (text, self.comments.trailing(self.comments.behind(span.end)))))
        return lines + self._comment_lines(end)

    def _comment_lines(self, end: int) -> list[Line]:
        return [Line(found.start, self.comments.text(found), True) for found in self.comments.before(end)]

    def join(self, lines: Sequence[Line], apart: Container[int] = ()) -> Doc:
        """Return lines, with empty ones where the script has some and in front of those with the numbers `apart`."""
        parts: list[Doc] = []
        for index, line in enumerate(lines):
            if index:
                is_apart = index in apart or self.comments.is_apart(line.start)
                parts.append((NEW_LINE, NEW_LINE) if is_apart else NEW_LINE)
            parts.append(line.text)
        return tuple(parts)

    def braces(self, start: int, end: int, items: Iterable[Item]) -> Doc:
        """Return `{`, lines and `}`, given the places of both braces."""
        opening = self.comments.trailing(self.comments.behind(start + 1))
        inner = self.join(self.lines(items, end))
        if not inner:
            return ("{", Indent(opening), NEW_LINE, "}") if opening else "{}"
        return ("{", Indent((opening, NEW_LINE, inner)), NEW_LINE, "}")

    # ------------------------------------------------------------ blocks

    def block(self, node: nodes.Block) -> Doc:
        """Return a block of statements."""
        last = node.statements[-1] if node.ends_with_value and self.keeps_values else None
        items = [self._item(statement, "" if statement is last else ";") for statement in node.statements]
        return self.braces(node.span.start, node.span.end - 1, items)

    def block_expression(self, node: nodes.BlockExpression, gap: Break | NewLine = BLANK) -> Doc:
        """Return a block with a value, which may be on one line when it has no statements."""
        start, end = node.span.start, node.span.end - 1
        value = Item(first_offset(node.value), node.value.span, lambda: self.value(node.value))
        if node.statements:
            return self.braces(start, end, [*map(self._item, node.statements), value])
        opening = self.comments.trailing(self.comments.behind(start + 1))
        gap = NEW_LINE if opening else gap
        return ("{", Indent((opening, gap, self.join(self.lines([value], end)))), gap, "}")

    # ------------------------------------------------------------ statements

    def _item(self, node: nodes.Statement, end: str = ";") -> Item:
        writer: Callable[[Any], Doc] = getattr(self, writer_name(type(node)))
        if isinstance(node, nodes.Block | nodes.If | nodes.AnyLoop):
            end = ""
        return Item(first_offset(node), node.span, lambda: (writer(node), end))

    def _write_block(self, node: nodes.Block) -> Doc:
        return self.block(node)

    def _write_expression_statement(self, node: nodes.ExpressionStatement) -> Doc:
        if node.is_discard:
            return ("_ = ", self.value(node.expression))
        return self.expression(node.expression)

    def _write_assign(self, node: nodes.Assign) -> Doc:
        return (self.expression(node.target), f" {node.operator} ", self.value(node.value))

    def _write_let(self, node: nodes.Let) -> Doc:
        parts: list[Doc] = ["let ", self.expression(node.target)]
        if node.type_name is not None:
            parts += [" : ", self.type_name(node.type_name)]
        if node.value is not None:
            parts += [" = ", self.value(node.value)]
        return tuple(parts)

    def _write_jump(self, node: nodes.Jump) -> Doc:
        return node.keyword if node.value is None else (f"{node.keyword} ", self.value(node.value))

    def _write_if(self, node: nodes.If) -> Doc:
        parts: list[Doc] = ["if ", self.condition(node.condition), " ", self.block(node.then)]
        if node.otherwise is not None:
            parts += [" else ", self._otherwise(node.otherwise)]
        return tuple(parts)

    def _otherwise(self, block: nodes.Block) -> Doc:
        inner = block.statements[0] if len(block.statements) == 1 else None
        return self._write_if(inner) if isinstance(inner, nodes.If) else self.block(block)

    def _write_while(self, node: nodes.While) -> Doc:
        return ("while ", self.condition(node.condition), " ", self.block(node.body))

    def _write_unroll(self, node: nodes.Unroll) -> Doc:
        return ("unroll (", self.expression(node.count), ") ", self.block(node.body))

    def _write_for_range(self, node: nodes.ForRange) -> Doc:
        target = self.expression(node.target)
        return (
            "for ",
            target,
            " : ",
            self.bound(node.start),
            "..",
            self.bound(node.stop),
            " ",
            self.block(node.body),
        )

    def _write_for_map(self, node: nodes.ForMap) -> Doc:
        return (
            "for ",
            self.expression(node.target),
            " : ",
            self.expression(node.map),
            " ",
            self.block(node.body),
        )
