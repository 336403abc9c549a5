"""A descriptor into another process, in whatever namespace and under whatever user it runs.

The process makes a socket pair, one end is fetched with pidfd_getfd(2), the descriptor travels as SCM_RIGHTS and is
received by the process itself. The layout of `struct msghdr` and `struct cmsghdr` is that of recvmsg(2) on Linux's
64-bit ABIs.
"""

import array
import os
import socket
import struct

from utrace.backend.inject.base import Inferior
from utrace.backend.inject.ptrace_calls import pidfd_getfd

_SYS_CLOSE = 3
_SYS_RECVMSG = 47
_SYS_SOCKETPAIR = 53
_MSG_CMSG_CLOEXEC = 0x40000000

# Offsets in the scratch page.
_PAIR, _MESSAGE, _VECTOR, _BYTE, _CONTROL = 0, 64, 128, 192, 256
_CONTROL_BYTES = 24
_DESCRIPTOR_OFFSET = 16


def pass_descriptor(inferior: Inferior, descriptor: int, scratch: int) -> int:
    """Copies our descriptor into the process; its number there (close-on-exec). Raises OSError."""
    pair = scratch + _PAIR
    inferior.system_call(_SYS_SOCKETPAIR, socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC, 0, pair)
    theirs, fetched = struct.unpack("<ii", inferior.read(pair, 8))
    try:
        _send(inferior.pid, fetched, descriptor)
        return _receive(inferior, theirs, scratch)
    finally:
        inferior.system_call(_SYS_CLOSE, theirs)
        inferior.system_call(_SYS_CLOSE, fetched)


def _send(pid: int, their_number: int, descriptor: int) -> None:
    pidfd = os.pidfd_open(pid)
    try:
        number = pidfd_getfd(pidfd, their_number)
    finally:
        os.close(pidfd)
    with socket.socket(fileno=number) as sender:
        rights = array.array("i", [descriptor])
        sender.sendmsg([b"\0"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])


def _receive(inferior: Inferior, number: int, scratch: int) -> int:
    vector = struct.pack("<QQ", scratch + _BYTE, 1)
    message = struct.pack(
        "<QIIQQQQII", 0, 0, 0, scratch + _VECTOR, 1, scratch + _CONTROL, _CONTROL_BYTES, 0, 0
    )
    inferior.write(scratch + _VECTOR, vector)
    inferior.write(scratch + _MESSAGE, message)
    inferior.system_call(_SYS_RECVMSG, number, scratch + _MESSAGE, _MSG_CMSG_CLOEXEC)
    return int(struct.unpack("<i", inferior.read(scratch + _CONTROL + _DESCRIPTOR_OFFSET, 4))[0])
