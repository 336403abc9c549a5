"""Script -> LLVM IR, kept in golden/NAME.ll; `UPDATE_GOLDEN=1 pytest tests/codegen` rewrites them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.codegen.compiling import compile_script, number

DIRECTORY = Path(__file__).parent / "golden"

SCRIPTS = {
    "count": "uprobe:/bin/a:f { @ = count(); }",
    "count_by_comm": "uprobe:/bin/a:f { @[comm] = count(); }",
    "hist": "uprobe:/bin/a:f { @ = hist(arg0); }",
    "min": "uprobe:/bin/a:f { @ = min(arg0); }",
    "increment": "uprobe:/bin/a:f { @[tid]++; }",
    "start_and_latency": """
        uprobe:/bin/a:f { @start[tid] = nsecs; }
        uretprobe:/bin/a:f /@start[tid]/ { @ = sum(nsecs - @start[tid]); delete(@start, tid); }""",
    "printf": 'uprobe:/bin/a:f { printf("%d %s\\n", arg0, str(arg1)); }',
    "names": "uprobe:/bin/a:f { @[strerror(arg0)] = 1; print(signal_name(arg1)); }",
    "shown": 'uprobe:/bin/a:f { print((strftime("%H", nsecs), username, ntop(arg0), buf(arg1, 8))); }',
    "said": 'uprobe:/bin/a:f { errorf("%d", arg0); warnf("%s", comm); cat("/proc/%d/stat", pid); }',
    "series": 'uprobe:/bin/a:f { @ = tseries(arg0, 1s, 10, "avg"); }',
    "members": """struct S { int x; struct { short y[4]; } in; struct S *next; unsigned a : 4, b : 7; int c : 9; };
        uprobe:/bin/a:f { $s = (struct S *)arg0; @ = $s->next->in.y[2] + $s->a + $s->b + $s->c; }""",
    "whole_struct": """struct S { int x; char name[8]; };
        uprobe:/bin/a:f { $s = *(struct S *)arg0; @[$s] = $s.name; print($s.x); }""",
    "elements": """struct S { int m[2][3]; };
        uprobe:/bin/a:f {
            $s = (struct S *)arg0; $m = $s->m;
            @ = $s->m[arg1][2] + $m[1][arg1] + ((int16 *)arg0)[arg1];
        }""",
    "records": 'uprobe:/bin/a:f { $r = (a=arg0, b="x"); $r = (b="longer", a=1); @[$r.b] = $r == (a=arg1, b="x"); }',
    "casts": "uprobe:/bin/a:f { $a = (int8[8])arg0; @ = (uint64)$a + (bool)arg1 + $a[3]; @e = $a == (int8[8])arg1; }",
    "addresses": "uprobe:/bin/a:f { $x = arg0; $p = &$x; @ = *$p; $q = (int32 *)arg1; $q++; @q = $q; }",
    "searches": "uprobe:/bin/a:f { @ = strstr(comm, str(arg0, 8)); @m = memcmp(arg0, arg1, arg2); @b = bswap(arg0); }",
    "division": "uprobe:/bin/a:f { @ = arg0 / arg1; }",
    "map_loop": """
        uprobe:/bin/a:f { @m[arg0] = 1; $n = 0; for ($kv : @m) { if ($kv.0 > 5) { break; } $n += arg1; } @ = $n; }""",
    "range_loop": "uprobe:/bin/a:f { for ($i : 0..arg0) { if ($i == 3) { return; } @++; } }",
    "function": """
        fn add($a : int64, $b : int64) : int64 { return $a + $b; }
        uprobe:/bin/a:f { @ = add(arg0, add(1, arg1)); }""",
    "branches": "uprobe:/bin/a:f { $x = arg0; if ($x > 5 && arg1) { exit(1); } else { @ = $x ? 1 : 2; } }",
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_golden(name: str) -> None:
    compiled = compile_script(SCRIPTS[name])
    script = SCRIPTS[name].strip().replace("\n", "\n; ")
    text = f"; {script}\n{compiled.module}"
    path = DIRECTORY / f"{name}.ll"
    if os.environ.get("UPDATE_GOLDEN"):
        DIRECTORY.mkdir(exist_ok=True)
        path.write_text(text)
    assert path.read_text() == text
    assert compiled.data  # which the kernel is asked about


def test_probes_of_one_block_share_a_program() -> None:
    compiled = compile_script("uprobe:/b:f* { @ = count(); } uprobe:/b:g* { @g[func] = count(); }")
    assert list(compiled.spec.programs) == ["p0_uprobe", "p2_uprobe"]


def test_a_count_is_a_lookup_and_an_add() -> None:
    program = compile_script("@ = count();").spec.programs["p0_uprobe"]
    assert len(program.insns) <= 12


def test_a_shared_program_knows_its_probe_by_the_cookie() -> None:
    compiled = compile_script('uprobe:/b:f* { @[func, probetype]++; if (func == "f2") { @second++ } }')
    machine = compiled.machine()
    for probe in (0, 1, 1):
        compiled.hit(machine, probe=probe)
    keys = {key.partition(b"\0")[0]: number(value) for key, value in machine.entries("AT_").items()}
    assert keys == {b"f1": 1, b"f2": 2}
    assert number(machine.entries("AT_second")[bytes(4)][:8]) == 2
