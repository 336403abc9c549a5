"""The parser's tables, read from grammar_tables.json (see build_grammar.py for the layout)."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

from utrace.lazy_dataclass import dataclass

DESCRIPTIONS = {
    "$END": "end of file",
    "ATTACH_POINT": "attach point",
    "INTEGER": "integer",
    "STRING": "string",
    "POSITIONAL": "positional parameter",
    "VARIABLE": "variable",
    "MAP": "map",
    "NAME": "name",
    "ASSIGN_WITH": "assignment operator",
    "_ASSIGN": "=",
    "INCREMENT": "++ or --",
    "_END_PREDICATE": "end of predicate",
    "BINARY": "operator",
    "NOT": "!",
    "MINUS": "-",
    "STAR": "*",
    "AMPERSAND": "&",
    "DIV": "/",
    "TYPE": "type",
    "LBRACE": "{",
    "RBRACE": "}",
    "SEMICOLON": ";",
    "COMMA": ",",
    "COLON": ":",
    "LPAR": "(",
    "RPAR": ")",
    "LSQB": "[",
    "RSQB": "]",
    "DOT": ".",
    "_RANGE": "..",
    "_ARROW": "->",
    "QMARK": "?",
    "_ELVIS": "?:",
}


@dataclass(frozen=True)
class Rule:
    """One production: what it reduces to, how many symbols, and which of them its action is given."""

    column: int
    length: int
    action: str
    kept: tuple[int, ...]


@dataclass(frozen=True)
class Tables:
    """LALR tables; terminals and nonterminals are column numbers."""

    terminals: tuple[str, ...]
    words: dict[str, int]
    top_pattern: re.Pattern[str]
    body_pattern: re.Pattern[str]
    rules: tuple[Rule, ...]
    states: tuple[dict[int, int], ...]
    start: int
    accept: int
    columns: dict[str, int]

    def describe(self, column: int) -> str:
        """Return a terminal's name for error messages."""
        name = self.terminals[column]
        return DESCRIPTIONS.get(name, name.strip("_").lower())


@cache
def load_tables() -> Tables:
    """Read the tables (a few milliseconds, once)."""
    data = json.loads(Path(__file__).with_name("grammar_tables.json").read_bytes())
    columns = {name: index for index, name in enumerate(data["terminals"])}
    return Tables(
        terminals=tuple(data["terminals"]),
        words=data["words"],
        top_pattern=_alternation(data["top"]),
        body_pattern=_alternation(data["body"]),
        rules=tuple(
            Rule(column, length, action, tuple(kept)) for column, length, action, kept in data["rules"]
        ),
        states=tuple(dict(zip(row[::2], row[1::2], strict=True)) for row in data["states"]),
        start=data["start"],
        accept=data["accept"],
        columns=columns,
    )


def _alternation(patterns: list[list[str]]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in patterns))
