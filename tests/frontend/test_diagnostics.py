from __future__ import annotations

import pytest

from tests.frontend.support import errors, messages, typed
from utrace.diagnostics import render, warning
from utrace.errors import ScriptError
from utrace.frontend.parse import parse
from utrace.source import Location, Source, Span


def test_error_has_place_line_marks_and_hint():
    assert errors("begin { cout(1) }") == (
        "stdin:1:9-13: ERROR: Unknown function: 'cout'\n"
        "begin { cout(1) }\n"
        "        ~~~~\n"
        "HINT: did you mean count?\n"
    )


def test_tabs_are_widened_in_line_and_marks():
    assert errors("begin {\n\t$x = @y;\n}") == (
        "stdin:2:7-9: ERROR: Undefined map: @y\n    $x = @y;\n         ~~\n"
    )


def test_error_over_several_lines_names_the_lines():
    text = 'begin {\n  printf("%d",\n    1, 2);\n}'
    assert errors(text).startswith(
        "stdin:2-3: ERROR: printf: too many arguments for format string (2 supplied"
    )


def test_warning_is_rendered_like_an_error():
    source = Source("a.bt", "begin { }")
    text = render(source, [warning(Span(0, 5), "so so")])
    assert text == "a.bt:1:1-6: WARNING: so so\nbegin { }\n~~~~~\n"


def test_end_of_file_is_marked():
    assert errors("begin {").endswith("begin {\n       ~\n")


def test_several_errors_in_one_run():
    assert len(messages("begin { $a = ; } end { @x = } i:s:1 { foo( }")) == 3
    assert len(messages("begin { foo(); bar(); @x = @y; }")) == 3


def test_a_very_long_line_is_cut():
    text = "begin { " + "1; " * 20000 + "foo() }"
    assert len(errors(text)) < 2000


def test_control_characters_do_not_reach_the_terminal():
    assert "\x1b" not in errors('begin { "\x1b[31m"; foo() }')


def test_location_counts_from_one():
    source = Source("x", "ab\ncd\n")
    assert source.location(0) == Location(1, 1)
    assert source.location(2) == Location(1, 3)
    assert source.location(4) == Location(2, 2)
    assert source.location(6) == Location(3, 1)
    assert source.line(2) == "cd"


def test_spans_are_exact():
    text = "uprobe:/bin/app:main /pid == 7/ { @a[tid] = 1 + 2; }"
    source = Source("stdin", text)
    probe = parse(source).probes[0]
    assert source.text_of(probe.attach_points[0].span) == "uprobe:/bin/app:main"
    assert probe.predicate is not None
    assert source.text_of(probe.predicate.span) == "pid == 7"
    assert source.text_of(probe.body.statements[0].span) == "@a[tid] = 1 + 2"
    assert source.text_of(probe.body.statements[0].value.span) == "1 + 2"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "The script has no probes"),
        ("// nothing", "The script has no probes"),
        ("begin { /* }", "Unterminated comment"),
        ("begin { € }", "Invalid character: '€'"),
        ("begin { \0 }", "Invalid character: U+0000"),
        ("begin { } config = { }", "config and import must come before probes"),
        ("config = { } config = { } begin { }", "There can only be one config block"),
        ("begin { } struct S { int x; }", "C definitions must come before probes"),
        ("begin { print((a = 1, a = 2)) }", "Duplicate field in a record: a"),
        ("begin { print(if 1 { 2 }) }", "An if that is used as a value needs an else"),
        ("begin { print({ 2; }) }", "This block has no value"),
        ("config = { nope=1 } begin { }", "nope: not a known configuration option"),
        (
            "config = { missing_probes=maybe } begin { }",
            "missing_probes: Invalid value for missing_probes: valid values are ignore, warn, and error.",
        ),
        ("begin { for ($kv : @m) { } }", "Undefined map: @m"),
        ("begin { @m = 1; for ($kv : @m) { } }", "@m has no explicit keys (scalar map)"),
        ("begin { @m[1] = hist(1); for ($kv : @m) { } }", "Loop expression does not support type: hist_t"),
        (
            "begin { $kv = 1; @m[1] = 1; for ($kv : @m) { } }",
            "Loop declaration shadows existing variable: $kv",
        ),
        ("begin { for ($kv : 5) { } }", "A for loop goes over a map or a range"),
        ("begin { unroll (101) { } }", "unroll maximum value is 100"),
        ("begin { unroll (0) { } }", "unroll minimum value is 1"),
        ("begin { unroll ($x) { } }", "Undefined or undeclared variable: $x"),
        ("begin { @a[1] = 1; if (len(@a[1])) { } }", "len() expects a map without a key"),
        ("begin { @a = 1; has_key(@a, 1) }", "call to has_key() expects a map with explicit keys"),
        ("begin { @a = 1; delete(@a, 1) }", "call to delete() expects a map with explicit keys"),
        ("begin { @a[1] = 1; delete(@a) }", "delete() needs a key for a map that has keys"),
        ("begin { $x = count(); }", "count() must be assigned directly to a map"),
        ("begin { @x += count(); }", "count() must be assigned directly to a map"),
        ("begin { @x = count(1); }", "count() requires no arguments (1 provided)"),
        ("begin { @x = sum(); }", "sum() requires exactly 1 argument (0 provided)"),
        ("begin { @x = hist(); }", "hist() requires at least 1 argument (0 provided)"),
        ('begin { @x = sum("a"); }', "sum() only supports integer arguments (string[2] provided)"),
        (
            "begin { @x = lhist(1, 0, 2000, 1); }",
            "lhist() too many buckets, must be <= 1000 (would need 2000)",
        ),
        ("begin { @x = lhist(1, 10, 0, 1); }", "lhist() min must be less than max"),
        ("begin { @x = lhist(1, 0, 10, 0); }", "lhist() step must be >= 1 (0 provided)"),
        ("begin { @x = lhist(1, 0, 10, pid); }", "lhist() expects literals"),
        ("begin { @x = hist(1, 2); @x = hist(1, 3); }", "Different hist parameters in a single map @x"),
        ("begin { @x = hist(1); $y = @x + 1; }", "The hist_t in @x has no single value"),
        ("begin { @x = count(); @x++; }", "Type mismatch for @x"),
        ("begin { printf(comm); }", "printf() expects a string literal as its format"),
        ('begin { printf("%q", 1); }', "printf: Invalid conversion in the format: '%q'"),
        ('begin { printf("%99999999d", 1); }', "printf: The width in the format is too large"),
        ("begin { $x = print(1); }", "print() has no value"),
        ("begin { $x = -9223372036854775809; }", "Integer is too small"),
        ("begin { $x = 18446744073709551616; }", "Integer is too large"),
        ('begin { $x = "a" + 1; }', "The + operator can not be used on expressions of types"),
        ('begin { if ("a" < "b") { } }', "The < operator can not be used on expressions of types"),
        ("begin { $x = (struct foo *)0; }", 'Cannot resolve unknown type "struct foo"'),
        ("begin { $x = *comm; }", "Can not dereference an expression of type 'string[16]'"),
        ("begin { $x = (1, 2); $y = $x.2; }", "Invalid tuple index: 2. Found 2 elements in tuple."),
        ("begin { let $x = 1; let $x = 2; }", "Variable $x was already declared"),
        ("begin { if 1 { $x = 1 } print($x); }", "Undefined or undeclared variable: $x"),
        ("uprobe:/bin/app:main { $x = args.foo }", "The parameters of main in /bin/app are not known"),
    ],
)
def test_message(text, message):
    assert any(found.startswith(message) for found in messages(text)), messages(text)


def test_warning_for_mixed_signs():
    program = typed("uprobe:/bin/app:main { $x = nsecs / arg0; }")
    assert [w.message for w in program.warnings] == [
        "arithmetic on integers of different signs: 'uint64' and 'int64' can lead to undefined behavior"
    ]


def test_error_carries_its_source():
    with pytest.raises(ScriptError) as caught:
        typed("begin { foo() }")
    assert caught.value.source is not None
    assert caught.value.exit_code == 1


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("begin { if ($x = 1) { } }", "== compares; an assignment is a statement and has no value"),
        ("begin { x = 1; }", "variables begin with a $ and maps with an @: $x or @x"),
        ("begin { $x = 1\n$y = 2 }", "a semicolon may be missing behind 1"),
        ("begin { print(1) print(2); }", "a semicolon may be missing behind )"),
        ("begin { @x[1] = 2 if 1 { } }", "a semicolon may be missing behind 2"),
        ("begin { printf('a') }", "strings are in double quotes"),
        ('begin { printf "a" }', "a call needs parentheses: printf(...)"),
        ("begin { if 1 and 2 { } }", "the operator is &&"),
        ("begin { if 1 or 2 { } }", "the operator is ||"),
        ("begin { $a = not 1 }", "the operator is !"),
        ("begin { if 1 { } elif 2 { } }", "write else if"),
        ("begin { for $i in 0..3 { } }", "a loop is written: for $i : 0..10 { }"),
        ("begin { for (i : 0..3) { } }", "variables begin with a $: $i"),
        ("begin { let x = 1; }", "variables begin with a $: $x"),
        ("begin { if (1) print(2); }", "the body of a probe, a condition or a loop is in braces"),
        ("begin { while $x > 3 $x++; }", "the body of a probe, a condition or a loop is in braces"),
        ("begin print(1)", "the body of a probe, a condition or a loop is in braces"),
        ("{ print(1) }", "a probe begins with its attach point, such as begin or uprobe:FILE:FUNCTION"),
        ("begin { } { }", "a probe begins with its attach point, such as begin or uprobe:FILE:FUNCTION"),
    ],
)
def test_hints_for_wrong_syntax(text, hint):
    assert f"HINT: {hint}\n" in errors(text)


@pytest.mark.parametrize(
    "text", ["begin { + }", "begin { $x = ; }", "begin { foo(1; }", "begin { print(1)) }"]
)
def test_no_hint_where_there_is_none(text):
    assert "HINT" not in errors(text)


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("begin { + } end { - } i:s:1 { * }", ["1:9-10", "1:21-22", "1:33-34"]),
        ("begin / 1 + / { } end { + }", ["1:13-14", "1:25-26"]),
        ("begin { $a = 'x'; } end { $b = `y`; }", ["1:14-15", "1:32-33"]),
    ],
)
def test_an_error_in_each_probe(text, places):
    found = [line.split(": ")[0] for line in errors(text).splitlines() if ": ERROR: " in line]
    assert found == [f"stdin:{place}" for place in places]
