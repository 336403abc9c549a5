"""Every error that utrace reports on purpose, and the exit code that each one stands for.

Code that finds something wrong raises one of these classes; `utrace.cli` is the only place that turns
them into a message and an exit code.  Any other exception that gets there is a bug of utrace itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from utrace.diagnostics import Diagnostic
    from utrace.source import Source


class UtraceError(Exception):
    """Base of all errors: a one-line message, and hints that tell what to do about it."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, hints: Iterable[str] = ()) -> None:
        """Keep `message` (no `ERROR:` in front, no full stop needed) and `hints`, each a sentence."""
        super().__init__(message)
        self.message = message
        self.hints = tuple(hints)


class UsageError(UtraceError):
    """The command line is wrong: unknown option, missing argument, options that exclude each other."""


class ScriptError(UtraceError):
    """The script is wrong: one or more diagnostics, each with its place in the source.

    `source` is the text that the diagnostics' spans point into; whoever catches the error to show it needs
    it, so a stage that knows its source passes it on.
    """

    def __init__(self, diagnostics: Iterable[Diagnostic], source: Source | None = None) -> None:
        """Keep the diagnostics in the order in which they are to be shown."""
        self.diagnostics = tuple(diagnostics)
        self.source = source
        super().__init__("; ".join(diagnostic.message for diagnostic in self.diagnostics))


class DeclarationError(UtraceError):
    """The script's C part is wrong; `lines` are the messages of the C compiler, to be shown as they are."""

    def __init__(self, lines: Iterable[str]) -> None:
        """Keep the lines, the first of which is the message."""
        self.lines = tuple(lines)
        super().__init__(self.lines[0])


class TargetError(UtraceError):
    """A process or binary cannot be found, read or traced; the message names what forbids it."""


class AttachError(UtraceError):
    """A probe could not be put into its target, although target and script are right."""

    exit_code = 255


class VerifierError(UtraceError):
    """An eBPF program is not provably safe: a summary, and the log that leads to it."""

    exit_code = 2

    def __init__(self, summary: str, log: Iterable[str] = (), hints: Iterable[str] = ()) -> None:
        """Keep `summary` (the rule that is broken, and where) and the verifier's `log` lines."""
        super().__init__(summary, hints)
        self.log = tuple(log)


class InternalError(UtraceError):
    """Something that should be impossible happened inside utrace; always worth a bug report."""

    exit_code = 2
