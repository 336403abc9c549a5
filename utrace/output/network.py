"""Internet addresses as text."""

from __future__ import annotations

AF_INET = 2
AF_INET6 = 10


def inet_text(value: bytes) -> str:
    """Return an `inet` value (see `utrace.frontend.types`) in the usual notation, empty for an unknown family."""
    family, address = int.from_bytes(value[:4], "little", signed=True), value[4:20]
    if family == AF_INET:
        return ".".join(map(str, address[:4]))
    if family == AF_INET6:
        from socket import inet_ntop

        return inet_ntop(AF_INET6, address)
    return ""
