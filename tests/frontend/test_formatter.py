"""--fmt: what the layout is, and that it changes nothing else."""

from __future__ import annotations

import re
import subprocess
from dataclasses import fields
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.frontend.random_programs import ProgramMaker
from utrace.errors import ScriptError
from utrace.frontend import nodes
from utrace.frontend.formatter import format_program
from utrace.frontend.parse import parse
from utrace.source import Source

ROOT = Path(__file__).parents[2]
GOLDEN = Path(__file__).with_name("golden")
COMMENT = re.compile(r'"(?:[^"\\\n]|\\.)*"|(//[^\n]*|(?s:/\*.*?\*/))')


def formatted(text: str) -> str:
    return format_program(Source("stdin", text))


def shape(node: Any, *, in_macro: bool = False) -> Any:
    """Return a tree without places; whether a block ends with a value matters in macros only."""
    if isinstance(node, tuple):
        return tuple(shape(item, in_macro=in_macro) for item in node)
    if not isinstance(node, nodes.Node):
        return node
    hidden = {"span", "head", "name_span", "warnings", "c_part"} | (
        set() if in_macro else {"ends_with_value"}
    )
    inside = in_macro or isinstance(node, nodes.Macro)
    members = [member.name for member in fields(node) if member.name not in hidden]
    return type(node).__name__, *(shape(getattr(node, name), in_macro=inside) for name in members)


def tree(text: str) -> Any:
    program = parse(Source("stdin", text), needs_probes=False)
    return shape(program), [line.strip() for line in program.c_part.splitlines() if line.strip()]


def comments(text: str) -> list[str]:
    """Return the comments of a script whose attach points and C part have no marks of comments."""
    found = [match[1] for match in COMMENT.finditer(text) if match[1]]
    return ["".join(comment.split()) for comment in found]


def check(text: str) -> None:
    result = formatted(text)
    assert tree(result) == tree(text)
    assert formatted(result) == result
    assert comments(result) == comments(text)
    assert not re.search(r"[ \t]$", result, re.MULTILINE)
    assert "\n\n\n" not in result


@settings(max_examples=300, deadline=None)
@given(st.randoms(use_true_random=False))
def test_random_programs_keep_their_meaning(random: Random) -> None:
    text = ProgramMaker(random).script()
    try:
        parse(Source("stdin", text), needs_probes=False)
    except ScriptError:
        return
    check(text)


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.bt")), ids=lambda path: path.stem)
def test_golden_programs_keep_their_meaning(path: Path) -> None:
    check(path.read_text())


def tracked_scripts() -> list[Path]:
    """Return the .bt files that we ship (those of the tests may have any layout)."""
    listed = subprocess.run(
        ["git", "ls-files", "*.bt"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    paths = [ROOT / line for line in listed.stdout.splitlines()] or list((ROOT / "utrace").rglob("*.bt"))
    return sorted(path for path in paths if path.is_file() and "tests" not in path.relative_to(ROOT).parts)


@pytest.mark.parametrize("path", tracked_scripts(), ids=lambda path: path.name)
def test_what_we_ship_is_formatted(path: Path) -> None:
    assert formatted(path.read_text()) == path.read_text()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("begin{}", "begin {}"),
        ("begin{exit()}", "begin {\n  exit();\n}"),
        ("begin,end{;;}", "begin,\nend\n{}"),
        ("begin,end/1/{}", "begin,\nend\n/1/ {}"),
        ("begin/pid==1/{}", "begin /pid == 1/ {}"),
        ("begin/(*$x==1)/{}", "begin / *$x == 1/ {}"),
        ("begin{}end{}", "begin {}\n\nend {}"),
        ("config={a=1}begin{}", "config = {\n  a = 1;\n}\n\nbegin {}"),
        ("config={}begin{}", "config = {}\n\nbegin {}"),
        ('import "a.bt" import  "b.bt";\n\n\nbegin{}', 'import "a.bt";\nimport "b.bt";\n\nbegin {}'),
        ("let @m=lruhash(0x10)\nbegin{}", "let @m = lruhash(0x10);\n\nbegin {}"),
        ("macro  m($a,@b,c){ $a; c }", "macro m($a, @b, c) {\n  $a;\n  c\n}"),
        ("macro m(){ f(); }", "macro m() {\n  f();\n}"),
        ("fn f($a:int8,$b:foo_t*):void{return}", "fn f($a : int8, $b : foo_t *) : void {\n  return;\n}"),
        ("#define A 3 // three\n\n\nbegin{}", "#define A 3 // three\n\nbegin {}"),
        ("#!/bin/x\nbegin{}", "#!/bin/x\nbegin {}"),
        ("struct a{int b;}\nbegin{}", "struct a{int b;}\n\nbegin {}"),
        ("// one\n\n// two\nbegin{}//three", "// one\n\n// two\nbegin {} //three"),
        ("begin{}\n// four", "begin {}\n\n// four"),
    ],
)
def test_layout_of_items(text: str, expected: str) -> None:
    assert formatted(text) == expected + "\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$x=0x10+1e6", "$x = 0x10 + 1e6;"),
        ('$x="a\\x41"', '$x = "a\\x41";'),
        ("$x=(1+2)*3", "$x = (1 + 2) * 3;"),
        ("$x=(1*2)+3", "$x = 1 * 2 + 3;"),
        ("$x=1-(2-3)", "$x = 1 - (2 - 3);"),
        ("$x=(1-2)-3", "$x = 1 - 2 - 3;"),
        ("$x=-(-$y)", "$x = -(-$y);"),
        ("$x=- --$y", "$x = -(--$y);"),
        ("$x=!!$y", "$x = !!$y;"),
        ("$x=&(&$y)", "$x = &(&$y);"),
        ("$x=((($y)))", "$x = $y;"),
        ("$x=(a?b:c)?d:(e?f:g)", "$x = (a ? b : c) ? d : e ? f : g;"),
        ("$x=(a?:b)+1", "$x = (a ?: b) + 1;"),
        ("$x=(foo)(-1)", "$x = (foo)(-1);"),
        ("$x=(int8)(-1)", "$x = (int8)-1;"),
        ("$x=(struct s*)arg0", "$x = (struct s *)arg0;"),
        ("$x=(foo_t  * *)arg0", "$x = (foo_t **)arg0;"),
        ("$x=(int8[])$y", "$x = (int8[])$y;"),
        ("$x=$y->a.b[1]", "$x = $y.a.b[1];"),
        ("$x=(@m)[1]", "$x = (@m)[1];"),
        ("@m[(1,2)]=1", "@m[1,2] = 1;"),
        ("@m[(1,)]=1", "@m[(1,)] = 1;"),
        ("@m[()]=()", "@m[()] = ();"),
        ("print((1,2))", "print((1,2));"),
        ("print((a=1,b=2))", "print((a=1, b=2));"),
        ("f ( 1 ,2 )", "f(1, 2);"),
        ("$x=comptime 1+2", "$x = comptime (1 + 2);"),
        ("$x=sizeof(foo_t*)", "$x = sizeof(foo_t *);"),
        ("$x=offsetof(struct s,a . b)", "$x = offsetof(struct s, a.b);"),
        ("_=f()", "_ = f();"),
        ("let $x:uint8=1", "let $x : uint8 = 1;"),
        ("$x++;--@m", "$x++;\n--@m;"),
        ("if($x){}", "if $x {}"),
        ("if $x==1{}else{f()}", "if ($x == 1) {} else {\n  f();\n}"),
        ("if 1{}else if 2{}", "if 1 {} else if 2 {}"),
        ("if 1{}else{if 2{}}", "if 1 {} else if 2 {}"),
        ("if comptime 1==2{}", "if comptime (1 == 2) {}"),
        ("$x=if 1{2}else{3}", "$x = if 1 { 2 } else { 3 };"),
        ("$x={$y;1}", "$x = {\n  $y;\n  1\n};"),
        ("$x={1}", "$x = { 1 };"),
        ("(if 1{2}else{3})", "(if 1 { 2 } else { 3 });"),
        ("while($x<3){break}", "while ($x < 3) {\n  break;\n}"),
        ("unroll 3{}", "unroll (3) {}"),
        ("for($i:0..5){}", "for $i : 0..5 {}"),
        ("for $i:-1..$x+1{}", "for $i : (-1)..($x + 1) {}"),
        ("for($kv:@m){}", "for $kv : @m {}"),
        ("f();\n\n\n\ng()", "f();\n\ng();"),
        ("f(/* a */1, // b\n2)", "f(/* a */ 1,\n  // b\n  2);"),
        ("f() // a\n;g() /* b */", "f(); // a\ng(); /* b */"),
    ],
)
def test_layout_of_statements(text: str, expected: str) -> None:
    inner = "".join(f"  {line}\n" if line else "\n" for line in expected.split("\n"))
    assert formatted(f"begin {{{text}}}") == f"begin {{\n{inner}}}\n"


def test_long_lines_are_broken_behind_commas_and_operators() -> None:
    arguments, condition = '"xxxxxxxxxxxxxxxx", ' * 12, "$xxxxxxxxxx == 1 && " * 12
    lines = formatted(f"begin {{ printf({arguments} 1); if {condition} 1 {{}} }}").split("\n")
    assert max(map(len, lines)) <= 100
    assert lines[2].startswith("         " + '"')
    assert lines[1].endswith(",")
    assert any(line.endswith("&&") for line in lines)


def test_wrong_syntax_is_reported() -> None:
    with pytest.raises(ScriptError):
        formatted("begin { + }")
