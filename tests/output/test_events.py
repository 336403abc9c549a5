"""What events make the tracer do."""

import os
import re
import struct
import time
from dataclasses import replace

import pytest

from tests.output.events import a_printf, a_record, an_event, framed
from tests.output.maps import a_map, words
from utrace.frontend.config import Config
from utrace.frontend.formats import parse_format
from utrace.frontend.typed import EventKind, MapKind, TypedProgram
from utrace.frontend.types import INT32, INT64, UINT64, StringType, TupleType
from utrace.output.decode import Context
from utrace.output.events import EventDispatcher
from utrace.output.lazy_formatter import COMPILE_AFTER_EVENTS, LazyFormatter
from utrace.output.stream import Buffering, OutputStream
from utrace.output.text import TextReporter
from utrace.source import Source, Span


class FakeMaps:
    def __init__(self, contents):
        self.contents = contents
        self.calls = []

    def read(self, info):
        return self.contents.get(info.name, [])

    def clear(self, info):
        self.calls.append(("clear", info.name))

    def zero(self, info):
        self.calls.append(("zero", info.name))


class Sink:
    """An output stream that keeps what is written."""

    def __init__(self):
        self.data = b""

    def write(self, data):
        self.data += data

    def flush(self):
        pass


class Run:
    def __init__(
        self, *events, maps=(), contents=None, source="", runtime=b"", shows_warnings=True, **config
    ):
        empty = {"types": {}, "operand_types": {}, "constants": {}, "variables": {}, "call_events": {}}
        program = TypedProgram(
            Source("stdin", source), Config(**config), (), tuple(maps), events, warnings=(), **empty
        )
        context = Context(program.config.str_trunc_trailer)
        self.maps = FakeMaps(contents or {})
        self.output, self.messages = Sink(), Sink()
        self.reporter = TextReporter(self.output, self.messages)
        self.dispatcher = EventDispatcher(
            program,
            self.maps,
            self.reporter,
            LazyFormatter(program, context, lambda: runtime),
            shows_warnings=shows_warnings,
        )

    def send(self, event, *values):
        self.dispatcher.dispatch_one(memoryview(a_record(event, *values)))
        return self.output.data


def test_printf():
    event = a_printf("%d %s\n", INT32, StringType(4))
    assert Run(event).send(event, 5, b"abcd") == b"5 abcd..\n"
    assert Run(event, str_trunc_trailer="<").send(event, 5, b"abcd") == b"5 abcd<\n"


def test_print_value():
    event = an_event(EventKind.PRINT_VALUE, TupleType((INT64, StringType(4))))
    assert Run(event).send(event, (1, b"hi")) == b"(1, hi)\n"


def test_print_map_with_top_and_div():
    info = a_map(MapKind.COUNT, key_type=UINT64, name="@c")
    contents = {"@c": [(words(key), [words(10 * key)]) for key in (3, 1, 2)]}
    plain = an_event(EventKind.PRINT_MAP, map_id=0)
    assert Run(plain, maps=[info], contents=contents).send(plain) == b"@c[1]: 10\n@c[2]: 20\n@c[3]: 30\n"
    cut = an_event(EventKind.PRINT_MAP, map_id=0, top=2, div=10)
    assert Run(cut, maps=[info], contents=contents).send(cut) == b"@c[2]: 2\n@c[3]: 3\n"


def test_print_element():
    event = an_event(EventKind.PRINT_ELEMENT, INT64, map_id=0)
    info = a_map(MapKind.AVG, key_type=INT64)
    run = Run(event, maps=[info], contents={"@": [(words(7), [words(30, 4)])]})
    assert run.send(event, 7) == b"7\n"
    assert run.send(event, 8) == b"7\n0\n"


def test_clear_and_zero():
    events = an_event(EventKind.CLEAR, map_id=0), an_event(EventKind.ZERO, id_=1, map_id=1)
    run = Run(*events, maps=[a_map(name="@a"), a_map(name="@b")])
    for event in events:
        run.send(event)
    assert run.maps.calls == [("clear", "@a"), ("zero", "@b")]


def test_the_first_exit_gives_the_code():
    event = an_event(EventKind.EXIT, INT64)
    run = Run(event)
    assert run.dispatcher.exit_code is None
    run.send(event, 3)
    run.send(event, 4)
    assert run.dispatcher.exit_code == 3


def test_what_was_sent_after_an_exit_is_passed_over():
    leave, clear = an_event(EventKind.EXIT, INT64), an_event(EventKind.CLEAR, id_=1, map_id=0)
    run = Run(leave, clear, maps=[a_map(name="@a")])
    records = framed(a_record(clear)), framed(a_record(leave, 0)), framed(a_record(clear))
    run.dispatcher.dispatch(memoryview(bytearray(b"".join(records))))
    assert run.maps.calls == [("clear", "@a")]
    run.dispatcher.dispatch(memoryview(bytearray(records[0])))
    assert run.maps.calls == [("clear", "@a")]
    run.dispatcher.is_over = False
    run.dispatcher.dispatch(memoryview(bytearray(records[0])))
    assert run.maps.calls == [("clear", "@a")] * 2


def test_time():
    event = an_event(EventKind.TIME, format="%H:%M:%S\n")
    before = time.strftime(event.format)
    text = Run(event).send(event).decode()
    assert re.fullmatch(r"\d\d:\d\d:\d\d\n", text)
    assert before <= text <= time.strftime(event.format) or time.strftime(event.format) < before


def test_join_ends_at_the_first_empty_string():
    event = an_event(EventKind.JOIN, *[StringType(8)] * 4, format=", ")
    assert Run(event).send(event, b"ls", b"-l", b"", b"stale") == b"ls, -l\n"


def said(kind, text, *types):
    return an_event(kind, *types, format=text, parts=parse_format(text))


def test_errorf_and_warnf_name_the_place():
    events = said(EventKind.ERRORF, "bad %d\n", INT64), replace(said(EventKind.WARNF, "hm"), id=1)
    run = Run(*events, source='begin { errorf("bad") }')
    run.send(events[0], 5)
    run.send(events[1])
    assert run.messages.data == b"stdin:1:1-2: ERROR: bad 5\nstdin:1:1-2: WARNING: hm\n"


def test_without_warnings_errors_remain():
    events = [
        replace(event, id=number)
        for number, event in enumerate(
            (
                said(EventKind.ERRORF, "bad"),
                said(EventKind.WARNF, "hm"),
                an_event(EventKind.WARNING, message="zero"),
                an_event(EventKind.HELPER_ERROR, INT64, message="", helper="probe_read_user"),
            )
        )
    ]
    run = Run(*events, source="x", shows_warnings=False)
    for event in events:
        run.send(event, *[0 for _ in event.fields])
    assert run.messages.data == b"stdin:1:1-2: ERROR: bad\n"


def test_helper_errors_say_what_failed():
    event = an_event(EventKind.HELPER_ERROR, INT64, message="", helper="probe_read_user")
    run = Run(event, source="begin {}")
    run.send(event, -14)
    assert run.messages.data == (
        b"stdin:1:1-2: WARNING: Bad address\n"
        b"Additional Info - helper: probe_read_user, retcode: -14\nbegin {}\n~\n"
    )


def test_cat(tmp_path):
    (tmp_path / "file").write_bytes(b"0123456789\xff")
    event = said(EventKind.CAT, f"{tmp_path}/%s", StringType(8))
    assert Run(event).send(event, b"file") == b"0123456789\xff"
    assert Run(event, max_cat_bytes=4).send(event, b"file") == b"0123"
    run = Run(event)
    assert run.send(event, b"none") == b""
    assert (
        run.messages.data
        == f"ERROR: failed to open file '{tmp_path}/none' (No such file or directory)\n".encode()
    )
    assert run.send(event, b"") == b""
    assert b"Is a directory" in run.messages.data


def test_cat_waits_for_nobody(tmp_path):
    os.mkfifo(tmp_path / "file")
    event = said(EventKind.CAT, f"{tmp_path}/file")
    assert Run(event).send(event) == b""


def test_cat_ends_at_a_nul(tmp_path):
    (tmp_path / "file").write_bytes(b"content")
    event = said(EventKind.CAT, f"{tmp_path}/file%c/x", INT64)
    assert Run(event).send(event, 0) == b"content"


def test_system():
    event = said(EventKind.SYSTEM, "echo %d; exit 3", INT64)
    assert Run(event).send(event, 7) == b"7\n"


def test_a_scalar_map_that_was_zeroed_still_has_content():
    maps = [a_map(MapKind.COUNT, name="@a"), replace(a_map(MapKind.COUNT, name="@b"), id=1)]
    zero, clear = an_event(EventKind.ZERO, map_id=0), an_event(EventKind.CLEAR, id_=1, map_id=0)
    untouched = an_event(EventKind.ZERO, id_=2, map_id=1)
    contents = {"@a": [(b"", [words(3)])], "@b": [(b"", [words(0)])]}
    run = Run(zero, clear, untouched, maps=maps, contents=contents)
    run.send(zero)
    run.send(untouched)
    contents["@a"] = [(b"", [words(0)])]
    run.dispatcher.print_maps()
    assert run.output.data == b"@a: 0\n"
    run.send(clear)
    run.dispatcher.print_maps()
    assert run.output.data == b"@a: 0\n"


def test_warning_names_the_place():
    event = an_event(EventKind.WARNING, message="Divide or modulo by 0 detected")
    run = Run(event, source="begin { print(1 / @x) }")
    run.send(event)
    assert run.messages.data == (
        b"stdin:1:1-2: WARNING: Divide or modulo by 0 detected\nbegin { print(1 / @x) }\n~\n"
    )
    assert event.span == Span(0, 1)


def test_maps_at_exit_in_order_of_name_and_only_with_content():
    maps = [
        a_map(name="@z"),
        a_map(name="@b", key_type=INT64),
        a_map(MapKind.COUNT, name="@a"),
        a_map(name="@"),
        a_map(name="@unset"),
        a_map(MapKind.COUNT, name="@empty"),
        a_map(name="@none", key_type=INT64),
    ]
    contents = {
        "@z": [(b"", [words(0, 1)])],
        "@b": [(words(1), [words(0)])],
        "@a": [(b"", [words(1), words(2)])],
        "@": [(b"", [words(5, 1)])],
        "@unset": [(b"", [words(5, 0)])],
        "@empty": [(b"", [words(0)])],
        "@none": [],
    }
    run = Run(maps=maps, contents=contents)
    run.dispatcher.print_maps()
    assert run.output.data == b"@: 5\n@a: 3\n@b[1]: 0\n@z: 0\n"
    silent = Run(maps=maps, contents=contents, print_maps_on_exit=False)
    silent.dispatcher.print_maps()
    assert silent.output.data == b""


def test_records_that_cannot_be_ours():
    event = a_printf("%d", INT64)
    run = Run(event)
    with pytest.raises(ValueError, match="there is no event 7"):
        run.dispatcher.dispatch_one(memoryview(struct.pack("<II", 7, 0)))
    with pytest.raises(ValueError, match="event 0 has 8 bytes instead of 16"):
        run.dispatcher.dispatch_one(memoryview(struct.pack("<II", 0, 0)))


def mixed_batch(count):
    """Make events of several kinds, and a batch of their records in which most are printf."""
    events = (
        a_printf("%d\n", INT64),
        an_event(EventKind.PRINT_VALUE, INT64, id_=1),
        a_printf("%s\n", TupleType((INT64,)), id_=2),
    )
    numbers = [(number, 1 if number % 50 == 7 else 2 if number % 50 == 9 else 0) for number in range(count)]
    records = [a_record(events[kind], (number,) if kind == 2 else number) for number, kind in numbers]
    text = "".join(f"({number})\n" if kind == 2 else f"{number}\n" for number, kind in numbers)
    return events, memoryview(bytearray(framed(*records))), text.encode()


def test_a_batch_is_carried_out_in_order_before_and_after_compiling(runtime):
    events, batch, text = mixed_batch(10 * COMPILE_AFTER_EVENTS)
    run = Run(*events, runtime=runtime)
    run.dispatcher.dispatch(batch)
    assert run.output.data == text


def test_few_events_are_not_worth_compiling():
    events, batch, text = mixed_batch(COMPILE_AFTER_EVENTS)
    run = Run(*events, runtime=b"no bitcode at all")
    run.dispatcher.dispatch(batch)
    assert run.output.data == text


def test_a_reporter_that_tells_events_apart_gets_them_one_by_one(runtime):
    events, batch, text = mixed_batch(2 * COMPILE_AFTER_EVENTS)
    run = Run(*events, runtime=runtime)
    run.reporter.joins_printf = False
    calls = []
    run.reporter.printf = lambda text: calls.append(bytes(text))
    run.reporter.value = lambda value: calls.append(b"%d\n" % value)
    run.dispatcher.dispatch(batch)
    assert len(calls) == 2 * COMPILE_AFTER_EVENTS
    assert b"".join(calls) == text


def test_a_batch_that_is_cut_short():
    event = a_printf("%d\n", INT64)
    batch = memoryview(bytearray(framed(a_record(event, 1), a_record(event, 2))[:-1]))
    run = Run(event)
    with pytest.raises(ValueError, match="a record of 16 bytes in a batch with 31 left"):
        run.dispatcher.dispatch(batch)
    assert run.output.data == b"1\n"


def test_what_the_tracer_says(tmp_path):
    with (tmp_path / "out").open("wb") as out, (tmp_path / "err").open("wb") as err:
        reporter = TextReporter(
            OutputStream(out.fileno(), Buffering.FULL), OutputStream(err.fileno(), Buffering.LINE)
        )
        reporter.attached(1)
        reporter.attached(2)
        reporter.printf(b"x")
        reporter.lost_events(7)
        reporter.total_lost_events(7)
        reporter.probes_ended()
        reporter.flush()
    assert (tmp_path / "err").read_text() == (
        "Attached 1 probe\nAttached 2 probes\nLost 7 events\nWARNING: Total lost event count: 7\n"
    )
    assert (tmp_path / "out").read_text() == "x\n\n"
