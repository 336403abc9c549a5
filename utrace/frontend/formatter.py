"""A script in canonical layout, for --fmt.

Names, literals, comments, attach points and the C part stay as they are; parentheses that change nothing go, `->`
becomes `.`.  What comes out parses to the same tree, and formats to itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Sequence
from typing import Any

from utrace.frontend import nodes
from utrace.frontend.build_nodes import CItem, ConfigBlock, TopLevel
from utrace.frontend.formatter_comments import Comments
from utrace.frontend.formatter_expressions import first_offset, writer_name
from utrace.frontend.formatter_layout import NEW_LINE, Doc, fill, render
from utrace.frontend.formatter_statements import Item, Line, StatementFormatter
from utrace.frontend.parse import parse_as_written
from utrace.source import Source, Span

MAX_COLUMNS = 100

_SHEBANG = re.compile(r"#![^\n]*")
_STRING = re.compile(r'"(?:[^"\\\n]|\\[^\n])*"')
_INTEGER = re.compile(r"\b[0-9]\w*")
_SHORT = (nodes.Import, nodes.MapDeclaration)
"""These take one line each and may stand together; everything else is set apart."""


def format_program(source: Source) -> str:
    """Return the script in canonical layout; ScriptError when its syntax is wrong."""
    written = parse_as_written(source)
    comments = Comments(source, written.gaps)
    shebang = _SHEBANG.match(source.text)
    head = f"{shebang.group().rstrip()}\n" if shebang else ""
    return head + _ProgramFormatter(source, comments).program(written.items)


class _ProgramFormatter(StatementFormatter):
    """Writes what stands at the top level."""

    def program(self, items: Sequence[TopLevel]) -> str:
        """Return the text of everything."""
        c_items = [item for item in items if isinstance(item, CItem)]
        others = [item for item in items if not isinstance(item, CItem)]
        written = [self._top_item(item) for item in others]
        if c_items:
            span = c_items[0].span.to(c_items[-1].span)
            written.insert(0, Item(span.start, span, lambda: self._c_part(span)))
        lines = self.lines(written, len(self.source.text) + 1)
        sections = {item.span.start for item in (*c_items[:1], *others) if not isinstance(item, _SHORT)}
        text = render(self.join(lines, self._apart(lines, sections)), MAX_COLUMNS)
        return f"{text}\n" if text else ""

    def _apart(self, lines: Sequence[Line], sections: Container[int]) -> set[int]:
        """Return the lines that need an empty one in front: sections, with the comments above, and what follows one."""
        found = set()
        for index, line in enumerate(lines):
            if line.start not in sections:
                continue
            first = index
            while first and lines[first - 1].is_comment and not self.comments.is_apart(lines[first].start):
                first -= 1
            found |= {first, index + 1}
        return found

    def _c_part(self, span: Span) -> Doc:
        self.comments.before(span.end)
        return self.source.text_of(span)

    def _top_item(self, item: nodes.Node | ConfigBlock) -> Item:
        writer: Callable[[Any], Doc] = getattr(self, writer_name(type(item)))
        return Item(item.span.start, item.span, lambda: writer(item))

    def _write_config_block(self, block: ConfigBlock) -> Doc:
        brace = block.span.start + self.comments.code(block.span).index("{")
        return ("config = ", self.braces(brace, block.span.end - 1, map(self._top_item, block.settings)))

    def _write_setting(self, setting: nodes.Setting) -> Doc:
        value = self.source.text_of(setting.value.span)
        if isinstance(setting.value, nodes.Integer):
            value = re.sub(r"^-\s+", "-", self.comments.code(setting.value.span))
        return f"{setting.name} = {value};"

    def _write_import(self, item: nodes.Import) -> Doc:
        path = _STRING.search(self.source.text_of(item.span))
        return f"import {path.group() if path else ''};"

    def _write_map_declaration(self, item: nodes.MapDeclaration) -> Doc:
        entries = _INTEGER.findall(self.comments.code(item.span))[-1]
        return f"let {item.name} = {item.kind}({entries});"

    def _write_macro(self, macro: nodes.Macro) -> Doc:
        parameters = (
            fill([self.expression(each) for each in macro.parameters], ",") if macro.parameters else ""
        )
        self.keeps_values = True
        body = self.block(macro.body)
        self.keeps_values = False
        return (f"macro {macro.name}(", parameters, ") ", body)

    def _write_function(self, function: nodes.Function) -> Doc:
        parameters = [
            (self.expression(each.target), " : ", self.type_name(each.type_name))
            for each in function.parameters
        ]
        result: Doc = (" : ", self.type_name(function.result)) if function.result is not None else ""
        return (
            f"fn {function.name}(",
            fill(parameters, ",") if parameters else "",
            ")",
            result,
            " ",
            self.block(function.body),
        )

    def _write_probe(self, probe: nodes.Probe) -> Doc:
        """Several attach points, or one with a comment behind it, are on lines of their own, and so is what follows."""
        *others, last = probe.attach_points
        parts: list[Doc] = []
        for point in others:
            parts += [
                self._attach_point(point),
                ",",
                self.comments.trailing(self.comments.behind(point.span.end)),
            ]
            parts.append(NEW_LINE)
        parts.append(self._attach_point(last))
        comments = self.comments.behind(last.span.end) if others else []
        if probe.predicate is not None:
            comments += self.comments.before(first_offset(probe.predicate))
        parts += [self.comments.trailing(comments), NEW_LINE if others or comments else " "]
        if probe.predicate is not None:
            parts += [self.predicate(probe.predicate), " "]
        return (*parts, self.block(probe.body))

    def _attach_point(self, point: nodes.AttachPoint) -> Doc:
        comments = [(self.comments.text(found), NEW_LINE) for found in self.comments.before(point.span.start)]
        return (*comments, point.text)
