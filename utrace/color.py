"""Colours of messages: on terminals only, unless BPFTRACE_COLOR says otherwise."""

from __future__ import annotations

import os
import re
import sys

_RED, _YELLOW, _BLUE, _BOLD, _RESET = "\033[31m", "\033[33m", "\033[34m", "\033[1m", "\033[0m"
_SEVERITIES = {"ERROR": _RED, "WARNING": _YELLOW, "HINT": _BLUE}
_HEADLINE = re.compile(r"^(?P<place>\S.*?: )?(?P<severity>ERROR|WARNING|HINT): ", re.MULTILINE)
_EXCERPT = re.compile(r"^(?P<line>.*)\n(?P<marks> *~+)$", re.MULTILINE)


def wants_color() -> bool:
    """Whether messages are to be coloured; `auto` means when both outputs are terminals."""
    mode = os.environ.get("BPFTRACE_COLOR", "auto")
    if mode in {"always", "never"}:
        return mode == "always"
    return sys.stdout.isatty() and sys.stderr.isatty()


def color_warning() -> str:
    """Return the warning about a BPFTRACE_COLOR that means nothing, else an empty string."""
    mode = os.environ.get("BPFTRACE_COLOR", "auto")
    if mode in {"always", "never", "auto"}:
        return ""
    return (
        "WARNING: Invalid env value! The valid values of `BPFTRACE_COLOR` are [auto|always|never]. "
        f"The current value is {mode}!\n"
    )


def paint(text: str) -> str:
    """Return messages with colours, or as they are where colours are not wanted."""
    if not wants_color():
        return text
    return _HEADLINE.sub(_painted, _EXCERPT.sub(_highlighted, text))


def _highlighted(match: re.Match[str]) -> str:
    from utrace.highlight import highlight

    return f"{highlight(match['line'])}\n{_RED}{match['marks']}{_RESET}"


def _painted(match: re.Match[str]) -> str:
    place = f"{_BOLD}{match['place']}{_RESET}" if match["place"] else ""
    return f"{place}{_SEVERITIES[match['severity']]}{match['severity']}:{_RESET} "
