"""Calls whose values are bytes that become text when they are shown: strftime, buf, macaddr, ntop; and pton."""

from __future__ import annotations

from utrace.frontend import nodes
from utrace.frontend.infer_call_context import CallContext, Signature
from utrace.frontend.types import (
    INET,
    MACADDR,
    TIMESTAMP,
    UINT8,
    ArrayType,
    BoolType,
    BufferType,
    IntType,
    PointerType,
    StringType,
    Type,
)

MAC_BYTES = 6
ADDRESS_BYTES = {"AF_INET": 4, "AF_INET6": 16}


def _strftime(c: CallContext, call: nodes.Call) -> Type:
    text = c.literal_text(call, 0, "its format")
    c.integer_argument(call, call.arguments[1])
    if text is not None and text not in c.facts.time_formats:
        c.facts.time_formats.append(text)
    return TIMESTAMP


def _buf(c: CallContext, call: nodes.Call) -> Type | None:
    types = c.types(call.arguments[:1])
    length = _buffer_length(c, call)
    if types is None or length == 0:
        return None
    source, most = types[0], c.facts.config.max_strlen
    if isinstance(source, ArrayType | StringType):
        return BufferType(min(length or source.size or most, most))
    if not isinstance(source, IntType | PointerType):
        message = f"buf() expects an integer or a pointer or an array ({source} provided)"
        c.error(call.arguments[0], message)
        return None
    if len(call.arguments) == 1:
        c.error(call, "buf() expects a length argument for a value that is no array")
        return None
    return BufferType(min(length or most, most))


def _buffer_length(c: CallContext, call: nodes.Call) -> int | None:
    """Return the length when it is known; 0 when it is wrong."""
    if len(call.arguments) < 2:
        return None
    c.integer_argument(call, call.arguments[1])
    length = c.facts.constants.get(call.arguments[1])
    if not isinstance(length, int):
        return None
    if length < 1:
        c.error(call.arguments[1], f"buf() expects a length greater than 0 ({length} provided)")
        return 0
    return length


def _macaddr(c: CallContext, call: nodes.Call) -> Type:
    found = c.expressions.value_type(call.arguments[0])
    is_address = isinstance(found, IntType | PointerType)
    if found is not None and not is_address and not (_is_bytes(found) and found.size >= MAC_BYTES):
        message = f"macaddr() only supports pointers to 6 bytes and arrays of them ({found} provided)"
        c.error(call.arguments[0], message)
    return MACADDR


def _is_bytes(found: Type) -> bool:
    return isinstance(found, StringType) or (isinstance(found, ArrayType) and found.element.size == 1)


def _ntop(c: CallContext, call: nodes.Call) -> Type:
    if len(call.arguments) > 1:
        c.integer_argument(call, call.arguments[0])
    address = call.arguments[-1]
    found = c.expressions.value_type(address)
    if found is None or isinstance(found, IntType | BoolType | PointerType):
        return INET
    is_text = c.facts.constants.get(address) is not None
    if is_text or not _is_bytes(found) or found.size not in ADDRESS_BYTES.values():
        c.error(address, f"ntop() expects an integer or an array of 4 or 16 bytes ({found} provided)")
    return INET


def _pton(c: CallContext, call: nodes.Call) -> Type | None:
    c.expressions.value_type(call.arguments[0])
    text = c.facts.constants.get(call.arguments[0])
    if not isinstance(text, bytes):
        c.error(call.arguments[0], "pton() expects a string literal as its address")
        return None
    address = address_bytes(text)
    if address is None:
        shown = text[:50].decode(errors="replace")
        c.error(call.arguments[0], f"pton() expects an IPv4 or IPv6 address, got {shown}")
        return None
    return ArrayType(UINT8, len(address))


def address_bytes(text: bytes) -> bytes | None:
    """Return an internet address in network order, None when the text is none."""
    import socket

    family = socket.AF_INET6 if b":" in text else socket.AF_INET
    try:
        return socket.inet_pton(family, text.decode())
    except (OSError, ValueError):
        return None


FUNCTIONS: dict[str, Signature] = {
    "strftime": (2, 2, _strftime),
    "buf": (1, 2, _buf),
    "macaddr": (1, 1, _macaddr),
    "ntop": (1, 2, _ntop),
    "pton": (1, 1, _pton),
}
