"""Where a function finds its arguments at its first instruction: System V ABI for x86-64, section 3.2.3.

There every parameter is where the convention wants it, whatever the debug information says about later instructions.
"""

from __future__ import annotations

from collections.abc import Iterator

from utrace.frontend.types import ArrayType, OpaqueType, StructType, Type

INTEGER_REGISTERS = 6
VECTOR_REGISTERS = 8
_MAX_REGISTER_BYTES = 16


class Placement:
    """Gives the parameters of one function their places, one after the other.

    Places are 8-byte argument words, numbered like arg0, arg1 ...: integer registers first, then the stack.
    """

    def __init__(self, *, has_result_address: bool = False) -> None:
        """Begin with the first parameter; in front of it goes the address for a result in memory, if any."""
        self._integers = int(has_result_address)
        self._vectors = 0
        self._stack = 0

    def place(self, type_: Type) -> tuple[int, ...]:
        """Return the words that hold the next parameter, none when (a part of) it is in a vector register."""
        classes = _classes(type_)
        if classes is not None:
            integers, vectors = classes.count("INTEGER"), classes.count("SSE")
            if self._integers + integers <= INTEGER_REGISTERS and self._vectors + vectors <= VECTOR_REGISTERS:
                first = self._integers
                self._integers += integers
                self._vectors += vectors
                return () if vectors else tuple(range(first, first + integers))
        if type_.alignment > 8:
            self._stack += self._stack % 2
        first = INTEGER_REGISTERS + self._stack
        words = -(-type_.size // 8)
        self._stack += words
        return tuple(range(first, first + words))


def is_returned_in_memory(type_: Type) -> bool:
    """Tell whether the caller passes, as the first argument, an address for the result."""
    if isinstance(type_, OpaqueType):
        return type_.size > _MAX_REGISTER_BYTES
    return type_.size > 0 and _classes(type_) is None


def _classes(type_: Type) -> list[str] | None:
    """Return the class of each 8-byte word of a value in registers, None for a value in memory."""
    if type_.size > _MAX_REGISTER_BYTES:
        return None
    classes = ["NONE"] * -(-type_.size // 8)
    for offset, scalar in _scalars(type_, 0):
        found = _class(scalar)
        if found is None or offset % scalar.alignment:
            return None
        for word in range(offset // 8, (offset + scalar.size + 7) // 8):
            if word < len(classes) and classes[word] != "INTEGER":
                classes[word] = found
    return classes


def _scalars(type_: Type, offset: int) -> Iterator[tuple[int, Type]]:
    if isinstance(type_, StructType):
        for member in type_.members:
            place = offset + member.offset
            # Parts of one word count as that word: for a bitfield, the byte is enough.
            yield from _scalars(
                member.type, place // member.type.alignment * member.type.alignment if member.bits else place
            )
    elif isinstance(type_, ArrayType):
        for index in range(min(type_.count, _MAX_REGISTER_BYTES)):
            yield from _scalars(type_.element, offset + index * type_.element.size)
    elif type_.size:
        yield offset, type_


def _class(scalar: Type) -> str | None:
    if not isinstance(scalar, OpaqueType) or "int" in scalar.name:
        return "INTEGER"
    return None if scalar.name == "long double" or "complex long double" in scalar.name else "SSE"
