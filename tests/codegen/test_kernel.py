"""The kernel's verifier accepts what we emit; every other test here asks it too, this one says when it cannot."""

from __future__ import annotations

import subprocess

import pytest

from tests.codegen import kernel
from tests.codegen.compiling import compile_script

SCRIPTS = {
    "one-liner": "uprobe:/usr/lib/libssl.so.3:SSL_write { @[comm] = count(); }",
    "latency": """
        uprobe:/lib/libssl.so.3:SSL_read { @start[tid] = nsecs; }
        uretprobe:/lib/libssl.so.3:SSL_read /@start[tid]/ {
            @us = hist((nsecs - @start[tid]) / 1000);
            delete(@start, tid);
        }""",
    "all providers": """
        begin { printf("start\\n"); @t = nsecs; }
        interval:s:1 { print(@c); clear(@c); }
        uprobe:/bin/a:f* { @c[probe, func] = count(); }
        uprobe:/bin/a:g+4 { @g = lhist(arg1, 0, 1000, 100); }
        end { exit(2); }""",
    "big": """
        uprobe:/bin/a:f /comm == "x" && str(arg0) != ""/ {
            $s = str(arg0);
            @[comm, $s, str(arg1)] = stats(arg2);
            @h[$s] = hist(arg2, 5);
            printf("%s %s %d\\n", $s, str(arg1), arg2 % arg3);
        }""",
    "many variables": "uprobe:/bin/a:f { "
    + "".join(f"$v{i} = rand * {i + 3}; " for i in range(40))
    + "@k[arg0, arg1, comm, arg2] = 1; @l[arg0, comm, comm, comm, comm] = 2; @m[comm, comm, comm, comm] = 3; "
    + "".join(f"@r{i} = $v{i} + {i}; " for i in range(40))
    + "}",
    "deep expression": "uprobe:/bin/a:f { @ = " + "rand + (" * 60 + "1" + ")" * 60 + "; }",
    "loops": """
        fn known($n : int64) : bool { for ($kv : @sizes) { if ($kv.1 == $n) { return true; } } return false; }
        uprobe:/bin/a:f { @sizes[comm, tid] = arg0; if (known(arg1)) { @hits[str(arg2)] = count(); } }
        interval:s:1 { for ($kv : @hits) { printf("%s %d\\n", $kv.0, $kv.1); } clear(@hits); @n = len(@sizes); }
        end { for ($i : 0..@n) { for ($kv : @sizes) { @sums[$kv.0.0] = sum($kv.1 * $i); } } }""",
    "aggregations as numbers": """
        uprobe:/bin/a:f { @ = count(); @k[tid] = max(arg0); if (@ > 5) { print((@, @k[1])); } }""",
}


def test_the_kernel_can_be_asked() -> None:
    if (reason := kernel.unavailable()) is not None:
        pytest.skip(reason)
    garbage = kernel.refusal(b"not an object")
    assert garbage is not None


@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts(name: str) -> None:
    assert compile_script(SCRIPTS[name]).data


def test_btf_describes_the_maps() -> None:
    if (reason := kernel.unavailable()) is not None:
        pytest.skip(reason)
    compiled = compile_script("@x[comm, pid] = count();")
    with kernel.object_file(compiled.data) as path:
        command = ["bpftool", "btf", "dump", "file", path]
        dump = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    assert "VAR 'AT_x'" in dump
    assert "DATASEC '.maps'" in dump
    assert "FUNC 'p0_uprobe'" in dump
