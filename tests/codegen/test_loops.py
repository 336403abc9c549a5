"""Loops over maps and ranges, functions of the script, len() and find(): what they compute, and warnings under -k."""

from __future__ import annotations

import pytest

from tests.codegen.compiling import Compiled, compile_script, number

FUNCTIONS = """
    fn add($a : int64, $b : int64) : int64 { return $a + $b; }
    fn key_of($n : int64) : int64 { for ($kv : @m) { if ($kv.1 == $n) { return $kv.0; } } return -1; }
    fn name($n : int64) : string { if ($n == 1) { return "one"; } return "many"; }
    fn stop() { exit(); }
"""
FILL = "@m[1] = 10; @m[2] = 20; @m[3] = 30; "


def scalar(compiled: Compiled, name: str = "AT_", *arguments: int) -> int:
    """Run the probe; the scalar map's value."""
    machine = compiled.machine()
    compiled.hit(machine, *arguments)
    size = compiled.typed.map("@" + name[3:]).value_type.size
    return number(machine.entries(name)[bytes(4)][:size])


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("for ($kv : @m) { @ += $kv.1; }", 60),
        ("$s = (int64)4; for ($kv : @m) { $s += $kv.0; } @ = $s;", 10),
        ("for ($kv : @m) { if ($kv.0 == 2) { break; } @ += $kv.1; }", 10),
        ("for ($kv : @m) { if ($kv.0 == 2) { continue; } @ += $kv.1; }", 40),
        ("for ($kv : @m) { @ += 1; return; } @ = 100;", 1),
        ("for ($a : @m) { for ($b : @m) { @ += $a.0 * $b.0; } }", 36),
        ("for ($a : @m) { for ($b : @m) { if ($b.0 == 2) { break; } @ += $a.0; } }", 6),
        ("for ($a : @m) { for ($b : @m) { @ += 1; return; } @ = 50; } @ = 100;", 1),
        ("for ($a : @m) { for ($i : 0..arg0) { @ += 1; if ($i == 1) { break; } } }", 6),
        ("for ($a : @m) { @ += arg0 + arg1; }", 45),
        ('$t = "none"; for ($kv : @m) { $t = "last"; } @ = $t == "last" ? 1 : 0;', 1),
        ("@ = len(@m);", 3),
        ("for ($kv : @m) { delete(@m, $kv.0); } @ = len(@m);", 0),
        ("find(@m, 2, $v); @ = $v;", 20),
        ("if (find(@m, 9, $v)) { @ = 1; } else { @ = 2; }", 2),
        ("for ($i : 0..10) { @ += $i; }", 45),
        ("for ($i : 0..arg0) { @ += $i; }", 45),
        ("for ($i : -5..arg0) { @ += 1; }", 15),
        ("for ($i : arg0..5) { @ += 1; } @ += 1;", 1),
        ("for ($i : 0..1000) { @ += 1; if ($i == 9) { return; } }", 10),
        ("for ($i : 0..1000) { for ($j : 0..arg0) { @ += 1; } if ($i == 1) { break; } }", 20),
        ("$n = arg0; for ($i : 0..$n) { $n = 3; @ += 1; }", 10),
    ],
)
def test_loops(body: str, expected: int) -> None:
    assert scalar(compile_script(f"@ = 0; {FILL} {body}"), "AT_", 10, 5) == expected


@pytest.mark.parametrize(
    ("aggregation", "expected"),
    [("count()", 3), ("sum(arg0)", 15), ("min(arg0)", 4), ("max(arg0)", 6), ("avg(arg0)", 5)],
)
def test_aggregations_are_merged(aggregation: str, expected: int) -> None:
    compiled = compile_script(f"@a[7] = {aggregation}; for ($kv : @a) {{ @ = $kv.1; @key = $kv.0; }}")
    machine = compiled.machine()
    for cpu, argument in ((0, 4), (1, 5), (1, 6)):
        machine.cpu = cpu
        compiled.hit(machine, argument)
    assert number(machine.entries("AT_")[bytes(4)][:8]) == expected
    assert number(machine.entries("AT_key")[bytes(4)][:1]) == 7


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("@ = add(1, 2);", 3),
        ("@ = add(add(1, 2), add(3, add(4, 5)));", 15),
        ("@ = key_of(20);", 2),
        ("@ = key_of(5);", -1),
        ("for ($kv : @m) { @ = key_of($kv.1 + 10); if ($kv.0 == 2) { break; } }", 3),
        ('@ = name(1) == "one" && name(2) == "many";', 1),
        ("@ = (int64)1; stop(); @ = 2;", 1),
        ("@ = (int64)1; for ($kv : @m) { stop(); } @ = 2;", 1),
    ],
)
def test_functions(body: str, expected: int) -> None:
    script = f"{FUNCTIONS} uprobe:/bin/target:function {{ {FILL} {body} }}"
    assert scalar(compile_script(script)) == expected


@pytest.mark.parametrize(
    "body",
    [
        '@s[comm] = str(arg0); for ($kv : @s) { @t[$kv.0, $kv.1] = comm; printf("%s %s", $kv.0, $kv.1); }',
        "for ($a : @m) { for ($b : @m) { for ($c : @m) { @x[comm, $a.0, $b.0, $c.0] = str(arg0); } } } @m[1] = 1;",
        "".join(f"$v{i} = {i}; " for i in range(30))
        + "@m[1] = 1; for ($kv : @m) { "
        + "".join(f"$v{i} += arg0; " for i in range(30))
        + "} @ = $v1 + $v29;",
        "@m[1] = 1; for ($kv : @m) { $i = 0; while ($i < 5) { $i++; @h[$i] = hist(arg0); } unroll (3) { @n++; } }",
        "for ($i : 0..arg0) { @c[$i] = count(); if (@c[$i] > 5) { exit(1); } }",
        "@m[1] = 1; for ($kv : @m) { @p[probe, func] = arg7; }",
    ],
)
def test_the_kernel_accepts(body: str) -> None:
    assert compile_script(body).data


def test_a_full_map_and_a_failed_read_are_told_with_warnings_on() -> None:
    compiled = compile_script(
        "@a[arg0] = 1; @b[1] = 1; @c = @b[arg0]; delete(@b, arg0); @d = *(int64 *)arg1; @e = str(arg1); "
        "for ($kv : @b) { @f = @b[$kv.0 + 50]; } @g[arg0]++; @h[arg0] = count();",
        runtime_warnings=True,
        max_map_keys=2,
    )
    machine = compiled.machine()
    for argument in (5, 6, 7):
        machine.records.clear()
        compiled.hit(machine, argument, 16)
    told = []
    for record in machine.records:
        event = compiled.typed.events[number(record[:4])]
        told.append((event.helper, number(record[8:16])))
    assert sorted(told) == [
        ("map_delete_elem", -2),
        ("map_lookup_elem", 0),
        ("map_lookup_elem", 0),
        ("map_update_elem", -7),
        ("map_update_elem", -7),
        ("map_update_elem", -7),
        ("probe_read_user", -14),
        ("probe_read_user_str", -14),
    ]


def test_nothing_is_told_where_nothing_fails() -> None:
    compiled = compile_script(
        "@a[1] = 1; @a[1]++; @c = @a[1]; @d[1] = count(); if (has_key(@a, 7)) { } delete(@a, 1);",
        runtime_warnings=True,
    )
    machine = compiled.machine()
    compiled.hit(machine)
    assert machine.records == []


def test_test_probes_return_values() -> None:
    script = "test:a { @m[1] = 1; for ($kv : @m) { return 7; } return 8; } test:b { } test:c { return -1; }"
    compiled = compile_script(script)
    machine = compiled.machine()
    assert [machine.run(name) for name in compiled.spec.programs] == [7, 0, 2**64 - 1]
    assert {program.section for program in compiled.spec.programs.values()} == {"uprobe/value"}
