"""Where instructions begin (x86-64, decoded by iced-x86)."""

from __future__ import annotations

MAX_INSTRUCTION_BYTES = 15


def is_boundary(code: bytes, offset: int) -> bool:
    """Whether an instruction begins at `offset` of `code`, which begins with one itself."""
    from iced_x86 import Decoder

    decoder = Decoder(64, code[: offset + MAX_INSTRUCTION_BYTES])
    while decoder.position < offset and decoder.can_decode:
        if decoder.decode().is_invalid:
            return False
    return decoder.position == offset
