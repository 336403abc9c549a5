"""Text to tokens.  The parser says with each request whether an attach point may come now."""

from __future__ import annotations

import re
from typing import NamedTuple

from utrace.frontend.c_items import c_item_end
from utrace.frontend.tables import Tables
from utrace.source import Span

_BLANK = re.compile(r"(?:\s+|//[^\n]*|(?s:/\*.*?\*/))*")
_SHEBANG = re.compile(r"#![^\n]*")
# What matters when looking for the end of a block: strings and comments hide braces.
_BRACES = re.compile(r'"(?:[^"\\\n]|\\.)*"|//[^\n]*|(?s:/\*(?:.*?\*/|.*))|[{}]')


class Token(NamedTuple):
    """One token; `column` is its terminal in the parser's tables."""

    column: int
    text: str
    span: Span


class LexError(Exception):
    """No token begins here."""

    def __init__(self, span: Span, message: str, *hints: str) -> None:
        super().__init__(message)
        self.span = span
        self.message = message
        self.hints = hints


class Lexer:
    """A cursor over a script, whose first character has the number `base`."""

    def __init__(self, text: str, tables: Tables, base: int = 0) -> None:
        self._text = text
        self._base = base
        self._tables = tables
        self._attach_point = tables.columns["ATTACH_POINT"]
        self._name = tables.columns["NAME"]
        self._named_type = tables.columns["NAMED_TYPE"]
        self._c_item = tables.columns["C_ITEM"]
        self._end = tables.columns["$END"]
        shebang = _SHEBANG.match(text)
        self.position = shebang.end() if shebang else 0
        self.gaps: list[Span] = []
        """Where there are comments: what lies between two tokens."""

    def next(self, row: dict[int, int], *, may_be_top: bool) -> Token:
        """Return the next token for a parser state with this row of the table; raise LexError.

        The row alone does not tell where an attach point may come: the state behind a `}` is the same for a
        block inside of another, or of a predicate, and for a probe's; so the parser says `may_be_top`.
        """
        text = self._text
        blank = _BLANK.match(text, self.position)
        start = blank.end() if blank else self.position
        if start - self.position > 1 and text.find("/", self.position, start) >= 0:
            self.gaps.append(self._span(self.position, start))
        self.position = start
        if start == len(text):
            return Token(self._end, "", self._span(start, start))
        tables = self._tables
        is_top = may_be_top and self._attach_point in row
        pattern = tables.top_pattern if is_top else tables.body_pattern
        match = pattern.match(text, start)
        if match is None:
            raise self._no_token(start)
        if text.startswith("/*", start):
            raise LexError(self._span(start, start + 2), "Unterminated comment")
        column = tables.columns[str(match.lastgroup)]
        end = c_item_end(text, start) if column == self._c_item else match.end()
        if column in {self._name, self._named_type}:
            column = self._word(match.group(), column, row)
        self.position = end
        return Token(column, text[start:end], self._span(start, end))

    def _span(self, start: int, end: int) -> Span:
        return Span(start + self._base, end + self._base)

    def _word(self, word: str, column: int, row: dict[int, int]) -> int:
        """Tell a keyword from a name; where only a name can stand, keywords and types are names."""
        column = self._tables.words.get(word, column)
        return self._name if column not in row and self._name in row else column

    def _no_token(self, start: int) -> LexError:
        character = self._text[start]
        if character == '"':
            end = self._text.find("\n", start)
            return LexError(self._span(start, end if end > 0 else len(self._text)), "Unterminated string")
        name = repr(character) if character.isprintable() else f"U+{ord(character):04X}"
        hints = ["strings are in double quotes"] if character in "'`" else []
        return LexError(self._span(start, start + 1), f"Invalid character: {name}", *hints)

    def skip_block(self, depth: int) -> None:
        """Move behind the end of the current top-level block, given how many braces are open."""
        for match in _BRACES.finditer(self._text, self.position):
            if match.group() == "{":
                depth += 1
            elif match.group() == "}":
                depth -= 1
                if depth <= 0:
                    self.position = match.end()
                    return
        self.position = len(self._text)
