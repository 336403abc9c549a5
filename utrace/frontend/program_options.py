"""The script's own command line: `--name=value` and `--name` after `--`, which getopt() reads.

A script declares its options by using them: `getopt("pages", 10, "how many")` is an integer, an option without a
default is a bool that is false.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from utrace.errors import UsageError
from utrace.frontend.literals import integer_value
from utrace.lazy_dataclass import dataclass

OptionValue: TypeAlias = bool | int | str

_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
_INT64 = range(-(2**63), 2**63)


@dataclass(frozen=True)
class ProgramOption:
    """One option that a script declares; the type of its default is its own."""

    name: str
    default: OptionValue = False
    description: str = ""


def wants_help(words: Iterable[str]) -> bool:
    """Whether `--help` is among the words after `--`."""
    return any(word == "--help" for word in words)


def help_text(options: Sequence[ProgramOption]) -> str:
    """Return what `--help` after `--` shows: the options that the script declares, in its order."""
    if not options:
        return "no custom program options defined.\n"
    return f"{_expected(options)}\n" + "".join(_line(option) for option in options)


def _line(option: ProgramOption) -> str:
    default = str(option.default).lower() if isinstance(option.default, bool) else str(option.default)
    described = f"{option.description} " if option.description else ""
    return f"    --{option.name:<20} {described}(default: {default})\n"


def parse_program_options(
    words: Iterable[str], options: Sequence[ProgramOption]
) -> Mapping[str, OptionValue]:
    """Return the value of every declared option; the last word for an option counts.

    Raises UsageError for options that the script doesn't declare and for values of another type.
    """
    given: dict[str, str | None] = {}
    for word in words:
        name, equals, value = word.removeprefix("--").partition("=")
        given[name] = value if equals else None
    declared = {option.name: option for option in options}
    unexpected = [name for name in given if name not in declared]
    if unexpected:
        listed = ", ".join(f"--{name}" for name in unexpected)
        hint = _expected(options) if options else "no custom program options defined."
        raise UsageError(f"unexpected program command line options: {listed}", [hint])
    return {
        option.name: _value(option, given[option.name]) if option.name in given else option.default
        for option in options
    }


def _expected(options: Sequence[ProgramOption]) -> str:
    return f"expected program options: {', '.join(f'--{option.name}' for option in options)}"


def _value(option: ProgramOption, text: str | None) -> OptionValue:
    match option.default:
        case bool():
            return _boolean(option, text)
        case int():
            return _integer(option, text)
        case _:
            if text is None:
                raise _wrong(option, "expects a string", "true")
            return text


def _boolean(option: ProgramOption, text: str | None) -> bool:
    if text is None:
        return True
    if text.lower() not in _BOOLEANS:
        raise _wrong(option, "expects a boolean (e.g. 'true')", text)
    return _BOOLEANS[text.lower()]


def _integer(option: ProgramOption, text: str | None) -> int:
    if text is None:
        raise _wrong(option, "expects an integer", "true")
    digits = text.removeprefix("-")
    if not digits[:1].isdigit() or not digits.isascii():
        raise _wrong(option, "invalid integer", text)
    try:
        value = integer_value(digits)
    except ValueError:
        reason = "value is out of range" if digits.isdigit() else "invalid trailing bytes"
        raise _wrong(option, reason, text) from None
    value = -value if digits != text else value
    if value not in _INT64:
        raise _wrong(option, "value is out of range", text)
    return value


def _wrong(option: ProgramOption, reason: str, text: str) -> UsageError:
    return UsageError(f"program command line option --{option.name} {reason} (value: {text})")
