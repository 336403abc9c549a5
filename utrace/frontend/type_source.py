"""What type inference asks about the programs that are probed; the target implements it on debug information."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from utrace.frontend.nodes import ProbeSite
from utrace.frontend.types import Type


@dataclass(frozen=True)
class Parameter:
    """A parameter of a probed function.

    `words` are the 8-byte argument words that hold it, numbered as arg0, arg1 ... are: one for a number or pointer,
    several for a struct passed by value, none when it is where no probe can read it (in a floating-point register).
    """

    name: str
    type: Type
    words: tuple[int, ...]


class TypeSource(Protocol):
    """Types that are known from the debug information of the probed binaries."""

    def parameters(self, site: ProbeSite) -> tuple[Parameter, ...] | None:
        """Return the parameters of the function at a site, None when there is no debug information about it."""
        ...

    def type_named(self, name: str) -> Type | None:
        """Return the type that `struct foo`, `union u`, `enum e` or a typedef's name means in a probed binary."""
        ...
