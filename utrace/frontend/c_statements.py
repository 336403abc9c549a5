"""The C part of a script as a compiler wants it: with the semicolons that the language lets out."""

from __future__ import annotations

import re

_TOKEN = re.compile(
    r"""(?P<blank>\s+|//[^\n]*|/\*.*?(?:\*/|\Z))
      | (?P<directive>\#(?:[^\n\\]|\\.)*)
      | (?P<text>"(?:[^"\\\n]|\\.)*"?|'(?:[^'\\\n]|\\.)*'?)
      | (?P<word>[A-Za-z_]\w*)
      | (?P<sign>.)""",
    re.VERBOSE | re.DOTALL,
)
_STARTS = frozenset({"struct", "union", "enum", "typedef"})


def with_semicolons(text: str) -> str:
    """Return C text with `;` behind each definition of a struct, union or enum that lacks it.

    A definition ends at its last brace or attribute when another one, a directive or the end of the text follows.
    Lines stay where they are.
    """
    result: list[str] = []
    depth = 0
    end = -1  # index in `result` behind a definition that may need a semicolon
    attribute = False
    for match in _TOKEN.finditer(text):
        token, kind = match[0], match.lastgroup
        if kind != "blank" and depth == 0 and end >= 0:
            if kind == "directive" or token in _STARTS:
                result.insert(end, ";")
                end = -1
            elif token == "__attribute__":
                attribute = True
            elif token not in "()":
                end = -1
        if token in {"{", "("}:
            depth += 1
        elif token in {"}", ")"} and depth:
            depth -= 1
        result.append(token)
        if depth == 0 and (token == "}" or (token == ")" and attribute)):
            end, attribute = len(result), False
    if depth == 0 and end >= 0:
        result.insert(end, ";")
    return "".join(result)
