"""Whatever the text, the frontend answers with a program or a ScriptError, soon, and with no other exception."""

from __future__ import annotations

import contextlib
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.frontend.support import typed
from utrace.diagnostics import render
from utrace.errors import ScriptError
from utrace.frontend.dump import dump_ast, dump_types
from utrace.frontend.parse import parse
from utrace.source import Source

TOKENS = (
    "begin end uprobe:/bin/app:main uretprobe:/bin/app:m* i:s:1 { } ( ) [ ] / , ; : .. . ? ?: -> = += == != < > <<"
    " >> + - * % & | ^ && || ! ~ ++ -- $x $y @ @a @b[ 1 0 42 0x7f 1s \"str\" \"%d\" comm pid nsecs arg0 retval probe"
    " count() sum( hist( printf( print( clear( delete( exit() str( if else while for unroll let return break"
    " continue true (uint8) (int32*) sizeof( config = $1 $# _ /* */ // \n"
).split(" ")  # fmt: skip

SCRIPTS = [
    'uprobe:/bin/app:main /pid == 1/ { @[comm, 1] = count(); printf("%d %s\\n", pid, str(arg0)); }',
    "begin { $x = 1; while ($x < 10) { $x++; if $x == 5 { break } else { @a = hist($x, 2) } } }",
    'config = { max_strlen=64 } i:s:1 { print(@x, 3); @x[(1, "a")] = 2; for $i : 0..3 { @y += $i } }',
]


def check(text: str) -> None:
    started = time.process_time()
    try:
        program = typed(text)
        assert dump_types(program)
    except ScriptError as failure:
        assert failure.diagnostics
        shown = render(Source("stdin", text), failure.diagnostics)
        assert "ERROR: " in shown
    assert time.process_time() - started < 1


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=200))
def test_any_text(text):
    check(text)


@settings(max_examples=250, deadline=None)
@given(st.lists(st.sampled_from(TOKENS), max_size=40))
def test_any_tokens(tokens):
    check("begin { " + " ".join(tokens))
    check(" ".join(tokens))


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(SCRIPTS), st.data())
def test_damaged_scripts(script, data):
    start = data.draw(st.integers(0, len(script)))
    end = data.draw(st.integers(start, len(script)))
    check(script[:start] + data.draw(st.text(max_size=5)) + script[end:])


@pytest.mark.parametrize("script", SCRIPTS)
def test_cut_short_at_any_place(script):
    for end in range(len(script)):
        check(script[:end])


@settings(max_examples=100, deadline=None)
@given(st.recursive(
    st.sampled_from(["1", "pid", "$x", "@m", "arg0", "nsecs"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+ - * / % & | ^ << >> && || == != < >=".split()), inner).map(
            lambda parts: f"(int64)({' '.join(parts)})"
        ),
        inner.map(lambda text: f"-({text})"),
        st.tuples(inner, inner, inner).map(lambda parts: f"({parts[0]} ? {parts[1]} : {parts[2]})"),
    ),
    max_leaves=20,
))  # fmt: skip
def test_any_integer_expression_is_typed(expression):
    program = typed(f"uprobe:/bin/app:main {{ $x = 1; @m = 2; @r = 1; @r2 = (int64)({expression}); }}")
    assert str(program.map("@r2").value_type) == "int64"


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(blacklist_characters="\0"), max_size=60))
def test_any_attach_point(text):
    check(f"uprobe:{text} {{ }}")


DEEP = 20_000


@pytest.mark.parametrize(
    "text",
    [
        "begin { $a = " + "(" * DEEP + "1" + ")" * DEEP + " }",
        "begin { $a = " + "-" * DEEP + "1 }",
        "begin { $a = " + "!" * DEEP + "1 }",
        "begin { $a = 1" + " + 1" * DEEP + " }",
        "begin { $a = 1" + " ? 1 : 1" * (DEEP // 2) + " }",
        "begin { $a = @" + "[@" * DEEP + "]" * DEEP + " }",
        "begin { " + "{" * DEEP + "}" * DEEP + " }",
        "begin { " + "if 1 { " * (DEEP // 2) + "}" * (DEEP // 2) + " }",
        "begin { if 1 {} " + "else if 1 {} " * (DEEP // 4) + " }",
        "begin { $a = 1" + ".1" * DEEP + " }",
        "begin { $a = (int8" + "*" * DEEP + ")1 }",
        "begin { $a = " + "(1, " * DEEP + ")" * DEEP + " }",
        "begin" + ", begin" * (DEEP // 4) + " { }",
        "begin { } " * (DEEP // 2),
        "begin { $a = " + "9" * 100_000 + " }",
        "begin { $a = 0x" + "f" * 100_000 + " }",
        'begin { $a = "' + "x" * 100_000 + '" }',
        "begin { " + "a" * 100_000 + " }",
        "uprobe:" + "a:" * 50_000 + " { }",
        "uprobe:" + '"' * 50_000 + " { }",
        "begin { " + "/*" * 50_000 + " }",
        "begin { " + "/ " * 50_000 + " }",
        "begin { " + "}" * 50_000,
        "begin { " * 10_000,
        "\n" * 100_000 + "x",
        "$1" * 50_000,
        " " * 1_000_000,
        "x" * 1_000_000,
        "begin { @a = 1; }" * 60_000,
        "begin { " + "".join(f"@a{i} = @a{i + 1}; " for i in range(3_000)) + "}",
        "begin { " + "".join(f"$a{i} = {i}; " for i in range(6_000)) + "}",
        'begin { printf("' + "%d" * 30_000 + '") }',
    ],
    ids=lambda text: f"{text[:12]}...{text[20:28]}",
)
def test_deep_and_huge(text):
    check(text)


@pytest.mark.parametrize("depth", [60, 100, 120])
def test_allowed_depth_does_not_exhaust_the_stack(depth):
    program = typed(
        "begin { $a = "
        + "-(" * (depth // 2)
        + "pid"
        + ")" * (depth // 2)
        + "; $b = "
        + "1 + " * depth
        + "pid }"
    )
    assert dump_types(program)
    assert dump_ast(parse(Source("stdin", "begin { " + "if 1 { " * (depth // 2) + "}" * (depth // 2) + " }")))


def test_undecodable_bytes_survive_as_what_they_are():
    text = b'begin { printf("\xff\xfe"); }'.decode(errors="surrogateescape")
    with contextlib.suppress(ScriptError):
        assert typed(text).events
