"""Where a session's output goes: the reporter for the options."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from utrace.errors import UsageError
from utrace.options import Options
from utrace.output.reporter import Reporter
from utrace.output.stream import Buffering, OutputStream
from utrace.output.text import TextReporter

_STDOUT, _STDERR = 1, 2


@contextmanager
def open_reporter(options: Options) -> Iterator[Reporter]:
    """The reporter; the file of -o is closed at the end. Raises UsageError."""
    descriptor = _STDOUT if options.output_path is None else _open(options.output_path)
    output = OutputStream(descriptor, Buffering(options.buffering))
    messages = OutputStream(_STDERR, Buffering.NONE)
    try:
        yield _reporter(options, output, messages)
    finally:
        if descriptor != _STDOUT:
            os.close(descriptor)


def _reporter(options: Options, output: OutputStream, messages: OutputStream) -> Reporter:
    if options.output_format == "json":
        from utrace.output.json_reporter import JsonReporter

        return JsonReporter(output, messages)
    return TextReporter(output, messages)


def _open(path: str) -> int:
    try:
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o666)
    except OSError as error:
        raise UsageError(f"can't open '{path}': {error.strerror}") from error
