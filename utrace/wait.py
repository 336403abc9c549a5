"""Waiting until something happens in a target, a signal arrives, or time has passed."""

from __future__ import annotations

import ctypes

_SYS_FUTEX = 202
_FUTEX_WAIT, _FUTEX_WAKE = 0, 1
_ALL = 0x7FFFFFFF
_libc = ctypes.CDLL(None, use_errno=True)


class _Timespec(ctypes.Structure):
    _fields_ = (("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long))


def wait_while(address: int, value: int, timeout_s: float) -> None:
    """Sleep while the u32 at `address` is `value`, at most `timeout_s`; a signal ends it too (futex(2))."""
    whole = int(timeout_s)
    timeout = _Timespec(whole, int((timeout_s - whole) * 1e9))
    _libc.syscall(
        _SYS_FUTEX,
        ctypes.c_void_p(address),
        _FUTEX_WAIT,
        ctypes.c_uint32(value),
        ctypes.byref(timeout),
        None,
        0,
    )


def wake_all(address: int) -> None:
    """Wake everybody who waits at `address`, in whatever process."""
    _libc.syscall(_SYS_FUTEX, ctypes.c_void_p(address), _FUTEX_WAKE, _ALL, None, None, 0)
