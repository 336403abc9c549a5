"""What attaching needs of a process, whoever provides it.

An `Injector` opens a process as an `Inferior`: system calls in its name, memory, a shared descriptor, and a frozen
moment in which no thread of it runs, so that code can be replaced. It knows neither programs nor maps.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from utrace.backend.inject.registers import Registers


@dataclass(frozen=True, slots=True)
class Thread:
    """A frozen thread."""

    tid: int
    registers: Registers


class Inferior(ABC):
    """A process held open for changes. Leaving the context lets it go."""

    pid: int

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @abstractmethod
    def read(self, address: int, size: int) -> bytes:
        """Memory of the process. Raises OSError where nothing is mapped."""

    @abstractmethod
    def write(self, address: int, data: bytes) -> None:
        """Replaces memory, read-only pages too. Raises OSError."""

    @abstractmethod
    def system_call(self, number: int, *arguments: int) -> int:
        """Runs one system call in the process; its result. Raises the OSError of its errno."""

    @abstractmethod
    def share(self, descriptor: int, scratch: int) -> int:
        """Gives the process a copy of our descriptor; the copy's number there.

        `scratch` is the address of 4 KiB of writable memory in the process.
        """

    @abstractmethod
    def frozen(self) -> AbstractContextManager[Sequence[Thread]]:
        """No thread of the process runs inside this context."""

    @abstractmethod
    def move(self, tid: int, address: int) -> None:
        """Makes a frozen thread go on at another instruction."""

    @abstractmethod
    def close(self) -> None:
        """Lets the process go."""


class Injector(ABC):
    """A way into processes.

    With `changes_mappings` opening a process maps memory there, so that plans are made afterwards.
    """

    name: str
    changes_mappings = False

    @abstractmethod
    def open(self, pid: int) -> Inferior:
        """Opens a process. Raises TargetError when it is gone, AttachError when it can't be held."""


@contextmanager
def remote_descriptor(inferior: Inferior, descriptor: int, scratch: int) -> Iterator[int]:
    """A shared descriptor that is closed in the process at the end."""
    close = 3
    number = inferior.share(descriptor, scratch)
    try:
        yield number
    finally:
        inferior.system_call(close, number)
