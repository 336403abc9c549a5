"""Layout of histogram buckets, shared by the code generator (which counts) and the output (which labels)."""

from __future__ import annotations

from utrace.lazy_dataclass import dataclass

MAX_HIST_BITS = 5


@dataclass(frozen=True)
class LogBuckets:
    """`hist(n, bits)`: 2**bits linear steps within each power of two, u64 counters.

    Bucket 0 counts values below zero.  A value below 2**bits has bucket `value + 1`.  Any other has,
    with p the position of its highest bit, `((p - bits + 1) << bits) + low + 1`, where `low` is the
    `bits` bits that follow the highest one.  For bits = 0: bucket 1 is [0], 2 is [1], 3 is [2, 4) ...
    Unsigned values use all 64 bits, so no value of the language is out of range.
    """

    bits: int

    @property
    def count(self) -> int:
        """Return the number of buckets, the one for negative values among them."""
        return ((65 - self.bits) << self.bits) + 1

    def index(self, value: int) -> int:
        """Return the bucket that counts `value`."""
        if value < 0:
            return 0
        if value < 1 << self.bits:
            return value + 1
        power = value.bit_length() - 1
        low = (value >> (power - self.bits)) & ((1 << self.bits) - 1)
        return ((power - self.bits + 1) << self.bits) + low + 1

    def bounds(self, index: int) -> tuple[int | None, int | None]:
        """Return the half-open range of a bucket; None stands for no limit."""
        if index == 0:
            return None, 0
        value = index - 1
        if value < 1 << self.bits:
            return value, value + 1
        shift = (value >> self.bits) - 1
        low = (1 << self.bits) + (value & ((1 << self.bits) - 1))
        return low << shift, (low + 1) << shift


@dataclass(frozen=True)
class LinearBuckets:
    """`lhist(n, minimum, maximum, step)`: u64 counters, the first for values below, the last for above.

    Bucket i (1 .. count - 2) is the range from `minimum + (i - 1) * step`, `step` wide.  A value v >=
    minimum has bucket `min((v - minimum) // step + 1, count - 1)`.
    """

    minimum: int
    maximum: int
    step: int

    @property
    def count(self) -> int:
        """Return the number of buckets with the two at the ends."""
        return (self.maximum - self.minimum) // self.step + 2

    def index(self, value: int) -> int:
        """Return the bucket that counts `value`."""
        if value < self.minimum:
            return 0
        return min((value - self.minimum) // self.step + 1, self.count - 1)

    def bounds(self, index: int) -> tuple[int | None, int | None]:
        """Return the half-open range of a bucket; None stands for no limit."""
        low = None if index == 0 else self.minimum + (index - 1) * self.step
        high = None if index == self.count - 1 else self.minimum + index * self.step
        return low, high


def rank_mask(is_least: bool, is_signed: bool) -> int:
    """Return what a number is combined with, by exclusive or, to be its rank among 64-bit numbers.

    Ranks are compared unsigned; the largest is that of the number wanted, and 0 that of the last one that could be.
    So memory that is zero stands for no number at all, and whoever adds the first one has nothing to prepare.
    """
    return {
        (False, False): 0,
        (False, True): 1 << 63,
        (True, False): (1 << 64) - 1,
        (True, True): (1 << 63) - 1,
    }[is_least, is_signed]


SERIES_AGGREGATIONS = ("avg", "max", "min", "sum")
MAX_SERIES_INTERVALS = 65_536
"""A thread's buckets for a key are kept whole: 2.5 MB for so many."""


SERIES_BUCKET_BYTES = 40


@dataclass(frozen=True)
class SeriesBuckets:
    """`tseries(n, interval_ns, count, aggregation)`: a ring of `count` buckets, each of five u64.

    A bucket is a word that says which interval it holds, then two pairs of value and weight.  The word is twice the
    number of the interval plus one, counted from 1970, plus the index of the pair that is in use; the other pair is
    zero, so that one store makes a bucket begin another interval.  The weight is 0 when nothing was recorded; for
    `last` one more than the time in nanoseconds at which the value was; for the others how many values went in: their
    sum for `avg` and `sum`, for `min` and `max` a rank (`rank_mask`).  Interval i is in bucket `i % count`.
    """

    interval_ns: int
    count: int
    aggregation: str
    """avg, max, min, sum, or last: the last value of each interval."""

    @property
    def size(self) -> int:
        """Return the bytes of all buckets."""
        return SERIES_BUCKET_BYTES * self.count
