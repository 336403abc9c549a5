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
    "negative keys": "@[-5] = 1; @[5] = 2; @[0] = 3;",
    "string keys and values": '@["b", 2] = "x"; @["a", 10] = "y"; @["a", 9] = "z";',
    "tuples": 'print((1, 2, "hi")); @t = (1, ("x", 2)); $x = (5, 6); print($x.1);',
    "length modifiers": '$x = 0x12345678abcdef; printf("%hhx %hx %x %lx %llx\\n", $x, $x, $x, $x, $x);',
    "flags": 'printf("[%-6d] [%06d] [%-8x] [%08x]\\n", 42, 42, 255, 255);',
    "precision": 'printf("[%.3d] [%8.3d] [%-8.3d] [%.1s]\\n", 7, 7, 7, "abc");',
    "characters": 'printf("%c%c%c\\n", 0x41, 0x42, 0x43);',
    "buffers": 'printf("%r|%rx|%rh\\n", buf("Hello\\0", 6), buf("Hello\\0", 6), buf("Hello\\0", 6));',
    "a buffer as a key": '@[buf("ok_key", 8)] = 1; @v = buf("ok_value", 8);',
    "internet addresses": 'printf("%s %s %s\\n", ntop(1), ntop(0x0100007f), ntop(0xffff0000));',
    "addresses from text": 'printf("%s %s\\n", ntop(2, pton("127.0.0.1")), ntop(10, pton("fe80::1")));',
    "strftime": '@[strftime("%Y-%m-%d", nsecs)] = 1; print(strftime("%%%%", nsecs));',
    "a file": 'cat("/proc/%s", "sys/kernel/ostype");',
    "user names": "print(username); @[username] = 1;",
    "histogram of many": "$i = 0; while ($i < 100) { @ = hist($i); @l = lhist($i, 10, 90, 20); $i++; }",
    "histograms in order of their sums": '@["a"] = hist(1); @["a"] = hist(1); @["b"] = hist(1);'
    '@["c"] = hist(1); @["c"] = hist(2); @["c"] = hist(3);',
    "linear histogram with units": "@ = lhist(3000, 0, 10240, 1024); @ = lhist(9000, 0, 10240, 1024);",
    "histogram with units": "@ = hist(1024); @ = hist(1048576); @ = hist(536870912);",
    "bars": "$i = 0; while ($i < 7) { @ = hist(1); $i++; } $i = 0; while ($i < 3) { @ = hist(2); $i++; } @ = hist(4);",
    "top and div of averages": '@["a"] = avg(10); @["b"] = avg(20); @["c"] = avg(35); print(@, 2, 10); clear(@);',
    "top of histograms": "@[1] = hist(10); @[2] = hist(20); @[2] = hist(20); print(@, 1); clear(@);",
    "averages below zero": "@a = avg(-10); @a = avg(-15); @s = sum(-5); @s = sum(2);",
    "zeroed maps": '@a[1] = 5; @c["x"] = count(); zero(@a); zero(@c);',
    "counts in order": "@[1] = count(); @[1] = count(); @[2] = count(); unroll (3) { @[3] = count(); }",
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
