"""`dataclass`, put off until a class makes its first instance.

The standard library writes the methods of a dataclass as source text and compiles it: 0.4 ms for a class, and a run
imports two hundred of them and uses some.  Here the first call of a class does that work.  Until then its fields
cannot be asked for, and defaults that are no plain values are not yet attributes; nothing else can tell.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

__all__ = ["complete", "dataclass"]

if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(cls: type | None = None, /, **settings: bool) -> Any:
        """As `dataclasses.dataclass`; `slots` is not supported, because it would make another class."""
        if cls is None:
            return lambda cls: _postpone(cls, settings)
        return _postpone(cls, settings)


_postponed: dict[type, dict[str, bool]] = {}


def _postpone(cls: type, settings: dict[str, bool]) -> type:
    def complete_and_initialise(self: Any, *arguments: Any, **named: Any) -> None:
        complete(cls)
        self.__init__(*arguments, **named)

    _postponed[cls] = settings
    cls.__init__ = complete_and_initialise  # type: ignore[misc]
    return cls


def complete(cls: type) -> None:
    """Write the methods of a class, and of those that it inherits from, now; nothing if that has been done."""
    for base in reversed(cls.__mro__):
        settings = _postponed.pop(base, None)
        if settings is not None:
            del base.__init__  # type: ignore[misc]
            dataclasses.dataclass(**settings)(base)
