"""JSON, byte for byte, and what the published schema says of it."""

import json
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.output.maps import a_map, counters, words
from utrace.frontend.buckets import LinearBuckets, LogBuckets, SeriesBuckets
from utrace.frontend.typed import MapInfo, MapKind
from utrace.frontend.types import INT64, UINT64, IntType, StringType, TupleType
from utrace.output import json_text
from utrace.output.contents import map_contents
from utrace.output.json_reporter import JsonReporter
from utrace.output.model import (
    Array,
    Buffer,
    Issue,
    IssueKind,
    MapContents,
    Record,
    Stats,
    Symbol,
    to_text,
)
from utrace.output.trials import BenchmarkResult, Verdict
from utrace.source import Span

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "output.schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


class Sink:
    def __init__(self):
        self.data = b""

    def write(self, data):
        self.data += data

    def flush(self):
        pass


class Run:
    """A reporter, and the text of what it has written, which the schema allows."""

    def __init__(self):
        self.output, self.messages = Sink(), Sink()
        self.reporter = JsonReporter(self.output, self.messages)

    def line(self):
        text = self.output.data.decode()
        assert text.endswith("\n")
        assert text.count("\n") == 1
        VALIDATOR.validate(json.loads(text))
        return text[:-1]


def shown(info, entries, **more):
    run = Run()
    run.reporter.map(map_contents(info, entries, **more))
    return run.line()


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (5, "5"),
        (-5, "-5"),
        (True, "true"),
        (False, "false"),
        (None, "null"),
        ("plain", '"plain"'),
        ('quoted " \\ \n \r \t', '"quoted \\" \\\\ \\n \\r \\t"'),
        ("\x01\x1f\x7f", '"\\u0001\\u001f\x7f"'),
        ("\b\f", '"\\u0008\\u000c"'),
        ("äß→", '"äß→"'),
        (to_text(b"a\xffb\xc3"), '"a�b�"'),
        ((1, "x", (2, 3)), '[1,"x",[2,3]]'),
        ((), "[]"),
        (Array((1, 2, 3)), "[1,2,3]"),
        (Array((Array((1,)), Array((2,)))), "[[1],[2]]"),
        (Record((("m", 2), ("n", 3))), '{"m": 2, "n": 3}'),
        (Record(()), "{}"),
        (Record((("y", Record((("m", Array((2,))),))), ("f", None))), '{"y": {"m": [2]}, "f": null}'),
        (Buffer(b"ok\xff"), "[111,107,255]"),
        (Symbol("0x32", 0x32), "50"),
        (Symbol("ONE", 1), "1"),
        (2**53, "9007199254740992"),
        (2**53 + 1, '"9007199254740993"'),
        (-(2**53) - 1, '"-9007199254740993"'),
        (2**63, "9223372036854775808"),
        (2**64 - 1, '"18446744073709551615"'),
        (Stats(3, 2, 6), '{"count": 3, "average": 2, "total": 6}'),
    ],
)
def test_values(value, expected):
    run = Run()
    run.reporter.value(value)
    assert run.line() == f'{{"type": "value", "data": {expected}}}'


@given(st.binary())
def test_any_bytes_give_valid_json(data):
    run = Run()
    run.reporter.printf(data)
    assert json.loads(run.line()) == {"type": "printf", "data": data.decode(errors="replace")} or not is_utf8(
        data
    )


def is_utf8(data):
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


@given(st.integers(-(2**63), 2**64 - 1))
def test_no_integer_is_changed_by_a_reader_with_doubles(number):
    found = json.loads(json_text.integer(number), parse_int=lambda digits: int(float(digits)))
    assert int(found) == number


def test_scalar_and_keyed_maps():
    assert shown(a_map(name="@x"), [(b"", [words(5, 1)])]) == '{"type": "map", "data": {"@x": 5}}'
    keyed = a_map(name="@x", key_type=StringType(4))
    entries = [(b"a\0\0\0", [words(1)]), (b"b\0\0\0", [words(2)])]
    assert shown(keyed, entries) == '{"type": "map", "data": {"@x": {"a": 1, "b": 2}}}'


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (("bpftrace", 2), "bpftrace,2"),
        (("hi", ("x", 2)), "hi,(x,2)"),
        (("with blank", 1), "with blank,1"),
        ("with blank", "with blank"),
        (True, "true"),
        (Symbol("0x10", 16), "0x10"),
        (Record((("a", 1), ("b", 2))), "{.a=1,.b=2}"),
        (Array((1, 2)), "[1,2]"),
        (Buffer(b"\0a"), "\\\\x00a"),
    ],
)
def test_keys(key, expected):
    assert json_text.map_value(_one(key)) == f'{{"@": {{"{expected}": 1}}}}'


def _one(key):
    from utrace.output.model import MapEntry

    return MapContents("@", True, (MapEntry(key, 1),))


def test_a_key_of_several_parts():
    key_type = TupleType((StringType(4), IntType(32, True)))
    data = b"ab\0\0" + (2).to_bytes(4, "little")
    assert (
        shown(a_map(key_type=key_type), [(data, [words(5)])]) == '{"type": "map", "data": {"@": {"ab,2": 5}}}'
    )


def test_a_keyed_map_without_keys_is_left_out():
    run = Run()
    run.reporter.map(map_contents(a_map(key_type=INT64), []))
    assert run.output.data == b""


LOG = LogBuckets(0)


def a_hist(*values, layout=LOG, kind=MapKind.HIST):
    return shown(a_map(kind, buckets=layout, name="@h"), [(b"", [counters(layout, *values)])])


def test_histograms():
    assert a_hist(2) == '{"type": "hist", "data": {"@h": [{"min": 2, "max": 3, "count": 1}]}}'
    assert a_hist(-1, 0) == (
        '{"type": "hist", "data": {"@h": [{"max": -1, "count": 1},{"min": 0, "max": 0, "count": 1}]}}'
    )
    assert a_hist() == '{"type": "hist", "data": {"@h": []}}'
    assert a_hist(2**40).endswith('[{"min": 1099511627776, "max": 2199023255551, "count": 1}]}}')
    assert '"max": "9223372036854775807"' in a_hist(2**62)


def test_linear_histograms():
    text = a_hist(-1, 2, 1000, layout=LinearBuckets(0, 10, 5), kind=MapKind.LHIST)
    assert text == (
        '{"type": "hist", "data": {"@h": [{"max": -1, "count": 1},{"min": 0, "max": 4, "count": 1},'
        '{"min": 5, "max": 9, "count": 0},{"min": 10, "count": 1}]}}'
    )


def test_keyed_histograms():
    layout = LogBuckets(0)
    info = a_map(MapKind.HIST, buckets=layout, key_type=INT64)
    entries = [(words(1), [counters(layout, 10)]), (words(2), [counters(layout, 20, 20)])]
    assert shown(info, entries) == (
        '{"type": "hist", "data": {"@": {"1": [{"min": 8, "max": 15, "count": 1}], '
        '"2": [{"min": 16, "max": 31, "count": 2}]}}}'
    )


def test_averages_and_stats():
    assert shown(a_map(MapKind.AVG), [(b"", [words(12, 2)])]) == '{"type": "stats", "data": {"@": 6}}'
    assert shown(a_map(MapKind.STATS), [(b"", [words(12, 2)])]) == (
        '{"type": "stats", "data": {"@": {"count": 2, "average": 6, "total": 12}}}'
    )
    keyed = a_map(MapKind.AVG, key_type=INT64)
    assert shown(keyed, [(words(7), [words(12, 2)])], div=3) == '{"type": "stats", "data": {"@": {"7": 2}}}'


@pytest.mark.parametrize("kind", [MapKind.COUNT, MapKind.SUM, MapKind.MIN, MapKind.MAX])
def test_other_aggregations_are_maps(kind):
    assert shown(a_map(kind), [(b"", [words(12, 2)])]).startswith('{"type": "map", "data": {"@": ')


def test_series():
    layout = SeriesBuckets(500_000_000, 3, "last")
    info = MapInfo("@t", 0, None, UINT64, MapKind.TSERIES, None, Span(0, 1), layout)
    text = shown(info, [(b"", [words(8, 8, 1, 0, 0, 5, 0, 0, 9, 1, 6, 0, 0, 0, 0)])])
    values = json.loads(text)
    assert [point["value"] for point in values["data"]["@t"]] == [9, 8]
    assert values["data"]["@t"][0]["interval_start"].endswith(":00.500000000")
    assert text.startswith('{"type": "tseries", "data": {"@t": [{"interval_start": "')
    assert '", "value": 9},{"interval_start": "' in text
    assert shown(info, [(b"", [words(*[0] * 15)])]) == '{"type": "tseries", "data": {"@t": []}}'


@pytest.mark.parametrize("kind", ["time", "join"])
def test_texts(kind):
    run = Run()
    getattr(run.reporter, kind)("a\n")
    assert run.line() == f'{{"type": "{kind}", "data": "a\\n"}}'


@pytest.mark.parametrize("kind", ["cat", "syscall", "printf"])
def test_bytes(kind):
    run = Run()
    getattr(run.reporter, kind)(b"a\xff\n")
    assert run.line() == f'{{"type": "{kind}", "data": "a�\\n"}}'


def test_counts():
    run = Run()
    run.reporter.attached(2)
    assert run.line() == '{"type": "attached_probes", "count": 2, "data": {"probes": 2}}'
    run = Run()
    run.reporter.lost_events(7)
    assert run.line() == '{"type": "lost_events", "count": 7, "data": {"events": 7}}'


@pytest.mark.parametrize("kind", [IssueKind.RUNTIME_ERROR, IssueKind.ERRORF, IssueKind.WARNF])
def test_issues(kind):
    run = Run()
    run.reporter.issue(Issue(kind, "oh no\n", "a.bt", 3, 7, "shown to people\n"))
    assert run.line() == (
        f'{{"type": "{kind.value}", "msg": "oh no\\n", "filename": "a.bt", "line": 3, "col": 7}}'
    )
    assert run.messages.data == b""


def test_helper_errors():
    run = Run()
    run.reporter.issue(
        Issue(IssueKind.HELPER_ERROR, "Bad address", "stdin", 1, 37, "", "probe_read_user", -14)
    )
    assert run.line() == (
        '{"type": "helper_error", "msg": "Bad address", "helper": "probe_read_user", "retcode": -14, '
        '"filename": "stdin", "line": 1, "col": 37}'
    )


def test_tests_and_benchmarks():
    run = Run()
    run.reporter.test_result(1, [Verdict("a", True, 5, "out\n")])
    assert json.loads(run.line())["data"] == {"a": {"duration": 5, "passed": True, "output": "out\n"}}
    run = Run()
    run.reporter.benchmark_result(["a"], BenchmarkResult("a", 12, 100), True)
    assert run.line() == '{"type": "benchmark_result", "data": {"a": {"average": 12, "iters": 100}}}'


def test_people_are_told_in_text():
    run = Run()
    run.reporter.warning("WARNING: x\n")
    run.reporter.total_lost_events(3)
    run.reporter.probes_ended()
    assert run.messages.data == b"WARNING: x\nWARNING: Total lost event count: 3\n"
    assert run.output.data == b""


def test_the_schema_refuses_what_we_never_write():
    for wrong in (
        {"type": "map", "data": 5},
        {"type": "printf"},
        {"data": 1},
        {"type": "hist", "data": {"@": 5}},
    ):
        assert not VALIDATOR.is_valid(wrong)
