"""Attach points: `uprobe:/bin/bash:readline`, `interval:s:1`, `begin` ... as data.

The text is split at colons outside quotes.  What cannot be had in user space, or not yet, is told apart
here, so that a script gets one clear message for it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from utrace.diagnostics import error
from utrace.errors import ScriptError
from utrace.frontend import periods, providers
from utrace.frontend.literals import integer_value
from utrace.frontend.nodes import AttachPoint
from utrace.source import Span

SIGNALS = ("SIGUSR1",)
"""What self:signal probes can be for."""

_PART = re.compile(r'(?:[^:"]|"(?:[^"\\]|\\.)*"?)*')
_AT = re.compile(r'^((?:[^@"]|"(?:[^"\\]|\\.)*+"?+)*+)@(.*)$', re.DOTALL)
"""What is before and behind the first `@` outside quotes."""
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_QUOTED_OR_PARAMETER = re.compile(r'"(?:[^"\\]|\\.)*"?|\$([1-9]\d*|#)?')


def parse_attach_point(text: str, span: Span) -> AttachPoint:
    """Take an attach point apart; raise ScriptError when it is wrong or not supported.

    A text with positional parameters (`uprobe:$1:main`) stays as it is, with an empty provider, for
    `expand` to parse once the parameters are in.
    """
    if any(not match[0].startswith('"') for match in _QUOTED_OR_PARAMETER.finditer(text)):
        return unparsed_attach_point(text, span)
    return take_apart(text, span)


def unparsed_attach_point(text: str, span: Span) -> AttachPoint:
    """Return an attach point of which nothing but the text is known: it has an empty provider."""
    return AttachPoint(span, text, provider="")


def take_apart(text: str, span: Span) -> AttachPoint:
    """Take an attach point without positional parameters apart; raises as `parse_attach_point` does."""
    if "\0" in text:
        raise _error(span, "Invalid attach point: it contains a NUL character")
    given, *parts = split(text)
    if "=" in given:
        raise _error(span, "Names for attach points (NAME=...) are reserved and have no effect yet")
    provider = _provider(given)
    parser = _PARSERS.get(provider)
    if parser is None:
        raise providers.refusal(given, provider, ":".join(parts), span)
    try:
        return parser(AttachPoint(span, text, provider), parts)
    except ValueError as failure:
        raise _error(span, str(failure)) from None


def put_parameters_in(text: str, parameters: Sequence[str], span: Span) -> str:
    """Return an attach point with its positional parameters replaced; what is quoted stays. Raises ScriptError."""

    def value(match: re.Match[str]) -> str:
        if match[0].startswith('"'):
            return match[0]
        if match[1] is None:
            following = text[match.end() : match.end() + 1]
            raise _error(
                span,
                f"invalid trailing character for positional param: {following}",
                f'if the dollar sign is meant, put this part in quotes, as in "${following}"',
            )
        if match[1] == "#":
            return str(len(parameters))
        index = int(match[1][:9])
        return parameters[index - 1] if index <= len(parameters) else ""

    return _QUOTED_OR_PARAMETER.sub(value, text)


LANGUAGES = ("cpp", "rust")
"""Languages whose names can be given as people write them."""


def split(text: str) -> list[str]:
    """Return the parts of an attach point between the colons outside quotes, as written."""
    parts = []
    position = 0
    while True:
        match = _PART.match(text, position)
        end = match.end() if match else len(text)
        parts.append(text[position:end])
        if end >= len(text):
            return parts
        position = end + 1


def _provider(given: str) -> str:
    """Return the probe type; one with wildcards is what it can only mean."""
    if providers.is_pattern(given):
        # As in bpftrace, wildcards leave out return probes.
        found = [name for name in providers.matching(given) if name != "uretprobe"]
        if len(found) == 1:
            return found[0]
    return providers.provider_named(given)


def _begin_end(point: AttachPoint, parts: list[str]) -> AttachPoint:
    if parts not in ([], ["*"]):
        raise _argument_count(point, "0", parts)
    return point


def _self(point: AttachPoint, parts: list[str]) -> AttachPoint:
    if len(parts) != 2:
        raise _argument_count(point, "2", parts)
    trigger, signal = parts
    if trigger != "signal":
        raise ValueError(f"{trigger[:40]} is not a supported trigger")
    if signal not in SIGNALS:
        raise ValueError(f"{signal[:40]} is not a supported signal")
    return AttachPoint(point.span, point.text, point.provider, ":".join(parts), signal)


def _named(point: AttachPoint, parts: list[str]) -> AttachPoint:
    """`test:name` and `bench:name`."""
    if len(parts) != 1:
        raise _argument_count(point, "1", parts)
    name = unquote(parts[0])
    if not name:
        raise ValueError(f"{point.provider} probes must have a name")
    return AttachPoint(point.span, point.text, point.provider, target=name)


def _interval(point: AttachPoint, parts: list[str]) -> AttachPoint:
    period_ns = periods.period(point.provider, parts)
    return AttachPoint(point.span, point.text, point.provider, target=":".join(parts), period_ns=period_ns)


def _uprobe(point: AttachPoint, parts: list[str]) -> AttachPoint:
    at = _AT.search(parts[0]) if parts else None
    if at is not None:
        return _source_line(
            point, unquote(at[1]), _unquote_parts(at[2]), [unquote(part) for part in parts[1:]]
        )
    if not 1 <= len(parts) <= 3:
        raise _argument_count(point, "2 or 3", parts)
    if not parts[-1]:
        raise ValueError(f"{point.provider} should be attached to a function and/or address")
    # `cpp:name` names no binary, as `name` does.
    has_language = len(parts) == 3 or (len(parts) == 2 and parts[0] in LANGUAGES)
    target = "" if len(parts) == 1 + has_language else unquote(parts[0])
    language = parts[-2] if has_language else ""
    if language and language not in LANGUAGES:
        raise ValueError(f"unsupported language type: {language[:40]}")
    function, offset, address, is_exact = _place(parts[-1])
    if point.provider == "uretprobe" and (offset or address is not None):
        raise ValueError("uretprobes can not be attached to a function offset or address")
    return AttachPoint(
        point.span, point.text, point.provider, target, function, offset, address, language, is_exact
    )


def _source_line(point: AttachPoint, target: str, file: str, numbers: list[str]) -> AttachPoint:
    """`BINARY@file.c:line` and `BINARY@file.c:line:column`."""
    if point.provider == "uretprobe":
        raise ValueError("uretprobes can not be attached to a source line")
    are_numbers = all(number.isdecimal() and number.isascii() for number in numbers)
    if not file or not 1 <= len(numbers) <= 2 or not are_numbers:
        raise ValueError(
            "uprobes on source lines look like uprobe:BINARY@FILE:LINE or uprobe:BINARY@FILE:LINE:COLUMN"
        )
    line, *column = (integer_value(number.lstrip("0") or "0") for number in numbers)
    if line == 0 or column == [0]:
        raise ValueError("Source lines and columns are counted from 1")
    return AttachPoint(
        point.span,
        point.text,
        point.provider,
        target,
        source_file=file,
        source_line=line,
        source_column=column[0] if column else 0,
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
    if text.count("+") > 1:
        raise ValueError("Cannot take more than one offset")
    digits = text[1:].strip()
    if not digits[:1].isdigit():
        raise ValueError(f"Invalid offset: invalid integer: {digits[:40]}")
    return integer_value(digits)


def unquote(text: str) -> str:
    r"""Return the text without surrounding quotes, with `\\"` and the like resolved."""
    if len(text) < 2 or not (text.startswith('"') and text.endswith('"')):
        return text
    return re.sub(r"\\(.)", r"\1", text[1:-1])


def _unquote_parts(text: str) -> str:
    """Return the text with each of its quoted parts resolved, as in `src/"main.c"`."""
    return _QUOTED.sub(lambda match: unquote(match[0]), text)


_PARSERS: dict[str, Callable[[AttachPoint, list[str]], AttachPoint]] = {
    "begin": _begin_end,
    "end": _begin_end,
    "self": _self,
    "test": _named,
    "bench": _named,
    "interval": _interval,
    "uprobe": _uprobe,
    "uretprobe": _uprobe,
}


def _argument_count(point: AttachPoint, expected: str, parts: Sequence[str]) -> ValueError:
    return ValueError(f"{point.provider} probe type requires {expected} arguments, found {len(parts)}")


def _error(span: Span, message: str, *hints: str) -> ScriptError:
    return ScriptError([error(span, message, *hints)])
