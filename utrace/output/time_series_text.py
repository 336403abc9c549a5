"""A time series as bpftrace plots it: one line for each interval, between a head and a foot with the range."""

from __future__ import annotations

from ctypes import c_float

from utrace.output.model import TimeSeries
from utrace.output.wall_clock import NS_PER_SECOND, strftime

_WIDTH = 53
_LABEL_WIDTH = 21
"""The least value stands left in this width, the largest one right in the rest."""
_UNITS = ((NS_PER_SECOND, "", 0), (1_000_000, "ms", 3), (1_000, "μs", 6), (0, "ns", 9))
"""From which interval on times are shown in what unit, and the digits behind the seconds that takes."""


def time_series_text(series: TimeSeries) -> str:
    """Return the plot, whose lines end with a newline; `<no data>` without one when there is nothing."""
    values = [value for _, value in series.points if value is not None]
    if not values:
        return "<no data>"
    low, high = series.bounds or _range(values)
    unit, digits = next((unit, digits) for least, unit, digits in _UNITS if _spacing(series) >= least)
    margin = " " * (9 + (digits + 1 if digits else 0))
    head = f"hh:mm:ss.{unit}" if unit else "hh:mm:ss"
    head += " " * (len(margin) - len(head.encode()))  # bpftrace counts the bytes of a μ
    scale = f"{margin}{low:<{_LABEL_WIDTH}}{high:>{_WIDTH - _LABEL_WIDTH}}\n"
    lines = [_line(time, value, low, high, digits) for time, value in series.points]
    edge = "_" * (_WIDTH - 2)
    return f"{scale}{head}|{edge}|\n{''.join(lines)}{margin}v{edge}v\n{scale}"


def _range(values: list[int]) -> tuple[int, int]:
    """Return the least and the largest value, with some room around a single one."""
    low, high = min(values), max(values)
    return (low - 1, high + 1) if low == high else (low, high)


def _spacing(series: TimeSeries) -> int:
    """Return the time between two lines in nanoseconds; 0 for a single line."""
    first, last = series.points[0][0], series.points[-1][0]
    return (last - first) // max(len(series.points) - 1, 1)


def _line(time: int, value: int | None, low: int, high: int, digits: int) -> str:
    clock = strftime("%H:%M:%S", time)
    if digits:
        clock += f".{time % NS_PER_SECOND // 10 ** (9 - digits):0{digits}}"
    plot = ["|", *" " * (_WIDTH - 2), "|"]
    if low < 0 < high:
        plot[_offset(_WIDTH, -low, high - low)] = "."
    if value is not None:
        plot[_offset(_WIDTH - 1, value - low, high - low)] = "*"
    return f"{clock} {''.join(plot)} {'-' if value is None else value}\n"


def _offset(width: int, distance: int, whole: int) -> int:
    """Return a column; bpftrace works this out in single precision, which shows at the edges."""
    product = c_float(c_float(width).value * c_float(distance).value).value
    return max(0, min(_WIDTH - 1, int(c_float(product / c_float(whole).value).value)))
