"""Source text to syntax tree: an LALR(1) automaton over the tables made from grammar.lark.

The automaton keeps its own stack, so no input can exhaust Python's.  After a syntax error it goes on with
the next probe, so that one run reports the errors of several.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from utrace.diagnostics import Diagnostic, error
from utrace.errors import ScriptError
from utrace.frontend import nodes
from utrace.frontend.build_nodes import NodeBuilder, TopLevel
from utrace.frontend.lexer import Lexer, LexError, Token
from utrace.frontend.syntax_hints import Unexpected, hint_for
from utrace.frontend.tables import Tables, load_tables
from utrace.source import Source, Span

MAX_SCRIPT_CHARACTERS = 128 * 1024
MAX_NESTING = 128
"""Levels of the tree: later stages walk it recursively."""
MAX_ERRORS = 10


class Written(NamedTuple):
    """A script as it was written."""

    program: nodes.Program
    items: tuple[TopLevel, ...]
    """In the order of the source."""
    gaps: tuple[Span, ...]
    """Where there are comments between tokens."""


def parse(source: Source, *, needs_probes: bool = True) -> nodes.Program:
    """Return a file's tree; raise ScriptError with everything that is wrong about its syntax.

    A script needs probes; a file that it imports may have none.
    """
    return _parser(source).run(needs_probes=needs_probes)


def parse_as_written(source: Source) -> Written:
    """Return a file's tree, which may have no probes, and what is not in the tree; raises as `parse` does.

    The attach points are text: what they say is not checked.
    """
    parser = _parser(source, as_written=True)
    program = parser.run(needs_probes=False)
    return Written(program, parser.builder.items, tuple(parser.lexer.gaps))


def _parser(source: Source, *, as_written: bool = False) -> _Parser:
    if len(source.text) > MAX_SCRIPT_CHARACTERS:
        message = (
            f"The script is too large: {len(source.text)} characters, the limit is {MAX_SCRIPT_CHARACTERS}"
        )
        raise ScriptError([error(Span(source.base, source.base + 1), message)], source)
    return _Parser(source, load_tables(), as_written=as_written)


class _SyntaxError(Exception):
    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic
        self.span = diagnostic.span


class _Parser:
    def __init__(self, source: Source, tables: Tables, *, as_written: bool) -> None:
        self._source = source
        self._tables = tables
        self.lexer = Lexer(source.text, tables, source.base)
        self.builder = NodeBuilder(source.text, source.base, as_written=as_written)
        self._errors: list[Diagnostic] = []
        self._end = tables.columns["$END"]
        self._brace_columns = {tables.columns["LBRACE"]: 1, tables.columns["RBRACE"]: -1}
        self._predicate_columns = {tables.columns["DIV"]: True, tables.columns["_END_PREDICATE"]: False}
        self._reset()

    def _reset(self) -> None:
        self._lookahead = self.lexer.position
        self._states = [self._tables.start]
        self._values: list[Any] = []
        self._spans: list[Span] = []
        self._depths: list[int] = []
        self._open_braces = 0
        self._is_in_predicate = False
        self._before = ("", "")

    def run(self, *, needs_probes: bool) -> nodes.Program:
        program = None
        while program is None:
            try:
                program = self._parse_items()
            except (_SyntaxError, LexError) as failure:
                if not self._recover(failure):
                    break
        errors = sorted(self._errors + self.builder.errors, key=lambda e: e.span)[:MAX_ERRORS]
        end = self._source.base + len(self._source.text)
        if not errors and needs_probes and (program is None or not (program.probes or program.imports)):
            errors = [error(Span(end, end), "The script has no probes")]
        if errors or program is None:
            raise ScriptError(errors, self._source)
        return program

    def _recover(self, failure: _SyntaxError | LexError) -> bool:
        """Go on behind the block with the error; False when there is nothing left to parse."""
        if isinstance(failure, _SyntaxError):
            self._errors.append(failure.diagnostic)
            self.lexer.position = self._lookahead
        else:
            self._errors.append(error(failure.span, failure.message, *failure.hints))
            self.lexer.position = failure.span.end - self._source.base
        if len(self._errors) >= MAX_ERRORS or self.lexer.position >= len(self._source.text):
            return False
        is_stray = not self._open_braces and self._source.text_of(failure.span) == "}"
        if not is_stray:
            self.lexer.skip_block(self._open_braces)
        self._reset()
        return True

    def _parse_items(self) -> nodes.Program:
        tables, lexer = self._tables, self.lexer
        token = lexer.next(tables.states[self._states[-1]], may_be_top=True)
        while True:
            self._lookahead = token.span.start - self._source.base
            action = tables.states[self._states[-1]].get(token.column)
            if action is None:
                if token.column == self._end and self._states[-1] == tables.accept:
                    program: nodes.Program = self._values[-1]
                    return program
                raise _SyntaxError(self._unexpected(token))
            if action < 0:
                self._reduce(~action, token)
                continue
            self._open_braces += self._brace_columns.get(token.column, 0)
            if not self._open_braces:
                self._is_in_predicate = self._predicate_columns.get(token.column, self._is_in_predicate)
            self._push(action, token, token.span, 0)
            self._before = (self._before[1], token.text)
            token = lexer.next(
                tables.states[action], may_be_top=not (self._open_braces or self._is_in_predicate)
            )

    def _push(self, state: int, value: Any, span: Span, depth: int) -> None:
        self._states.append(state)
        self._values.append(value)
        self._spans.append(span)
        self._depths.append(depth)

    def _reduce(self, number: int, token: Token) -> None:
        rule = self._tables.rules[number]
        length = rule.length
        if length == 1 and rule.action == "same":  # only the name changes; most reductions are of this kind
            self._states.pop()
            self._states.append(self._tables.states[self._states[-1]][rule.column])
            return
        if length == 0:
            span, depth, children = Span(token.span.start, token.span.start), 0, []
        else:
            span = Span(self._spans[-length].start, self._spans[-1].end)
            depth = max(self._depths[-length:])
            values = self._values[-length:]
            children = [values[i] for i in rule.kept]
            del self._states[-length:], self._values[-length:], self._spans[-length:], self._depths[-length:]
        if rule.action == "same":
            value = children[0]
        else:
            value, added = self.builder.build(rule.action, span, children)
            depth += added
            if depth > MAX_NESTING:
                raise _SyntaxError(error(span, f"Nested too deeply: the limit is {MAX_NESTING} levels"))
        self._push(self._tables.states[self._states[-1]][rule.column], value, span, depth)

    def _unexpected(self, token: Token) -> Diagnostic:
        tables = self._tables
        row = tables.states[self._states[-1]]
        found = "end of file" if token.column == self._end else _shortened(token.text)
        expected = sorted({tables.describe(column) for column in row if column < len(tables.terminals)})
        message = f"syntax error, unexpected {found}"
        if len(expected) <= 4:
            message += f", expecting {' or '.join(expected)}"
        hint = hint_for(self._as_unexpected(token, row))
        return error(token.span, message, *([hint] if hint else []))

    def _as_unexpected(self, token: Token, row: dict[int, int]) -> Unexpected:
        terminals = self._tables.terminals
        return Unexpected(
            terminals[token.column],
            token.text,
            {terminals[column] for column in row if column < len(terminals)},
            self._before,
            self._is_on_new_line(token),
            self._is_before_body(),
        )

    def _is_before_body(self) -> bool:
        """Tell whether the innermost thing that has begun is an `if` or a loop without its block."""
        closed = 0
        for value in reversed(self._values):
            text = value.text if isinstance(value, Token) else ""
            closed += (text in {")", "]", "}"}) - (text in {"(", "[", "{"})
            if closed < 0 or (not closed and text in {"if", "while", "for", "unroll"}):
                return closed == 0
        return False

    def _is_on_new_line(self, token: Token) -> bool:
        start = token.span.start - self._source.base
        text = self._source.text
        return "\n" in text[len(text[:start].rstrip()) : start]


def _shortened(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:40]}..."
