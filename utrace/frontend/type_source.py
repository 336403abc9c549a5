"""What type inference asks about the programs that are probed; the target implements it on debug information."""

from __future__ import annotations

from typing import Protocol

from utrace.frontend.nodes import ProbeSite
from utrace.frontend.types import StructType, Type


class TypeSource(Protocol):
    """Types that are known from the debug information of the probed binaries; TargetError when it is damaged."""

    def parameters(self, site: ProbeSite) -> StructType | None:
        """Return the parameters of the function that starts at a site, None when they are not known.

        Each member is a parameter, with `Member.words`.
        """
        ...

    def type_named(self, name: str) -> Type | None:
        """Return the type that `struct foo`, `union u`, `enum e` or a typedef's name means in a probed binary."""
        ...
