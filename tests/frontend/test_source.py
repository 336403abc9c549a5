"""Places in a script of several files, and in what macros were expanded to."""

from __future__ import annotations

from utrace.diagnostics import Context, Diagnostic, Severity, error, render
from utrace.source import Location, Source, Span


def test_offsets_of_several_files():
    source = Source("main", "one\ntwo")
    second = source.add("second", "three\nfour")
    third = source.add("third", "five")
    assert (source.base, second.base, third.base) == (0, 8, 19)
    assert source.part_at(7) is source  # the end of the first file
    assert source.part_at(8) is second
    assert source.part_at(19) is third
    assert source.location(second.base + 6) == Location(2, 1)
    assert source.text_of(Span(third.base, third.base + 4)) == "five"
    assert second.location(second.base + 6) == Location(2, 1)


def test_a_message_names_the_file():
    source = Source("main", "one")
    second = source.add("second", "two\n  three")
    text = render(source, [error(Span(second.base + 6, second.base + 11), "odd", "a hint")])
    assert text == "second:2:3-8: ERROR: odd\n  three\n  ~~~~~\nHINT: a hint\n"


def test_a_chain_of_calls():
    source = Source("main", "macro a { b } macro b { c } a")
    inner = Span(24, 25, Span(10, 11, Span(28, 29)))
    text = render(source, [error(inner, "odd")])
    heads = [line for line in text.splitlines() if line.startswith("main")]
    assert heads == [
        "main:1:25-26: ERROR: odd",
        "main:1:11-12: ERROR: expanded from",
        "main:1:29-30: ERROR: expanded from",
    ]
    assert inner.outermost == Span(28, 29)
    assert inner.order == (28, 29, 10, 11, 24, 25)


def test_contexts_come_before_calls():
    source = Source("main", "abc")
    found = Diagnostic(Severity.WARNING, Span(0, 1, Span(2, 3)), "m", contexts=(Context(Span(1, 2), "c"),))
    lines = render(source, [found]).splitlines()
    assert lines[::3] == [
        "main:1:1-2: WARNING: m",
        "main:1:2-3: WARNING: c",
        "main:1:3-4: WARNING: expanded from",
    ]


def test_spans_keep_their_calls():
    call = Span(1, 2)
    assert Span(3, 4, call).to(Span(8, 9)) == Span(3, 9, call)
    assert Span(3, 4).within(call) == Span(3, 4, call)
