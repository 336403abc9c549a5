"""The same scripts under the kernel's bpftrace, where it is installed, and under utrace print the same."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys

import pytest

SECONDS = 60
SCRIPTS = {
    "integers": 'printf("%d %u %x %o %c %5d|%-5d|%05d\\n", -3, 7, 255, 8, 65, 42, 42, 42);',
    "strings": 'printf("%s|%8s|%-8s|%.2s\\n", "abc", "abc", "abc", "abc");',
    "arithmetic": 'printf("%d %d %d %d %d\\n", 7 + 3 * 2, (17 - 10) / 2, 17 % 5, 1 << 10, 255 & 15 | 64);',
    "comparisons": 'printf("%d %d %d %d\\n", 3 < 4, 3 == 4, 1 && 0, 1 || 0);',
    "ternary and if": '$x = 5; if ($x > 3) { printf("%s\\n", $x == 5 ? "five" : "other"); } else { printf("no\\n"); }',
    "loops": '$i = 0; while ($i < 4) { printf("%d ", $i); $i++; } unroll (3) { @n += 2; }',
    "counts and sums": "@a = count(); @a = count(); @s = sum(5); @s = sum(7);",
    "least and largest": "@mn = min(9); @mn = min(4); @mx = max(9); @mx = max(4);",
    "averages": "@avg = avg(10); @avg = avg(15);",
    "keys": '@["a"] = 1; @["b"] = 3; @["c"] = 2; @t["x", 5] = 7; @i[10] = 1; @i[9] = 2;',
    "log histogram": "@ = hist(0); @ = hist(1); @ = hist(2); @ = hist(3); @ = hist(1000); @ = hist(1000000);",
    "negative histogram": "@ = hist(-5); @ = hist(4);",
    "histogram of one constant": "@ = hist(4);",
    "histogram of a loop": "$i = 1; while ($i < 1000000) { @ = hist($i); $i *= 3; }",
    "linear histogram": "@ = lhist(5, 0, 100, 10); @ = lhist(55, 0, 100, 10); @ = lhist(56, 0, 100, 10);",
    "linear histogram beyond its ends": "@ = lhist(-1, 0, 100, 10); @ = lhist(500, 0, 100, 10);",
    "keyed histogram": "@[1] = hist(10); @[2] = hist(20); @[2] = hist(21);",
    "clear, zero and delete": '@a[1] = 5; @b[1] = 5; @c[1] = 5; @c[2] = 6; clear(@a); zero(@b); delete(@c[1]);',
    "print": '@[1] = 10; @[2] = 20; @[3] = 30; print(@, 2); print(@, 2, 10); clear(@);',
    "increments": "@x++; @x++; @y[3]++; @x -= 5;",
}  # fmt: skip
NOISE = re.compile(r"^(Attaching|Attached) \d+ probes?.*\n", re.MULTILINE)

needs_bpftrace = pytest.mark.skipif(
    shutil.which("bpftrace") is None or os.geteuid() != 0, reason="needs bpftrace and root"
)


def output(command: list[str]) -> str:
    finished = subprocess.run(
        command, capture_output=True, text=True, timeout=SECONDS, check=False, stdin=subprocess.DEVNULL
    )
    assert finished.returncode == 0, finished.stderr
    # Older versions of bpftrace leave a blank behind the name of a histogram, and differ in empty lines.
    lines = NOISE.sub("", finished.stdout).splitlines()
    return "\n".join(line.rstrip() for line in lines if line.strip())


@pytest.mark.root
@needs_bpftrace
@pytest.mark.parametrize("name", SCRIPTS)
def test_same_output(name: str) -> None:
    script = f"BEGIN {{ {SCRIPTS[name]} exit(); }}"
    try:
        expected = output(["bpftrace", "-e", script])
    except (AssertionError, subprocess.TimeoutExpired) as error:
        pytest.skip(f"this machine's bpftrace can't run it: {error}")
    assert output([sys.executable, "-m", "utrace", "-q", "-e", script]) == expected
