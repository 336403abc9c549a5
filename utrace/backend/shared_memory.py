"""The memory that tracer and targets share: an anonymous file, mapped here and, by the injector, there."""

from __future__ import annotations

import contextlib
import fcntl
import mmap
import os
import struct
from collections.abc import Mapping
from types import TracebackType
from typing import Final, Self

from utrace.backend.layout import (
    CONTROL_LOST_HITS,
    CONTROL_MAGIC,
    CONTROL_RINGS_USED,
    CONTROL_SLOTS_USED,
    ShmLayout,
)
from utrace.backend.spec import MapSpec, MapType

_MFD_NOEXEC_SEAL: Final = 8
_MFD_FLAGS: Final = os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING


class SharedMemory:
    """The file and its mapping, laid out by a ShmLayout; a context manager that gives both back.

    `view` is the whole memory as bytes. Reading a page that nobody has touched makes it take memory, so what
    may be large and empty is read by `read`.
    """

    def __init__(self, layout: ShmLayout, specs: Mapping[str, MapSpec]) -> None:
        """Create the memory, all zero but for the control page and the maps that have a content; OSError."""
        self.layout = layout
        self.descriptor = _create_file()
        try:
            os.ftruncate(self.descriptor, layout.total_bytes)
            # No target can cut the file short, which would make the tracer's own reads fault.
            fcntl.fcntl(
                self.descriptor,
                fcntl.F_ADD_SEALS,
                fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL,
            )
            self._mapping = mmap.mmap(self.descriptor, layout.total_bytes)
        except OSError:
            os.close(self.descriptor)
            raise
        self.view = memoryview(self._mapping)
        struct.pack_into("<2Q", self.view, 0, CONTROL_MAGIC, layout.total_bytes)
        for name, spec in specs.items():
            if spec.type == MapType.ARRAY and spec.initial is not None:
                self.write(layout.maps[name].shared_offset, spec.initial)

    def read(self, offset: int, size: int) -> bytes:
        """Copy a range; untouched pages stay untouched."""
        return os.pread(self.descriptor, size, offset)

    def write(self, offset: int, content: bytes) -> None:
        """Replace a range."""
        self.view[offset : offset + len(content)] = content

    def word(self, offset: int) -> int:
        """Give the u64 at an offset, which must be a multiple of 8."""
        value: int = struct.unpack_from("<Q", self.view, offset)[0]
        return value

    @property
    def lost_hits(self) -> int:
        """How many hits found no slot, because more threads were alive than there are slots."""
        return self.word(CONTROL_LOST_HITS)

    @property
    def slots_used(self) -> int:
        """Slots 1 to this one have had an owner."""
        return min(self.word(CONTROL_SLOTS_USED), self.layout.slot_count)

    @property
    def rings_used(self) -> int:
        """Rings 0 up to this one have been given to a slot."""
        return min(self.word(CONTROL_RINGS_USED), self.layout.ring_count)

    def close(self) -> None:
        """Unmap the memory and close the file; targets that have it mapped keep it."""
        self.view.release()
        with contextlib.suppress(BufferError):  # somebody still looks at it: it goes when they are done
            self._mapping.close()
        os.close(self.descriptor)

    def __enter__(self) -> Self:
        """Give the memory itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()


def _create_file() -> int:
    """Open an anonymous file that cannot be executed; older kernels do not know that flag."""
    # The name tells the mappings of one session from those of another.
    name = f"utrace-{os.getpid()}-{os.urandom(4).hex()}"
    try:
        return os.memfd_create(name, _MFD_FLAGS | _MFD_NOEXEC_SEAL)
    except OSError:
        return os.memfd_create(name, _MFD_FLAGS)
