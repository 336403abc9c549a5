"""The words of the command line that belong to no option: script, pattern, parameters, command."""

from __future__ import annotations

from collections.abc import Sequence

from utrace.errors import UsageError
from utrace.lazy_dataclass import dataclass


@dataclass(frozen=True)
class Words:
    """The words told apart."""

    script_path: str | None
    list_pattern: str | None
    positional_parameters: tuple[str, ...]
    named_parameters: tuple[str, ...]
    command: tuple[str, ...]


def split_at_dashes(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return what stands before and what stands after the first `--`."""
    words = list(arguments)
    position = words.index("--") if "--" in words else len(words)
    return words[:position], words[position + 1 :]


def sort_words(
    before: Sequence[str], after: Sequence[str], *, has_program: bool, lists: bool, takes_command: bool
) -> Words:
    """Tell script, pattern, parameters and command apart, by the options given.

    The words after `--` are a command to run under the tracer.  They are parameters of the script instead,
    as in bpftrace, when no command can be meant (not `takes_command`: the target is given by -c or -p, or we are
    called as bpftrace), or when the first one begins with a dash, as no command does.
    """
    words = list(before)
    first = words.pop(0) if words and not has_program else None
    is_command = bool(after) and takes_command and not after[0].startswith("-")
    words += [] if is_command else [word for word in after if not word.startswith("--")]
    return Words(
        script_path=None if lists else first,
        list_pattern=first if lists else None,
        positional_parameters=tuple(words),
        named_parameters=() if is_command else tuple(word for word in after if word.startswith("--")),
        command=tuple(after) if is_command else (),
    )


def split_command(text: str) -> tuple[str, ...]:
    """Return the words of -c's argument: split at blanks, without quoting, as in bpftrace."""
    words = tuple(text.split())
    if not words:
        raise UsageError("-c needs a command", ["use `-- CMD ARGS...` for arguments with blanks in them"])
    return words
