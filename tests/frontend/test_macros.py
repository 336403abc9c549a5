"""Macros: what they expand to, and limits of what they may expand to."""

from __future__ import annotations

import resource
import time

import pytest

from utrace.errors import ScriptError
from utrace.frontend import nodes
from utrace.frontend.macro_library import DIRECTORY, MacroLibrary
from utrace.frontend.macros import expand_macros
from utrace.frontend.parse import parse
from utrace.source import Source


def expanded(text: str) -> nodes.Program:
    source = Source("stdin", text)
    return expand_macros(parse(source), source)


def messages(text: str) -> list[str]:
    with pytest.raises(ScriptError) as caught:
        expanded(text)
    return [diagnostic.message for diagnostic in caught.value.diagnostics]


def names(text: str) -> set[str]:
    return {node.name for node in nodes.walk(expanded(text)) if isinstance(node, nodes.Variable)}


def test_without_macros_the_tree_stays_the_same():
    source = Source("stdin", "begin { $x = comm; print(pid + $x); }")
    program = parse(source)
    assert expand_macros(program, source).probes[0] is program.probes[0]


def test_own_variables_get_names_that_no_script_can_have():
    found = names("macro m($a) { $b = $a; $b } begin { $c = 1; print(m($c)); print(m($c)); }")
    assert found == {"c", "b#1", "b#2"}


def test_places_know_all_calls():
    text = "macro a(x) { x + 1 } macro b(x) { a(x) } begin { print(b(2)); }"
    added = next(node for node in nodes.walk(expanded(text)) if isinstance(node, nodes.Binary))
    calls = []
    span = added.span
    while span.origin is not None:
        span = span.origin
        calls.append(text[span.start : span.end])
    assert calls == ["a(x)", "b(2)"]
    assert text[added.span.outermost.start :].startswith("b(2)")


def test_arguments_stay_where_they_are_written():
    text = "macro a(x) { x + 1 } begin { print(a(41)); }"
    number = next(
        node for node in nodes.walk(expanded(text)) if isinstance(node, nodes.Integer) and node.value == 41
    )
    assert number.span.origin is None
    assert text[number.span.start : number.span.end] == "41"


def test_each_use_of_an_argument_is_an_expression_of_its_own():
    program = expanded("macro twice(x) { x + x } begin { print(twice(comm)); }")
    uses = [node for node in nodes.walk(program) if isinstance(node, nodes.Builtin)]
    assert len(uses) == 2
    assert uses[0] is not uses[1]


def bomb(levels: int) -> str:
    calls = "".join(f"macro m{i}(x) {{ m{i + 1}(x) + m{i + 1}(x) }} " for i in range(levels))
    return f"{calls} macro m{levels}(x) {{ x }} begin {{ print(m0(1)); }}"


def chain(levels: int) -> str:
    calls = "".join(f"macro m{i}() {{ m{i + 1}() }} " for i in range(levels))
    return f"{calls} macro m{levels}() {{ 1 }} begin {{ print(m0()); }}"


@pytest.mark.parametrize(
    "text",
    [
        bomb(20),
        bomb(40),
        bomb(120),
        chain(130),
        chain(2000),
        "macro a(x) { a(x) + a(x) } begin { a(1); }",
        "macro a(x) { x + x } begin { print(" + "a(" * 60 + "1" + ")" * 60 + "); }",
        "macro big() { "
        + "1 + " * 60
        + "1 } macro more() { "
        + "big; " * 3000
        + "1 } begin { print(more); }",
    ],
    ids=["bomb", "large bomb", "deep bomb", "chain", "long chain", "recursion", "nested calls", "many calls"],
)
def test_expansion_is_bounded(text):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time()
    with pytest.raises(ScriptError):
        expanded(text)
    assert time.process_time() - start < 1.5  # a second on a machine with nothing else to do
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300_000


def test_many_macros_are_no_problem():
    assert expanded(bomb(8)).probes
    assert expanded(chain(50)).probes


def test_all_errors_are_reported():
    found = messages("macro a() { @x } macro b($v) { let $v; } begin { a(); $y = 1; b($y); }")
    assert found == [
        "Unhygienic access to map: @x. Maps must be passed into the macro as arguments.",
        "Variable declaration shadows macro arg $v",
    ]


def test_primitives_keep_their_names():
    program = expanded("begin { print(__builtin_comm); print(__builtin_nsecs()); print(pid()); }")
    found = {node.name for node in nodes.walk(program) if isinstance(node, nodes.Builtin)}
    assert found == {"comm", "nsecs", "pid"}


def test_the_library_is_read_when_it_is_used():
    source = Source("stdin", "begin { print(comm); @x = count(); }")
    expand_macros(parse(source), source)
    assert source.added == []
    source = Source("stdin", 'begin { assert(1, "x"); }')
    expand_macros(parse(source), source)
    assert [part.name for part in source.added] == ["library/assertions.bt"]


@pytest.mark.parametrize("path", sorted(DIRECTORY.glob("*.bt")), ids=lambda path: path.stem)
def test_every_file_of_the_library_can_be_read(path):
    source = Source("stdin", "")
    library = MacroLibrary(source)
    macros = parse(source.add(path.name, path.read_text()), needs_probes=False).macros
    assert macros
    for macro in macros:
        assert not library.is_primitive(macro.name)
        assert any(macro.name == found.name for found in library.macros(macro.name))
