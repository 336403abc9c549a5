"""How often an interval probe runs: `s:1`, `ms:100`, `us:50`, `hz:99`, `1s`, `100ms`, `5000` (nanoseconds)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from utrace.frontend.literals import integer_value

UNITS_NS = {"s": 10**9, "ms": 10**6, "us": 10**3}
UNITS = ("hz", "us", "ms", "s")
"""In the order in which they are listed."""
MINIMUM_NS = 1000
MAXIMUM_NS = 2**63 - 1

_WITH_UNIT = re.compile(r"(\d+)(ns|us|ms|s|m|h|d)?")


def period(provider: str, parts: Sequence[str]) -> int:
    """Return the nanoseconds between two runs; ValueError says what is wrong with the parts."""
    if len(parts) == 1:
        period_ns = _single(provider, parts[0])
    elif len(parts) == 2:
        period_ns = _of_unit(provider, parts[0], parts[1])
    else:
        raise ValueError(f"{provider} probe type requires 1 or 2 arguments, found {len(parts)}")
    if period_ns > MAXIMUM_NS:
        raise ValueError(f"The {provider} is too long")
    return period_ns


def _single(provider: str, text: str) -> int:
    period_ns = _number(provider, text, _WITH_UNIT)
    if period_ns < MINIMUM_NS:
        raise ValueError(
            f"Invalid rate of {provider} probe. Minimum is {MINIMUM_NS} or 1us. Found: {period_ns} nanoseconds"
        )
    return period_ns


def _of_unit(provider: str, unit: str, text: str) -> int:
    rate = _number(provider, text, re.compile(r"\d\w*"))
    if unit not in UNITS:
        raise ValueError(f"{unit[:40]} is not an accepted unit of time")
    if rate < 1:
        raise ValueError(f"{provider} frequency should be a positive integer")
    if unit != "hz":
        return rate * UNITS_NS[unit]
    if rate > 10**9 // MINIMUM_NS:
        raise ValueError(f"Invalid rate of {provider} probe. The maximum is {10**9 // MINIMUM_NS} hz")
    return 10**9 // rate


def _number(provider: str, text: str, form: re.Pattern[str]) -> int:
    try:
        if not form.fullmatch(text[:100]):
            raise ValueError(f"invalid integer: {text[:40]}")
        return integer_value(text)
    except ValueError as failure:
        raise ValueError(f"Invalid rate of {provider} probe: {failure}") from None
