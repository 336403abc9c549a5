"""What a value only refers to: stacks by their id, symbols by their address, users by their number."""

from __future__ import annotations

from functools import cache
from typing import Protocol

from utrace.frontend.types import USERNAME, USYM, Type
from utrace.output.model import Primitive, Symbol


class Resolver(Protocol):
    """Looks such values up at the time when they are shown."""

    def resolve(self, type_: Type, value: bytes) -> Primitive:
        """Return what to show for a value of type USERNAME, USYM or StackType, given its bytes."""


class HostResolver:
    """Knows the users of this machine, and neither stacks nor symbols: addresses are shown as they are."""

    def resolve(self, type_: Type, value: bytes) -> Primitive:
        """Return the name of a user, an address as a number, nothing for a stack."""
        number = int.from_bytes(value[:8], "little")
        if type_ is USERNAME:
            return user_name(number)
        return Symbol(f"{number:#x}", number) if type_ is USYM else ""


@cache
def user_name(uid: int) -> str:
    """Return the name of a user; empty, as in bpftrace, when there is none."""
    import pwd

    try:
        return pwd.getpwuid(uid).pw_name
    except (KeyError, OverflowError):
        return ""
