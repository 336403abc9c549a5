"""`make demo`: traces TLS connections that it makes itself, and shows who calls SSL_write.

They are Python's own (tools/tls_traffic.py), or, where Python's ssl has no libssl file, `openssl s_server`
and `openssl s_client`.
"""

import contextlib
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent
SECONDS = 3
LINE_INTERVAL_S = 0.005


@contextlib.contextmanager
def python_traffic() -> Iterator[str | None]:
    """Run tls_traffic.py; give the path of its libssl, or None when it cannot run."""
    command = [sys.executable, str(HERE / "tls_traffic.py")]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip() or None
        finally:
            process.terminate()


@contextlib.contextmanager
def openssl_traffic() -> Iterator[str | None]:
    """Run an s_server and an s_client that send each other lines; give the name of their libssl."""
    openssl = shutil.which("openssl")
    if openssl is None:
        yield None
        return
    with tempfile.TemporaryDirectory() as directory, contextlib.ExitStack() as stack:
        key, certificate = f"{directory}/key", f"{directory}/certificate"
        make = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=demo"]
        subprocess.run([*make, "-keyout", key, "-out", certificate], check=True, capture_output=True)
        address = f"127.0.0.1:{free_port()}"
        server = [openssl, "s_server", "-quiet", "-accept", address, "-key", key, "-cert", certificate]
        speaking(stack, server)
        time.sleep(0.5)
        speaking(stack, [openssl, "s_client", "-quiet", "-connect", address])
        time.sleep(0.5)
        yield "libssl"


def speaking(stack: contextlib.ExitStack, command: list[str]) -> None:
    """Start a program and feed it lines until the stack is left."""
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    stack.callback(process.wait)
    stack.callback(process.terminate)

    def feed() -> None:
        assert process.stdin is not None
        with contextlib.suppress(OSError, ValueError):
            while True:
                process.stdin.write(b"hello\n")
                process.stdin.flush()
                time.sleep(LINE_INTERVAL_S)

    threading.Thread(target=feed, daemon=True).start()


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def trace(libssl: str) -> int:
    """Run utrace on all that uses `libssl`, for a few seconds; return its exit code."""
    program = f"uprobe:{libssl}:SSL_write* {{ @[comm] = count(); }} interval:s:{SECONDS} {{ exit(); }}"
    print(f"$ utrace -e {shlex.quote(program)}", flush=True)
    return subprocess.run([sys.executable, "-m", "utrace", "-e", program], check=False).returncode


def main() -> int:
    """Run the demonstration."""
    for traffic in (python_traffic, openssl_traffic):
        with traffic() as libssl:
            if libssl is not None:
                return trace(libssl)
    print("nothing to trace: Python's ssl has no libssl, and there is no openssl command", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
