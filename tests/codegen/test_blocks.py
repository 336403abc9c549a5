"""Block expressions, comptime, macros and declared maps: what they compute, and that the kernel accepts them."""

from __future__ import annotations

import pytest

from tests.codegen.compiling import compile_script, words
from utrace.backend.spec import MapType

KEYLESS = bytes(4)


def result_of(body: str, *arguments: int) -> int:
    """The value that a probe's body leaves in the map `@`."""
    compiled = compile_script(body)
    machine = compiled.machine()
    compiled.hit(machine, *arguments)
    value, is_set = words(machine.entries("AT_")[KEYLESS])
    assert is_set == 1
    return value


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("@ = (uint64)({ $a = arg0; $a * 2 });", 20),
        ("@ = (uint64)({ let $a = arg0; { let $b = $a + 1; $b * $a } });", 110),
        ("$x = arg0 > 5 ? arg0 : ({ let $y = arg1; $y + 1 }); @ = (uint64)$x;", 10),
        ("@ = (uint64)(if arg0 > 50 { 1 } else if arg0 > 5 { let $z = arg0; $z + 2 } else { 3 });", 12),
        ("$s = { $t = arg0 > 5 ? \"long\" : \"s\"; $t }; @ = (uint64)strlen($s);", 4),
        ("$i = 0; $x = ({ $i = 5; $i + 1 }) + ({ $i *= 2; $i }); @ = (uint64)$x;", 16),
        ("if comptime 1 { @ = (uint64)1; } else { @ = (uint64)nosuch; }", 1),
        ("@ = (uint64)(comptime 0 ? nosuch : 7);", 7),
        ("@ = (uint64)((comptime 2 + 3) * arg0);", 50),
    ],
)  # fmt: skip
def test_values(body, expected):
    assert result_of(body, 10, 20) == expected


@pytest.mark.parametrize(
    ("macros", "body", "expected"),
    [
        ("macro add(a, b) { a + b }", "@ = (uint64)add(arg0, arg1);", 30),
        ("macro twice($v) { $v *= 2; }", "$x = arg0; twice($x); twice($x); @ = (uint64)$x;", 40),
        ("macro note(@m, n) { @m += n; }", "@ = (uint64)1; note(@, 4); note(@, 5);", 10),
        (
            "macro sum(n) { let $s = 0; for $i : 0..n { $s += $i; } $s }",
            "@ = (uint64)(sum(4) + sum(arg0));",
            51,
        ),
    ],
)
def test_macros(macros, body, expected):
    compiled = compile_script(f"begin {{ }} {macros} uprobe:/bin/target:function {{ {body} }}")
    machine = compiled.machine()
    compiled.hit(machine, 10, 20, probe=1)
    assert words(machine.entries("AT_")[KEYLESS])[0] == expected


@pytest.mark.parametrize(
    ("declaration", "body", "kind"),
    [
        ("let @m = hash(7);", "@m[arg0] = 1;", MapType.HASH),
        ("let @m = lruhash(7);", "@m[arg0] = 1;", MapType.LRU_HASH),
        ("let @m = percpuhash(7);", "@m[arg0] = count();", MapType.PERCPU_HASH),
        ("let @m = percpulruhash(7);", "@m[arg0] = sum(arg1);", MapType.LRU_PERCPU_HASH),
    ],
)
def test_declared_maps(declaration, body, kind):
    compiled = compile_script(f"begin {{ }} {declaration} uprobe:/bin/target:function {{ {body} }}")
    found = compiled.spec.maps["AT_m"]
    assert (found.type, found.max_entries) == (kind, 7)


def test_exit_in_a_block_ends_the_probe():
    compiled = compile_script("@a = (uint64)1; $x = { if arg0 == 10 { exit(); } 5 }; @a = (uint64)$x;")
    machine = compiled.machine()
    compiled.hit(machine, 10)
    assert words(machine.entries("AT_a")[KEYLESS])[0] == 1
    compiled.hit(machine, 11)
    assert words(machine.entries("AT_a")[KEYLESS])[0] == 5
