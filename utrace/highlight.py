"""A line of a script in colours, for messages on a terminal."""

from __future__ import annotations

import re

_RESET = "\033[0m"
_COLORS = {
    "comment": "\033[2m",  # faint
    "string": "\033[32m",  # green
    "number": "\033[36m",  # cyan
    "variable": "\033[33m",  # yellow: $x, $1
    "map": "\033[35m",  # magenta
    "keyword": "\033[34m",  # blue
}
_KEYWORDS = (
    "break|comptime|config|continue|else|false|fn|for|if|import|let|macro|offsetof|return|sizeof|true|typeinfo"
    "|typeof|unroll|while"
)
_TOKEN = re.compile(
    r"(?P<comment>//.*|/\*.*?(?:\*/|$))"
    r'|(?P<string>"(?:[^"\\]|\\.)*(?:"|$))'
    r"|(?P<variable>\$(?:\w+|#))"
    r"|(?P<map>@\w*)"
    rf"|(?P<keyword>\b(?:{_KEYWORDS})\b)"
    r"|(?P<number>\b[0-9]\w*)"
    r"|\w+"
)


def highlight(line: str) -> str:
    """Return a line of a script with colours; where it begins inside a comment or a string, they may be wrong."""
    return _TOKEN.sub(_colored, line)


def _colored(match: re.Match[str]) -> str:
    return f"{_COLORS[match.lastgroup]}{match[0]}{_RESET}" if match.lastgroup else match[0]
