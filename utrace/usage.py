"""The text of `--help`, in bpftrace's layout, made from the declared options."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from utrace.identity import program_name

OPTIONS = "OPTIONS"
DEVELOPER = "DEVELOPER OPTIONS"
TROUBLESHOOTING = "TROUBLESHOOTING OPTIONS"
WITHOUT_EFFECT = "OPTIONS OF BPFTRACE WITHOUT EFFECT HERE"

_SYNOPSIS = """\
USAGE:
    utrace [options] FILE [PARAMETER...]
    utrace [options] - [PARAMETER...]        (script from standard input)
    utrace [options] -e 'PROGRAM' [PARAMETER...]
    utrace [options] -e 'PROGRAM' -- CMD [ARG...]
    utrace -l [PATTERN | FILE]
"""

_EXAMPLES = """\
EXAMPLES:
utrace -e 'uprobe:libssl:SSL_write { @[comm] = count(); }'
    count the writes over TLS of all programs that run now, by program name
utrace -p 1234 -e 'uprobe:libc:malloc { @bytes = hist(arg0); }'
    show how large the allocations of process 1234 are
utrace -e 'uprobe:libc:getaddrinfo { printf("%s\\n", str(arg0)); }' -- curl -s https://localhost/
    run a command and show the host names that it looks up
"""

_NOTES = """\
After `--` stands a command to run; with -c or -p, or when the first word begins with a dash,
they are parameters of the script: `--NAME=VALUE`, or positional ones. Called as `bpftrace`,
the words after `--` are always parameters.

Settings can be given in the environment as BPFTRACE_NAME, or in the script's config block.
"""

_COLUMN = 27


def synopsis() -> str:
    """Return the lines under `USAGE:`, with the name that we are called by."""
    name = program_name()
    return "".join(
        line.replace("utrace", name, 1)
        for line in _SYNOPSIS.splitlines(keepends=True)
        if name == "utrace" or "CMD" not in line
    )


def full(parameters: Iterable[Any]) -> str:
    """Return the whole help for the parameters of the command (typer's option objects)."""
    options = [parameter for parameter in parameters if getattr(parameter, "rich_help_panel", None)]
    parts = [synopsis()]
    for panel in (OPTIONS, DEVELOPER, TROUBLESHOOTING, WITHOUT_EFFECT):
        lines = [_line(option) for option in options if option.rich_help_panel == panel]
        parts.append(f"{panel}:\n" + "".join(lines))
    examples = _EXAMPLES.replace("\nutrace ", f"\n{program_name()} ")
    return "\n".join([*parts, _NOTES, examples])


def _line(option: Any) -> str:
    names = ", ".join(option.opts)
    left = f"    {names} {option.metavar}" if option.metavar else f"    {names}"
    if len(left) >= _COLUMN:
        left += "\n" + " " * _COLUMN
    return f"{left:<{_COLUMN}}{option.help}\n"
