"""A TLS server and a client that talk to each other over loopback until told to stop.

For the demonstration: they call into the libssl that Python uses, need no certificate (an anonymous cipher
does), and name their threads `tls-server` and `tls-client`, which is what `comm` shows.
Prints the path of libssl once the first message has come through; stops when its standard input ends.
"""

import contextlib
import ctypes
import re
import socket
import ssl
import sys
import threading
import time
from pathlib import Path

PR_SET_NAME = 15
PR_SET_PTRACER = 0x59616D61
PR_SET_PTRACER_ANY = -1
CIPHERS = "AECDH-AES256-SHA:ADH-AES256-GCM-SHA384:@SECLEVEL=0"
MESSAGES_PER_REPLY = 4
PAUSE_S = 0.002


def prctl(option: int, value: object) -> None:
    """Call prctl(2); failure is not ours to judge."""
    ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def context(protocol: int) -> ssl.SSLContext:
    """Return a context for encryption without certificates."""
    made = ssl.SSLContext(protocol)
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    made.maximum_version = ssl.TLSVersion.TLSv1_2
    made.set_ciphers(CIPHERS)
    return made


def serve(listener: socket.socket) -> None:
    """Answer every few messages of the one client with one."""
    prctl(PR_SET_NAME, b"tls-server")
    plain, _ = listener.accept()
    with context(ssl.PROTOCOL_TLS_SERVER).wrap_socket(plain, server_side=True) as stream:
        while True:
            for _ in range(MESSAGES_PER_REPLY):
                if not stream.recv(100):
                    return
            stream.sendall(b"thanks")


def talk(address: tuple[str, int], first_reply: threading.Event) -> None:
    """Send messages for as long as the program lives."""
    prctl(PR_SET_NAME, b"tls-client")
    plain = socket.create_connection(address)
    with context(ssl.PROTOCOL_TLS_CLIENT).wrap_socket(plain) as stream:
        while True:
            for _ in range(MESSAGES_PER_REPLY):
                stream.sendall(b"hello")
                time.sleep(PAUSE_S)
            stream.recv(100)
            first_reply.set()


def libssl() -> str | None:
    """Return the path of the libssl that this process has loaded, if it is a file of its own."""
    found = re.search(r"/\S*/libssl[^/\n]*\.so\S*", Path("/proc/self/maps").read_text())
    return found[0] if found else None


def main() -> int:
    """Run until standard input ends."""
    path = libssl()
    if path is None:
        print("this Python has no libssl of its own file", file=sys.stderr)
        return 1
    prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY)  # any process of this user may trace us, if Yama asks
    listener = socket.create_server(("127.0.0.1", 0))
    first_reply = threading.Event()
    threading.Thread(target=serve, args=[listener], daemon=True).start()
    threading.Thread(target=talk, args=[listener.getsockname(), first_reply], daemon=True).start()
    if not first_reply.wait(10):
        return 1
    print(path, flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        sys.stdin.read()
    return 0


if __name__ == "__main__":
    sys.exit(main())
