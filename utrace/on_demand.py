"""An object that is made when the first of its methods is called."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any


class OnDemand:
    """Stands for what `make` returns, which is asked for nothing but methods; they may be handed on uncalled."""

    def __init__(self, make: Callable[[], object]) -> None:
        self._make = make

    @cached_property
    def _made(self) -> object:
        return self._make()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """Give a method that makes the object when it is called."""

        def method(*arguments: Any, **named: Any) -> Any:
            return getattr(self._made, name)(*arguments, **named)

        return method
