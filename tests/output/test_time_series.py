"""Series: merged over threads, and plotted."""

import pytest

from tests.output.maps import words
from utrace.frontend.buckets import SeriesBuckets, rank_mask
from utrace.frontend.typed import MapInfo, MapKind
from utrace.frontend.types import INT64, UINT64
from utrace.output.contents import map_contents
from utrace.output.model import TimeSeries
from utrace.output.text import map_text, value_text
from utrace.output.time_series import latest_interval, time_series
from utrace.output.values import has_content
from utrace.source import Span

MS = 1_000_000


@pytest.fixture(autouse=True)
def utc(monkeypatch):
    import time

    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def a_series(aggregation="last", count=4, interval=100 * MS, key_type=None, value_type=INT64):
    layout = SeriesBuckets(interval, count, aggregation)
    return MapInfo("@t", 0, key_type, value_type, MapKind.TSERIES, None, Span(0, 1), layout)


def slot(*buckets, count=4):
    """Return one thread's bytes: buckets are (interval, value, weight)."""
    values = [(0, 0, 0, 0, 0)] * count
    for number, (interval, value, weight) in enumerate(buckets):
        word, pair = 2 * interval + 2, (value, weight)
        values[interval % count] = (word + 1, 0, 0, *pair) if number % 2 else (word, *pair, 0, 0)
    return words(*(word for bucket in values for word in bucket))


def values_of(info, *slots, **more):
    return [
        (time // info.series.interval_ns, value) for time, value in time_series(info, slots, **more).points
    ]


def test_intervals_in_order_with_gaps():
    info = a_series()
    assert values_of(info, slot((5, 50, 1), (6, 60, 2), (8, 80, 3))) == [(5, 50), (6, 60), (7, None), (8, 80)]


def test_intervals_that_are_too_old_are_left_out():
    info = a_series()
    assert values_of(info, slot((5, 50, 1)), slot((9, 90, 1))) == [(9, 90)]
    assert values_of(info, slot((6, 60, 1)), slot((9, 90, 1))) == [(6, 60), (7, None), (8, None), (9, 90)]


def test_all_reach_to_the_interval_that_is_given():
    assert values_of(a_series(), slot((5, 50, 1)), last=7) == [(5, 50), (6, None), (7, None)]
    assert values_of(a_series(), slot((5, 50, 1)), last=20) == []


@pytest.mark.parametrize(
    ("aggregation", "expected"), [("last", 7), ("sum", -3), ("min", -10), ("max", 7), ("avg", 0)]
)
def test_threads_are_merged(aggregation, expected):
    mask = rank_mask(aggregation == "min", True) if aggregation in ("min", "max") else 0
    slots = slot((1, -10 ^ mask, 3)), slot((1, 7 ^ mask, 4))
    assert values_of(a_series(aggregation), *slots) == [(1, expected)]


@pytest.mark.parametrize(("total", "count", "expected"), [(7, 2, 3), (-7, 2, -3), (6, 3, 2), (-1, 2, 0)])
def test_averages_are_truncated(total, count, expected):
    assert values_of(a_series("avg"), slot((1, total, count))) == [(1, expected)]


def test_unsigned_values():
    assert values_of(a_series(value_type=UINT64), slot((1, 2**64 - 1, 1))) == [(1, 2**64 - 1)]
    assert values_of(a_series(), slot((1, 2**64 - 1, 1))) == [(1, -1)]


def test_interval_0_counts():
    assert values_of(a_series(), slot((0, 5, 1))) == [(0, 5)]


def test_nothing():
    assert time_series(a_series(), []).points == ()
    assert time_series(a_series(), [slot()]).points == ()
    assert latest_interval([slot()]) == -1
    assert not has_content(a_series(), [slot()])
    assert has_content(a_series(), [slot((3, 0, 1))])


def plot(*points, bounds=None):
    return value_text(TimeSeries(tuple((time * MS, value) for time, value in points), bounds))


def test_a_plot():
    assert plot((0, -1), (100, 0), (200, None), (300, 2)) == (
        "             -1                                                  2\n"
        "hh:mm:ss.ms  |___________________________________________________|\n"
        "00:00:00.000 *                .                                  | -1\n"
        "00:00:00.100 |                *                                  | 0\n"
        "00:00:00.200 |                .                                  | -\n"
        "00:00:00.300 |                .                                  * 2\n"
        "             v___________________________________________________v\n"
        "             -1                                                  2\n"
    )


def test_equal_values_stand_in_the_middle():
    lines = plot((0, 9), (1000, 9)).splitlines()
    assert lines[0] == "         8                                                  10"
    assert lines[1] == "hh:mm:ss |___________________________________________________|"
    assert lines[2] == "00:00:00 |                         *                         | 9"
    assert lines[-2] == "         v___________________________________________________v"


def test_units_of_time():
    assert plot((0, 1), (1000, 2)).splitlines()[1].startswith("hh:mm:ss |")
    assert plot((0, 1), (999, 2)).splitlines()[1].startswith("hh:mm:ss.ms  |")
    micro = value_text(TimeSeries(((0, 1), (1000, 2)))).splitlines()
    assert micro[1].startswith("hh:mm:ss.μs    |")
    assert micro[3].startswith("00:00:00.000001 |")
    nano = value_text(TimeSeries(((0, 1), (999, 2)))).splitlines()
    assert nano[1].startswith("hh:mm:ss.ns        |")
    assert nano[3].startswith("00:00:00.000000999 |")


def test_bounds():
    lines = plot((0, 5), (100, 50), (200, -50), bounds=(0, 10)).splitlines()
    assert lines[0] == "             0                                                  10"
    assert [line.index("*") - 13 for line in lines[2:5]] == [26, 52, 0]


def test_maps():
    info = a_series(key_type=UINT64)
    entries = [(words(1), [slot((9, 1, 1))]), (words(2), [slot((7, 2, 1))]), (words(3), [slot((9, 3, 1))])]
    contents = map_contents(info, entries)
    assert [entry.key for entry in contents.entries] == [2, 1, 3]
    assert [len(entry.value.points) for entry in contents.entries] == [3, 1, 1]
    text = map_text(contents)
    assert text.startswith("@t[2]:\n             1 ")
    assert "\n\n@t[1]:\n" in text
    assert text.endswith("\n\n")
    assert map_text(map_contents(info, [])) == ""
    assert map_text(map_contents(a_series(), [])) == "@t:\n<no data>\n"


def test_top_and_div_are_bounds():
    contents = map_contents(a_series(), [(b"", [slot((9, 1, 1))])], -5, 5)
    assert contents.entries[0].value.bounds == (-5, 5)
