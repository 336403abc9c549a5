"""Attach points: `uprobe:/bin/bash:readline`, `interval:s:1`, `begin` ... as data.

The text is split at colons outside quotes.  What cannot be had in user space, or not yet, is told apart
here, so that a script gets one clear message for it.
"""

from __future__ import annotations

import re

from utrace.diagnostics import error
from utrace.errors import ScriptError
from utrace.frontend.literals import integer_value
from utrace.frontend.nodes import AttachPoint
from utrace.source import Span

SHORT_NAMES = {
    "u": "uprobe",
    "ur": "uretprobe",
    "i": "interval",
    "p": "profile",
    "t": "tracepoint",
    "rt": "rawtracepoint",
    "s": "software",
    "h": "hardware",
    "w": "watchpoint",
    "k": "kprobe",
    "kr": "kretprobe",
    "f": "fentry",
    "fr": "fexit",
    "kfunc": "fentry",
    "kretfunc": "fexit",
    "it": "iter",
}
NOT_YET = (
    "self",
    "test",
    "bench",
    "profile",
    "usdt",
    "tracepoint",
    "rawtracepoint",
    "software",
    "hardware",
    "watchpoint",
    "asyncwatchpoint",
)
KERNEL_ONLY = {
    "kprobe": "it attaches to a kernel function",
    "kretprobe": "it attaches to a kernel function's return",
    "fentry": "it attaches to a kernel function",
    "fexit": "it attaches to a kernel function's return",
    "iter": "it iterates over kernel objects",
}
PERIOD_UNITS_NS = {"s": 10**9, "ms": 10**6, "us": 10**3}
MINIMUM_PERIOD_NS = 1000
MAXIMUM_PERIOD_NS = 2**63 - 1

_PART = re.compile(r'(?:[^:"]|"(?:[^"\\]|\\.)*"?)*')
_POSITIONAL = re.compile(r"\$(?:\d|#)")
_WITH_UNIT = re.compile(r"(\d+)(ns|us|ms|s|m|h|d)?")


def parse_attach_point(text: str, span: Span) -> AttachPoint:
    """Take an attach point apart; raise ScriptError when it is wrong or not supported.

    A text with positional parameters (`uprobe:$1:main`) stays as it is, with an empty provider, for
    `expand` to parse once the parameters are in.
    """
    if _POSITIONAL.search(text):
        return AttachPoint(span, text, provider="")
    if "\0" in text:
        raise _error(span, "Invalid attach point: it contains a NUL character")
    parts = _split(text)
    given = parts[0].lower()
    # `U` is the one short name that a case-insensitive `u` would hide.
    provider = "usdt" if parts[0] == "U" else SHORT_NAMES.get(given, given)
    parser = _PARSERS.get(provider)
    if parser is None:
        raise _unsupported(parts[0], provider, span)
    try:
        return parser(AttachPoint(span, text, provider), parts[1:])
    except ValueError as failure:
        raise _error(span, str(failure)) from None


def _split(text: str) -> list[str]:
    parts = []
    position = 0
    while True:
        match = _PART.match(text, position)
        end = match.end() if match else len(text)
        parts.append(text[position:end])
        if end >= len(text):
            return parts
        position = end + 1


def _begin_end(point: AttachPoint, parts: list[str]) -> AttachPoint:
    if parts:
        raise ValueError(f"{point.provider} probes take no arguments")
    return point


def _interval(point: AttachPoint, parts: list[str]) -> AttachPoint:
    if len(parts) == 1:
        period_ns = _single_period(parts[0])
    elif len(parts) == 2:
        period_ns = _period(parts[0], _plain_number(parts[1], "the rate"))
    else:
        raise ValueError(
            "interval probes look like interval:s:1, interval:ms:100, interval:hz:99 or interval:1s"
        )
    if period_ns > MAXIMUM_PERIOD_NS:
        raise ValueError("The interval is too long")
    return AttachPoint(point.span, point.text, point.provider, target=":".join(parts), period_ns=period_ns)


def _single_period(text: str) -> int:
    match = _WITH_UNIT.fullmatch(text[:40])
    if match is None:
        raise ValueError(f"Invalid interval: {text[:40]}")
    period_ns = integer_value(text)
    if period_ns < MINIMUM_PERIOD_NS:
        raise ValueError(f"The interval is too short: the minimum is {MINIMUM_PERIOD_NS} nanoseconds")
    return period_ns


def _period(unit: str, rate: int) -> int:
    if rate < 1:
        raise ValueError("The rate of an interval must be at least 1")
    if unit == "hz":
        if rate > 10**9 // MINIMUM_PERIOD_NS:
            raise ValueError(f"The interval is too short: the minimum is {MINIMUM_PERIOD_NS} nanoseconds")
        return 10**9 // rate
    if unit not in PERIOD_UNITS_NS:
        raise ValueError(f"Invalid unit of an interval: '{unit[:40]}' (s, ms, us and hz are valid)")
    return rate * PERIOD_UNITS_NS[unit]


def _plain_number(text: str, what: str) -> int:
    if not text[:1].isdigit():
        raise ValueError(f"Invalid number for {what}: '{text[:40]}'")
    return integer_value(text)


def _uprobe(point: AttachPoint, parts: list[str]) -> AttachPoint:
    if not 1 <= len(parts) <= 3 or not parts[-1]:
        raise ValueError(f"{point.provider} probes look like {point.provider}:BINARY:FUNCTION")
    target = "" if len(parts) == 1 else unquote(parts[0])
    language = parts[1] if len(parts) == 3 else ""
    if language not in {"", "cpp"}:
        raise ValueError(f"Invalid language of a function: '{language[:40]}' (cpp is valid)")
    if re.search(r"@[^/]*$", target):
        raise ValueError("Attaching to a source line is not supported yet")
    function, offset, address, is_exact = _place(parts[-1])
    if point.provider == "uretprobe" and (offset or address is not None):
        raise ValueError("uretprobe: a function's return has no offset or address; name the function")
    return AttachPoint(
        point.span, point.text, point.provider, target, function, offset, address, language, is_exact
    )


def _place(text: str) -> tuple[str, int, int | None, bool]:
    """Return function, offset, address and whether the name was quoted."""
    if text.startswith('"'):
        end = _PART.match(text)
        closing = text.rfind('"')
        if end is None or closing == 0:
            raise ValueError("Unterminated string in the attach point")
        name, rest = unquote(text[: closing + 1]), text[closing + 1 :]
        return name, _offset(rest) if rest else 0, None, True
    if text[0].isdigit():
        return "", 0, integer_value(text), False
    name, plus, offset = text.partition("+")
    if not name:
        raise ValueError("The attach point has no function name")
    return name, _offset(plus + offset) if plus else 0, None, False


def _offset(text: str) -> int:
    if not text.startswith("+"):
        raise ValueError(f"Unexpected text after the function's name: '{text[:40]}'")
    return _plain_number(text[1:].strip(), "the offset")


def unquote(text: str) -> str:
    r"""Return the text without surrounding quotes, with `\\"` and the like resolved."""
    if len(text) < 2 or not (text.startswith('"') and text.endswith('"')):
        return text
    return re.sub(r"\\(.)", r"\1", text[1:-1])


_PARSERS = {
    "begin": _begin_end,
    "end": _begin_end,
    "interval": _interval,
    "uprobe": _uprobe,
    "uretprobe": _uprobe,
}


def _unsupported(given: str, provider: str, span: Span) -> ScriptError:
    if provider in NOT_YET:
        return _error(span, f"{provider} probes are not supported yet")
    if provider in KERNEL_ONLY:
        return _error(
            span,
            f"{provider} probes are not possible in user space: {KERNEL_ONLY[provider]}",
            "utrace traces user-space code; for the kernel use bpftrace itself",
        )
    if "*" in provider or "[" in provider:
        return _error(span, "Wildcards in the probe type are for listing probes only")
    from difflib import get_close_matches

    known = [*_PARSERS, *NOT_YET, *KERNEL_ONLY]
    close = get_close_matches(provider[:40], known, n=1)
    hints = [f"did you mean {close[0]}?"] if close else []
    return _error(span, f"Invalid probe type: '{given[:40]}'", *hints)


def _error(span: Span, message: str, *hints: str) -> ScriptError:
    return ScriptError([error(span, message, *hints)])
