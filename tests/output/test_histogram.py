"""Histograms, line by line: the examples are bpftrace's own or follow its rules (language page, section 9)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.output.maps import a_map, counters, shown, shown_hist, words
from utrace.frontend.buckets import LinearBuckets, LogBuckets
from utrace.frontend.typed import MapKind
from utrace.frontend.types import INT64, StringType

FULL = "@" * 52
HALF = "@" * 26 + " " * 26
NONE = " " * 52


def shown_lhist(layout, *values, div=0):
    info = a_map(MapKind.LHIST, buckets=layout)
    return shown(info, [(b"", [counters(layout, *values)])], div=div)


def ranges(text):
    return [
        line[: line.index("|")].rsplit(maxsplit=1)[0].strip() for line in text.splitlines() if "|" in line
    ]


def test_negative_zero_and_a_power():
    assert shown_hist(-1, 2, 3) == (
        "@:\n"
        f"(..., 0)               1 |{HALF}|\n"
        f"[0]                    0 |{NONE}|\n"
        f"[1]                    0 |{NONE}|\n"
        f"[2, 4)                 2 |{FULL}|\n"
        "\n"
    )


def test_rows_between_the_first_and_the_last():
    assert shown_hist(2, 16) == (
        "@:\n"
        f"[2, 4)                 1 |{FULL}|\n"
        f"[4, 8)                 0 |{NONE}|\n"
        f"[8, 16)                0 |{NONE}|\n"
        f"[16, 32)               1 |{FULL}|\n"
        "\n"
    )


def test_hist_of_1_to_100():
    assert shown_hist(*range(1, 101)) == (
        "@:\n"
        "[1]                    1 |@                                                   |\n"
        "[2, 4)                 2 |@@                                                  |\n"
        "[4, 8)                 4 |@@@@@                                               |\n"
        "[8, 16)                8 |@@@@@@@@@@@                                         |\n"
        "[16, 32)              16 |@@@@@@@@@@@@@@@@@@@@@@                              |\n"
        "[32, 64)              32 |@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@        |\n"
        "[64, 128)             37 |@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@|\n"
        "\n"
    )


def test_lhist_of_1_to_100():
    assert shown_lhist(LinearBuckets(0, 100, 20), *range(1, 101)) == (
        "@:\n"
        "[0, 20)               19 |@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@   |\n"
        "[20, 40)              20 |@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@|\n"
        "[40, 60)              20 |@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@|\n"
        "[60, 80)              20 |@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@|\n"
        "[80, 100)             20 |@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@|\n"
        "[100, ...)             1 |@@                                                  |\n"
        "\n"
    )


def test_lhist_underflow_and_overflow():
    assert shown_lhist(LinearBuckets(0, 10, 2), -1, 2, 3, 6, 10) == (
        "@:\n"
        f"(..., 0)               1 |{HALF}|\n"
        f"[0, 2)                 0 |{NONE}|\n"
        f"[2, 4)                 2 |{FULL}|\n"
        f"[4, 6)                 0 |{NONE}|\n"
        f"[6, 8)                 1 |{HALF}|\n"
        f"[8, 10)                0 |{NONE}|\n"
        f"[10, ...)              1 |{HALF}|\n"
        "\n"
    )


def test_lhist_with_nothing_but_the_ends():
    assert ranges(shown_lhist(LinearBuckets(-10, 10, 5), -11)) == ["(..., -10)"]
    assert ranges(shown_lhist(LinearBuckets(-10, 10, 5), 99)) == ["[10, ...)"]


def test_lhist_of_single_values():
    assert ranges(shown_lhist(LinearBuckets(-1, 2, 1), -1, 1)) == ["[-1]", "[0]", "[1]"]


def test_lhist_whose_step_does_not_divide_its_range():
    assert ranges(shown_lhist(LinearBuckets(0, 10, 3), 8, 9, 10)) == ["[6, 9)", "[9, ...)"]


def test_lhist_has_units_only_with_a_step_of_whole_units():
    kib = LinearBuckets(-2048, 3 * 1024, 1024)
    assert ranges(shown_lhist(kib, -1025, 2000)) == ["[-2K, -1K)", "[-1K, 0)", "[0, 1K)", "[1K, 2K)"]
    mib = LinearBuckets(0, 4 * 1024**2, 512 * 1024)
    assert ranges(shown_lhist(mib, 600 * 1024, 1024**2)) == ["[512K, 1M)", "[1M, 1536K)"]
    odd = LinearBuckets(0, 4000, 1000)
    assert ranges(shown_lhist(odd, 1024, 2048)) == ["[1000, 2000)", "[2000, 3000)"]
    shifted = LinearBuckets(1, 4097, 1024)
    assert ranges(shown_lhist(shifted, 1)) == ["[1, 1025)"]


@pytest.mark.parametrize(
    ("value", "label"),
    [
        (511, "[256, 512)"),
        (512, "[512, 1K)"),
        (1024, "[1K, 2K)"),
        (2**19, "[512K, 1M)"),
        (2**20, "[1M, 2M)"),
        (10 * 2**30, "[8G, 16G)"),
        (2**39, "[512G, 1T)"),
        (2**49, "[512T, 1P)"),
        (2**59, "[512P, 1E)"),
        (2**63 - 1, "[4E, 8E)"),
        (2**64 - 1, "[8E, 16E)"),
    ],
)
def test_units_of_hist(value, label):
    assert ranges(shown_hist(value)) == [label]


@pytest.mark.parametrize(
    ("bits", "value", "label"),
    [
        (1, 3, "[3]"),
        (1, 4, "[4, 6)"),
        (2, 7, "[7]"),
        (2, 8, "[8, 10)"),
        (2, 1100, "[1024, 1280)"),
        # The unit goes by the bucket's width: 512 has none, 1024 is K.
        (2, 2048, "[2048, 2560)"),
        (2, 4000, "[3584, 4K)"),
        (2, 4096, "[4K, 5K)"),
        (5, 63, "[63]"),
        (5, 64, "[64, 66)"),
        (5, 2**20, "[1024K, 1056K)"),
        (5, -5, "(..., 0)"),
    ],
)
def test_buckets_within_a_power(bits, value, label):
    assert ranges(shown_hist(value, bits=bits)) == [label]


def test_empty_histogram_has_no_rows():
    assert shown_hist() == "@:\n\n"


def test_counts_divided_down_to_nothing():
    assert shown_hist(1, 2, div=2) == (
        f"@:\n[1]                    0 |{NONE}|\n[2, 4)                 0 |{NONE}|\n\n"
    )


def test_equal_counts_have_full_bars():
    assert shown_hist(0, 1).count(FULL) == 2


def test_huge_counts_push_the_bar_to_the_right():
    layout = LogBuckets(0)
    counts = [0] * layout.count
    counts[1], counts[2] = 2**63, 2**62
    assert shown(a_map(MapKind.HIST, buckets=layout), [(b"", [words(*counts)])]) == (
        f"@:\n[0]             9223372036854775808 |{FULL}|\n[1]             4611686018427387904 |{HALF}|\n\n"
    )


def test_long_range_pushes_the_count_to_the_right():
    assert shown_lhist(LinearBuckets(0, 3 * 10**9, 10**9), 1500000000) == (
        f"@:\n[1000000000, 2000000000)       1 |{FULL}|\n\n"
    )


@given(st.integers(1, 10**6), st.integers(1, 10**6))
def test_bar_is_its_share_of_52(one, other):
    low, high = sorted((one, other))
    layout = LinearBuckets(0, 2, 1)
    text = shown(a_map(MapKind.LHIST, buckets=layout), [(b"", [words(0, low, high, 0)])])
    bars = [line[line.index("|") + 1 : -1] for line in text.splitlines() if "|" in line]
    assert [len(bar) for bar in bars] == [52, 52]
    # Single precision may miss the exact floor by one, as it does in bpftrace.
    assert abs(bars[0].count("@") - 52 * low / high) <= 1
    assert bars[1] == FULL


def test_keyed_histograms_by_total_count():
    layout = LogBuckets(0)
    info = a_map(MapKind.HIST, StringType(8), buckets=layout, name="@h")
    entries = [
        (b"many\0\0\0\0", [counters(layout, 1, 1), counters(layout, 1)]),
        (b"few\0\0\0\0\0", [counters(layout, 100)]),
    ]
    assert shown(info, entries) == (
        f"@h[few]:\n[64, 128)              1 |{FULL}|\n\n@h[many]:\n[1]                    3 |{FULL}|\n\n"
    )
    assert shown(info, entries, top=1) == f"@h[many]:\n[1]                    3 |{FULL}|\n\n"


@given(st.integers(-(2**63), 2**64 - 1), st.integers(0, 5))
def test_a_value_is_in_the_range_that_is_shown_for_it(value, bits):
    layout = LogBuckets(bits)
    low, high = layout.bounds(layout.index(value))
    assert low is None or low <= value
    assert high is None or value < high


def test_keys_and_values_may_be_signed():
    info = a_map(MapKind.HIST, INT64, buckets=LogBuckets(0))
    assert shown(info, [(words(-5), [counters(LogBuckets(0), -5)])]).startswith("@[-5]:\n(..., 0) ")
