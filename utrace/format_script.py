"""--fmt: the script formatted, on standard output or in the file of -o."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from utrace.errors import UsageError
from utrace.source import Source


def format_script(source: Source, output_path: str | None) -> int:
    """Write the script formatted; the exit code. Raises ScriptError, UsageError."""
    from utrace.frontend.formatter import format_program

    text = format_program(source)
    if output_path is None:
        sys.stdout.write(text)
        return 0
    try:
        _replace(Path(output_path), text)
    except OSError as error:
        raise UsageError(f"can't write '{output_path}': {error.strerror}") from error
    return 0


def _replace(path: Path, text: str) -> None:
    """Write a file all or nothing: it may be the script itself."""
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask()
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=f"{path.name}.", delete=False) as file:
        try:
            file.write(text)
            file.flush()
            os.chmod(file.name, mode)
            os.rename(file.name, path)
        except BaseException:
            os.unlink(file.name)
            raise


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
