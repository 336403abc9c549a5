"""Buffering, and outputs that do not work."""

import contextlib
import os
import threading

import pytest

from utrace.errors import UtraceError
from utrace.output.stream import Buffering, OutputClosed, OutputStream


@pytest.fixture
def pipe():
    reader, writer = os.pipe()
    yield reader, writer
    for descriptor in (reader, writer):
        with contextlib.suppress(OSError):
            os.close(descriptor)


def arrived(reader):
    os.set_blocking(reader, False)
    try:
        return os.read(reader, 1 << 20)
    except BlockingIOError:
        return b""


def test_unbuffered(pipe):
    stream = OutputStream(pipe[1], Buffering.NONE)
    stream.write(b"a")
    assert arrived(pipe[0]) == b"a"


def test_by_lines(pipe):
    stream = OutputStream(pipe[1])
    stream.write(b"one")
    assert arrived(pipe[0]) == b""
    stream.write(b"\ntwo\nthr")
    assert arrived(pipe[0]) == b"one\ntwo\n"
    stream.flush()
    assert arrived(pipe[0]) == b"thr"
    stream.flush()
    assert arrived(pipe[0]) == b""


def test_by_blocks(tmp_path):
    path = tmp_path / "out"
    with path.open("wb") as out:
        stream = OutputStream(out.fileno(), Buffering.FULL)
        stream.write(b"line\n" * 1000)
        assert path.read_bytes() == b""
        stream.write(b"x" * 64 * 1024)
        assert path.read_bytes() == b"line\n" * 1000 + b"x" * 64 * 1024


def test_a_full_non_blocking_pipe_is_waited_for(pipe):
    reader, writer = pipe
    os.set_blocking(writer, False)
    data = bytes(range(256)) * 4096
    received = bytearray()

    def read_all():
        while len(received) < len(data):
            received.extend(os.read(reader, 10000))

    thread = threading.Thread(target=read_all)
    thread.start()
    OutputStream(writer, Buffering.NONE).write(data)
    thread.join(10)
    assert received == data


@pytest.mark.parametrize("buffering", list(Buffering))
def test_nobody_reads_any_more(pipe, buffering):
    os.close(pipe[0])
    stream = OutputStream(pipe[1], buffering)
    with pytest.raises(OutputClosed):
        stream.write(b"line\n")
        stream.flush()


def test_a_full_disk_is_an_error():
    with open("/dev/full", "wb") as full:
        stream = OutputStream(full.fileno())
        with pytest.raises(UtraceError, match="cannot write the output: No space left on device"):
            stream.write(b"line\n")
