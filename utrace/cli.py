"""The outermost frame: from arguments to an exit code; errors become messages here and nowhere else."""

from __future__ import annotations

import gc
import os
import signal
import sys
import traceback
from collections.abc import Sequence
from typing import NoReturn

from typer.exceptions import TyperException

from utrace import usage
from utrace.color import color_warning, paint
from utrace.command import parse_command_line
from utrace.errors import DeclarationError, InternalError, ScriptError, UsageError, UtraceError, VerifierError
from utrace.options import Options


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run utrace with `arguments` (default: the process's own) and exit with its exit code."""
    gc.disable()  # until the tracer is armed; there is no garbage worth the search before
    words = sys.argv[1:] if arguments is None else arguments
    code = exit_code_of(words)
    try:
        sys.stdout.flush()
    except OSError:  # the reader of our output went away first
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)


def exit_code_of(arguments: Sequence[str]) -> int:
    """Run utrace and return its exit code; every error becomes a message on stderr here and nowhere else."""
    _say(color_warning())
    try:
        parsed = parse_command_line(arguments)
        return _run(parsed) if isinstance(parsed, Options) else parsed
    except TyperException as error:
        _say(_option_error(error) + usage.synopsis())
        return UsageError.exit_code
    except UtraceError as error:
        _report(error)
        return error.exit_code
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except BrokenPipeError:
        return 128 + signal.SIGPIPE
    except Exception:
        _say(
            f"{traceback.format_exc()}ERROR: this is a bug of utrace; please report it with the lines above\n"
        )
        return InternalError.exit_code


def _run(options: Options) -> int:
    from utrace import session

    return session.run(options)


def _report(error: UtraceError) -> None:
    if isinstance(error, ScriptError) and error.source is not None:
        from utrace.diagnostics import render

        _say(render(error.source, error.diagnostics))
    elif isinstance(error, ScriptError):
        _say("".join(_with_hints(found.message, found.hints) for found in error.diagnostics))
    elif isinstance(error, DeclarationError):
        _say("".join(f"{line}\n" for line in error.lines))
    else:
        log = error.log if isinstance(error, VerifierError) else ()
        _say("".join(f"{line}\n" for line in log) + _with_hints(error.message, error.hints))


def _option_error(error: TyperException) -> str:
    # An unknown option brings the names that look like it, of which only abbreviated ones are a help.
    given = getattr(error, "option_name", None)
    near = [name for name in getattr(error, "possibilities", None) or () if name.startswith(str(given))]
    hints = [f"did you mean {' or '.join(near)}?"] if near else []
    return _with_hints(error.message if given else error.format_message(), hints)


def _with_hints(message: str, hints: Sequence[str]) -> str:
    return f"ERROR: {message}\n" + "".join(f"HINT: {hint}\n" for hint in hints)


def _say(text: str) -> None:
    """Write to stderr, in colours when it is a terminal; bytes that came in as arguments go out as they were."""
    if not text:
        return
    data = paint(text).encode(errors="surrogateescape")
    sys.stderr.flush()
    try:
        os.write(sys.stderr.fileno(), data)
    except (OSError, ValueError):  # no descriptor behind it, as in tests
        sys.stderr.write(data.decode(errors="replace"))
