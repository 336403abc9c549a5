"""From histogram counters to labelled buckets."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from utrace.frontend.buckets import LinearBuckets, LogBuckets
from utrace.output.model import Bound, Bucket, Histogram

_SUFFIXES = ("", "K", "M", "G", "T", "P", "E")


def histogram(layout: LogBuckets | LinearBuckets, counts: Sequence[int], div: int = 1) -> Histogram:
    """Return the buckets from the first to the last non-empty one.

    The counts of a hist() are divided by `div`; those of an lhist() are not, as in bpftrace.
    """
    label = _labeller(layout)
    divisor = div if isinstance(layout, LogBuckets) else 1

    def bound(value: int | None) -> Bound | None:
        return None if value is None else Bound(value, label(value))

    def bucket(index: int) -> Bucket:
        low, high = layout.bounds(index)
        return Bucket(bound(low), bound(high), counts[index] // divisor)

    hit = [index for index, count in enumerate(counts) if count]
    return Histogram(tuple(map(bucket, range(hit[0], hit[-1] + 1))) if hit else ())


def _labeller(layout: LogBuckets | LinearBuckets) -> Callable[[int], str]:
    if isinstance(layout, LogBuckets):
        bits = layout.bits
        return lambda value: _log_label(value, bits)
    step = layout.step
    return lambda value: _linear_label(value, step)


def _log_label(value: int, bits: int) -> str:
    # The unit follows the width of the bucket that starts here, not the value: with 2 bits, 2048 starts a
    # bucket 512 wide and has no unit; 4096 starts one 1024 wide and is 4K.
    power = max(value.bit_length() - 1 - bits, 0)
    unit = power // 10
    return f"{value >> (10 * unit)}{_SUFFIXES[unit]}"


def _linear_label(value: int, step: int) -> str:
    # Units only where every bound of the histogram can be a whole number of them.
    if value and step % 1024 == 0:
        for unit, suffix in ((1024 * 1024, "M"), (1024, "K")):
            if value % unit == 0:
                return f"{value // unit}{suffix}"
    return str(value)
