"""Patterns of names, as bpftrace has them, and names that were perhaps meant."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

_MAX_CANDIDATES = 4000
_MAX_PATTERN = 4096


def is_pattern(text: str) -> bool:
    """Whether `text` has a wildcard: `*`, or a set of characters in brackets."""
    return "*" in text or bool(re.search(r"\[.+\]", text))


def matcher(pattern: str) -> Callable[[str], bool]:
    """Return a test for names: `*` is any text, `[..]` one of a set (`!` or `^` inverts)."""
    compiled = re.compile(_to_regex(pattern[:_MAX_PATTERN]), re.DOTALL)
    return lambda name: compiled.fullmatch(name) is not None


def _to_regex(pattern: str) -> str:
    # Each piece between two stars is matched at its first place and never again (atomic group), which is
    # right for a glob and keeps a pattern of many stars from taking exponential time.
    first, *rest = re.split(r"\*+", pattern)
    if not rest:
        return _literal(first)
    *middle, last = rest
    atoms = "".join(f"(?>.*?{_literal(piece)})" for piece in middle)
    return f"{_literal(first)}{atoms}.*{_literal(last)}"


def _literal(piece: str) -> str:
    return "".join(
        _set(part) if part.startswith("[") and part.endswith("]") and len(part) > 2 else re.escape(part)
        for part in re.split(r"(\[[^\]]+\])", piece)
    )


def _set(part: str) -> str:
    body = part[1:-1]
    inverted = body[0] in "!^" and len(body) > 1
    body = body[1:] if inverted else body
    escaped = re.sub(r"([\\\[\]^&~|])", r"\\\1", body)
    text = f"[{'^' if inverted else ''}{escaped}]"
    try:
        re.compile(text)
    except re.error:  # a range upside down
        return re.escape(part)
    return text


def near_misses(name: str, names: Iterable[str], count: int = 3) -> tuple[str, ...]:
    """Return up to `count` of `names` that look like `name`; time is bounded however many there are."""
    import difflib

    folded = name.casefold()
    exact: list[str] = []
    similar: list[str] = []
    for candidate in dict.fromkeys(names):
        other = candidate.casefold()
        if other == folded or other.strip("_") == folded.strip("_"):
            exact.append(candidate)
        elif len(similar) < _MAX_CANDIDATES and _could_be(folded, other):
            similar.append(candidate)
    close = difflib.get_close_matches(name, similar, n=count, cutoff=0.7)
    return tuple(dict.fromkeys([*exact, *close]))[:count]


def _could_be(name: str, other: str) -> bool:
    if abs(len(name) - len(other)) > max(2, len(name) // 3):
        return False
    return name[:2] == other[:2] or name[-3:] == other[-3:] or name in other
