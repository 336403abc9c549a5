"""The comments of a script, handed out in the order of the source: each once, so that none gets lost."""

from __future__ import annotations

import re
from collections.abc import Iterable

from utrace.frontend.formatter_layout import NEW_LINE, Aside, Doc
from utrace.source import Source, Span

_COMMENT = re.compile(r"//[^\n]*|(?s:/\*.*?\*/)")
_REST_OF_LINE = re.compile(r"(?>(?:[ \t\r;,)]|/\*[^\n]*?\*/)*)(?://|/\*|\n|\}|$)")
_EMPTY_LINE = re.compile(r"\n[^\S\n]*\n")
_CODE = re.compile(r"[^\s;,)]")


class Comments:
    """Those that lie in the given gaps between tokens."""

    def __init__(self, source: Source, gaps: Iterable[Span]) -> None:
        self._source = source
        self._text = source.text
        self._spans = [
            Span(match.start(), match.end())
            for start, end, _ in gaps
            for match in _COMMENT.finditer(self._text, start, end)
        ]
        self._next = 0

    def before(self, offset: int) -> list[Span]:
        """Take all that begin before a place."""
        first = self._next
        while self._next < len(self._spans) and self._spans[self._next].start < offset:
            self._next += 1
        return self._spans[first : self._next]

    def behind(self, offset: int) -> list[Span]:
        """Take those before a place, and those that end the line that it is in."""
        found = self.before(offset)
        position = offset
        while self._next < len(self._spans) and self._ends_line(position, self._spans[self._next]):
            position = self._spans[self._next].end
            found.append(self._spans[self._next])
            self._next += 1
        return found

    def _ends_line(self, position: int, comment: Span) -> bool:
        gap = self._text[position : comment.start]
        if "\n" in gap or _CODE.search(gap) or self._has_lines(comment):
            return False
        return self._text.startswith("//", comment.start) or bool(
            _REST_OF_LINE.match(self._text, comment.end)
        )

    def code(self, span: Span) -> str:
        """Return the text of a span with blanks in place of its comments (for spans without strings)."""
        return _COMMENT.sub(lambda match: " " * len(match[0]), self._source.text_of(span))

    def is_apart(self, offset: int) -> bool:
        """Tell whether there is an empty line in front of what begins at `offset`, or of its parentheses."""
        position = offset
        while position and (self._text[position - 1].isspace() or self._text[position - 1] == "("):
            position -= 1
        return _EMPTY_LINE.search(self._text, position, offset) is not None

    # ------------------------------------------------------------ as documents

    def text(self, comment: Span) -> Doc:
        """Return a comment; the lines of one with a star before each are aligned."""
        lines = self._source.text_of(comment).split("\n")
        if len(lines) > 1 and all(line.lstrip().startswith("*") for line in lines[1:]):
            parts: list[Doc] = [lines[0].rstrip()]
            for line in lines[1:]:
                parts += [NEW_LINE, " " + line.strip()]
            return tuple(parts)
        return "\n".join(line.rstrip() for line in lines)

    def inline(self, comments: Iterable[Span]) -> Doc:
        """Return comments that stand before something in the same line."""
        return tuple((self.text(each), NEW_LINE if self._is_line_comment(each) else " ") for each in comments)

    def trailing(self, comments: Iterable[Span]) -> Doc:
        """Return comments that stand at the end of a line."""
        parts: list[Doc] = []
        begins_line = False
        for each in comments:
            text = self.text(each)
            begins_line = begins_line or self._has_lines(each)
            if isinstance(text, str) and not begins_line:
                parts.append(Aside(f" {text}"))
            else:
                parts += [NEW_LINE, text]
            begins_line = begins_line or self._is_line_comment(each)
        return tuple(parts)

    def _has_lines(self, comment: Span) -> bool:
        return "\n" in self._source.text_of(comment)

    def _is_line_comment(self, comment: Span) -> bool:
        return self._text.startswith("//", comment.start)
