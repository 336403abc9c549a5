"""Where an item of the C part ends, and the C part as a whole.

The text is not understood here: that is left to a C parser (see c_declarations.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from utrace.source import Span

_DIRECTIVE = re.compile(r"#(?:[^\n\\]|\\\n|\\.)*")
_MARKS = re.compile(r'"(?:[^"\\\n]|\\.)*"|//[^\n]*|(?s:/\*(?:.*?\*/|.*))|[{};]')
_AFTER_BRACE = re.compile(r"(?:\s*__attribute__\s*\(\((?:[^()]|\([^()]*\))*\)\))*(?:\s*;)?")


def c_item_end(text: str, start: int) -> int:
    """Return the end of the directive or definition that begins at `start`; a `;` after a brace is optional."""
    if text[start] == "#":
        directive = _DIRECTIVE.match(text, start)
        return directive.end() if directive else start + 1
    is_typedef = text.startswith("typedef", start)
    depth = 0
    for mark in _MARKS.finditer(text, start):
        if mark.group() == "{":
            depth += 1
        elif mark.group() == "}":
            depth -= 1
            if depth <= 0 and not is_typedef:
                behind = _AFTER_BRACE.match(text, mark.end())
                return behind.end() if behind else mark.end()
        elif mark.group() == ";" and depth <= 0:
            return mark.end()
    return len(text)


def join_c_items(text: str, base: int, spans: Iterable[Span]) -> str:
    """Return all C items of a script, every one on its own line of the script, with the `;` that may be missing."""
    lines: list[str] = []
    position = 0
    for span in spans:
        start, end = span.start - base, span.end - base
        lines.append("\n" * text.count("\n", position, start))
        item = text[start:end]
        lines.append(item if item.startswith("#") or item.endswith(";") else item + ";")
        position = end
    return "".join(lines)
