"""C++ and Rust names as people write them (C++: cxxfilt, which asks the C++ runtime library of the system)."""

from __future__ import annotations

import re
from functools import cache

_RUST = re.compile(r"_ZN([1-9][\w$.]*)17h[0-9a-f]{16}E", re.ASCII)
"""Rust's first mangling: words with their lengths, as in C++, and a hash as the last one."""
_RUST_ESCAPE = re.compile(r"\$(?:u([0-9a-f]{2})|([A-Z]{1,2}))\$")
_RUST_SIGNS = {"SP": "@", "BP": "*", "RF": "&", "LT": "<", "GT": ">", "LP": "(", "RP": ")", "C": ","}


@cache
def demangle(name: str) -> str:
    """Return `name` demangled, or as it is when it is no mangled C++ name or no demangler is at hand."""
    if not name.startswith("_Z"):
        return name
    try:
        import cxxfilt
    except Exception:  # it raises its own error when the machine has no libstdc++
        return name
    try:
        text = cxxfilt.demangle(name)
    except cxxfilt.InvalidName:
        return name
    return str(text)


@cache
def demangle_rust(name: str) -> str:
    """Return the path of a Rust function without its hash (`krate::module::function`), or `name` as it is.

    Names of the second mangling, which begin with `_R`, stay as they are.
    """
    match = _RUST.fullmatch(name)
    if match is None:
        return name
    words, rest = [], match[1]
    while rest:
        digits = re.match(r"[1-9]\d{0,5}(?=\D)", rest)
        end = digits.end() + int(digits[0]) if digits else 0
        if digits is None or end > len(rest):
            return name
        words.append(rest[digits.end() : end])
        rest = rest[end:]
    return "::".join(map(_rust_word, words))


def _rust_word(word: str) -> str:
    """Return a word with its signs: an underscore stands in front of a `$` that begins it, `..` for `::`."""
    text = word[1:] if word.startswith("_$") else word
    return _RUST_ESCAPE.sub(_rust_sign, text.replace("..", "::"))


def _rust_sign(match: re.Match[str]) -> str:
    return chr(int(match[1], 16)) if match[1] else _RUST_SIGNS.get(match[2], match[0])
