"""What people often mean where the syntax is wrong."""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass

_WORD_OPERATORS = {"and": "&&", "or": "||", "not": "!"}
_BEGINNINGS = {
    "VARIABLE",
    "MAP",
    "NAME",
    "_LET",
    "_IF",
    "_FOR",
    "_WHILE",
    "_UNROLL",
    "BREAK",
    "CONTINUE",
    "RETURN",
}


@dataclass(frozen=True)
class Unexpected:
    """A token that can't be where it is."""

    terminal: str
    text: str
    expected: Container[str]
    """Terminals that could."""
    before: tuple[str, str]
    """The texts of the two tokens in front, `""` where there is none."""
    is_on_new_line: bool
    is_before_body: bool
    """The braces of a condition or loop are still to come."""


def hint_for(found: Unexpected) -> str | None:
    """Return the first hint that may help."""
    return next((hint for rule in _RULES if (hint := rule(found))), None)


def _declaration(found: Unexpected) -> str | None:
    keyword = found.before[1]
    if keyword == "let" and found.terminal == "MAP":
        return f"maps are declared outside of probes: let {found.text} = hash(100);"
    if keyword == "import":
        is_quoted = found.terminal == "STRING"
        return (
            "imports are in front of all probes" if is_quoted else 'a name in quotes follows: import "name";'
        )
    return None


def _comparison(found: Unexpected) -> str | None:
    if found.text != "=":
        return None
    first, name = found.before
    if first in {".", "->"}:
        return "tuples can't be changed; assign a new one" if name.isdecimal() else "fields can't be changed"
    if name.isidentifier() and first in {"{", ";", "}"}:
        return f"variables begin with a $ and maps with an @: ${name} or @{name}"
    return "== compares; an assignment is a statement and has no value"


def _call(found: Unexpected) -> str | None:
    name = found.before[1]
    is_argument = found.terminal in {"STRING", "INTEGER", "VARIABLE", "MAP"} and not found.is_on_new_line
    return f"a call needs parentheses: {name}(...)" if is_argument and name.isidentifier() else None


def _word_operator(found: Unexpected) -> str | None:
    operator = _WORD_OPERATORS.get(found.text) or _WORD_OPERATORS.get(found.before[1])
    return f"the operator is {operator}" if operator else None


def _else_if(found: Unexpected) -> str | None:
    return "write else if" if found.before[1] in {"elif", "elsif", "elseif"} else None


def _loop(found: Unexpected) -> str | None:
    if found.text != "in" or "COLON" not in found.expected:
        return None
    return "a loop is written: for $i : 0..10 { }"


def _variable(found: Unexpected) -> str | None:
    is_name = found.terminal == "NAME" and "VARIABLE" in found.expected and "NAME" not in found.expected
    return f"variables begin with a $: ${found.text}" if is_name else None


def _braces(found: Unexpected) -> str | None:
    is_body = found.is_before_body or "SEMICOLON" not in found.expected
    if not is_body or "LBRACE" not in found.expected or found.terminal not in _BEGINNINGS:
        return None
    return "the body of a probe, a condition or a loop is in braces"


def _semicolon(found: Unexpected) -> str | None:
    if "SEMICOLON" not in found.expected or found.terminal not in _BEGINNINGS:
        return None
    return f"a semicolon may be missing behind {found.before[1][:40]}"


def _attach_point(found: Unexpected) -> str | None:
    is_first = found.text in {"{", "/"} and found.before[1] in {"", "}", ";"}
    return "a probe begins with its attach point, such as begin or uprobe:FILE:FUNCTION" if is_first else None


_RULES: tuple[Callable[[Unexpected], str | None], ...] = (
    _declaration,
    _comparison,
    _word_operator,
    _else_if,
    _loop,
    _call,
    _variable,
    _braces,
    _semicolon,
    _attach_point,
)
