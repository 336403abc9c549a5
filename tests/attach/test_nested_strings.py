"""Probes with strings, hit in signal handlers that interrupt the same probe: each has buffers of its own."""

from __future__ import annotations

CALLS = 100_000


def test_each_depth_has_its_own_strings(trace, program):
    path = program("nested_strings")
    script = f"uprobe:{path}:take {{ @[str(arg0)] = count(); @all++; }}"
    result = trace(script, "-c", f"{path} {CALLS}").wait()
    interrupted = next(int(line) for line in result.out.splitlines() if line.isdigit())
    assert interrupted > 10
    assert result.keys("@") == {
        "main " * 11 + "main": CALLS,
        "handler " * 6 + "handler": interrupted,
    }
    assert result.count("@all") == CALLS + interrupted
