"""C++ names as people write them (cxxfilt, which asks the C++ runtime library of the system)."""

from __future__ import annotations

from functools import cache


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
