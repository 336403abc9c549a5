"""A session's code image in the tracer itself: `begin`, `end` and `interval` programs, and the runtime's functions."""

from __future__ import annotations

import ctypes
import mmap
import os
import struct
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Final, Self

from utrace.backend.code_image import CodeImage, ContextKind
from utrace.backend.layout import PRIVATE_ENABLED, PRIVATE_PROCESS_ID, PRIVATE_WIPED_BYTES

_MAP_FIXED: Final = 0x10
_MAP_NORESERVE: Final = 0x4000
_MADV_WIPEONFORK: Final = 18
_MAP_FAILED: Final = ctypes.c_void_p(-1).value
_CONTEXT_BYTES: Final = 192
"""The kernel's `struct pt_regs` and the words that stubs add to it (utrace/runtime/stack.h)."""
_REGISTER_ARGUMENTS: Final = 6

_libc = ctypes.CDLL(None, use_errno=True)
_libc.mmap.restype = ctypes.c_void_p
_libc.mmap.argtypes = [
    ctypes.c_void_p,
    ctypes.c_size_t,
    ctypes.c_int,
    ctypes.c_int,
    ctypes.c_int,
    ctypes.c_long,
]
_libc.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
_libc.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
_libc.madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]


class LocalImage:
    """The image mapped as in a target: code, private memory, shared memory at the distances it was linked for."""

    def __init__(self, image: CodeImage, shm_descriptor: int, shm_bytes: int) -> None:
        """Map the image; OSError if there is no memory or the system forbids executable memory."""
        self._image = image
        self._bytes = image.shm_offset + shm_bytes
        self._base = _map(None, self._bytes, 0, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | _MAP_NORESERVE, -1)
        try:
            self._fill(shm_descriptor, shm_bytes)
        except OSError:
            self.close()
            raise

    def _fill(self, shm_descriptor: int, shm_bytes: int) -> None:
        image, writable = self._image, mmap.PROT_READ | mmap.PROT_WRITE
        fixed = _MAP_FIXED | mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
        private = self._base + image.private_offset
        _map(self._base, len(image.code), writable, fixed, -1)
        ctypes.memmove(self._base, image.code, len(image.code))
        _check(_libc.mprotect(self._base, len(image.code), mmap.PROT_READ | mmap.PROT_EXEC))
        _map(private, image.private_size, writable, fixed, -1)
        _check(_libc.madvise(private, PRIVATE_WIPED_BYTES, _MADV_WIPEONFORK))
        ctypes.memmove(private + PRIVATE_ENABLED, struct.pack("<I", 1), 4)
        ctypes.memmove(private + PRIVATE_PROCESS_ID, struct.pack("<I", os.getpid()), 4)
        _map(self._base + image.shm_offset, shm_bytes, writable, _MAP_FIXED | mmap.MAP_SHARED, shm_descriptor)

    @property
    def private_address(self) -> int:
        """Where the private memory lies."""
        return self._base + self._image.private_offset

    @property
    def shm_address(self) -> int:
        """Where the shared memory lies in this mapping."""
        return self._base + self._image.shm_offset

    def function(self, name: str, result: Any, *arguments: Any) -> Callable[..., Any]:
        """Give an exported runtime function by its C name, for ctypes types; KeyError if there is none."""
        return ctypes.CFUNCTYPE(result, *arguments)(self._base + self._image.functions[name])

    def run(self, name: str, arguments: Sequence[int] = ()) -> int:
        """Run a program with up to six arguments in the argument registers, the others zero; its result, or 0."""
        entry = self._image.entries[name]
        padded = [*arguments, *[0] * (_REGISTER_ARGUMENTS - len(arguments))]
        address = self._base + entry.offset
        result = ctypes.c_uint64 if entry.has_result else None
        if entry.context is ContextKind.REGISTERS:
            program = ctypes.CFUNCTYPE(result, *[ctypes.c_uint64] * _REGISTER_ARGUMENTS)(address)
            return program(*padded) or 0
        frame = ctypes.create_string_buffer(_CONTEXT_BYTES)
        for offset, value in zip((112, 104, 96, 88, 72, 64), padded, strict=True):  # di si dx cx r8 r9
            struct.pack_into("<Q", frame, offset, value)
        return ctypes.CFUNCTYPE(result, ctypes.c_void_p)(address)(ctypes.addressof(frame)) or 0

    def repeat(self, name: str, times: int) -> None:
        """Run a program without arguments so many times, at least once, with nothing in between."""
        from utrace.backend.repeat import call_repeatedly

        entry = self._image.entries[name]
        frame = ctypes.create_string_buffer(_CONTEXT_BYTES)
        call_repeatedly(self._base + entry.offset, ctypes.addressof(frame), times)

    def close(self) -> None:
        """Unmap everything; nothing of the image may be called afterwards."""
        if self._base:
            _check(_libc.munmap(self._base, self._bytes))
            self._base = 0

    def __enter__(self) -> Self:
        """Give the image itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Unmap."""
        self.close()


def _map(address: int | None, size: int, protection: int, flags: int, descriptor: int) -> int:
    result = _libc.mmap(address, size, protection, flags, descriptor, 0)
    if result in (None, _MAP_FAILED):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return int(result)


def _check(result: int) -> None:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
