"""Stacks of programs that nobody here wrote: whatever their frame pointers are, they go on, and all is counted."""

from __future__ import annotations

import re
import shutil
import sys

import pytest

LIBC = "/lib/x86_64-linux-gnu/libc.so.6"
SCRIPT = f"""
uprobe:{LIBC}:malloc {{ @n = count(); @[ustack(20)] = count(); @depth = max(len(ustack)); }}
uretprobe:{LIBC}:malloc {{ @returned = count(); @r[ustack(raw, 3)] = count(); @s[usym(reg("ip"))] = count(); }}
"""
"""Many stacks, through libraries, with return thunks among them."""


def stack_counts(text: str, name: str = "") -> list[tuple[list[str], int]]:
    """Frames and count of every entry of `@name[ustack]`."""
    found = re.findall(rf"^@{name}\[\n((?:[^\]].*\n)*)\]: (\d+)$", text, re.MULTILINE)
    return [(frames.splitlines(), int(count)) for frames, count in found]


@pytest.mark.parametrize(
    "command",
    [
        ["bash", "-c", "x=0; for i in {1..5}; do x=$((x + i)); y=$(echo $i; echo $x); done; echo $x"],
        [sys.executable, "-c", "import json, threading; t = threading.Thread(target=print); t.start(); t.join(); "
         "print(sum(len(json.dumps(list(range(i)))) for i in range(300)))"],
        ["perl", "-e", "my %h; $h{$_} = $_ x 3 for 1..3000; print scalar(keys %h), qq(\\n)"],
    ],
    ids=["bash", "python", "perl"],
)  # fmt: skip
def test_applications(trace, command):
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    result = trace(SCRIPT, "--", *command).wait()
    assert result.code == 0, result
    text = result.out
    stacks = stack_counts(text)
    assert stacks and sum(count for _, count in stacks) == result.count("@n")
    assert sum(count for _, count in stack_counts(text, "r")) == result.count("@returned")
    assert all(re.fullmatch(r" {8}malloc\+0(@.*)?", frames[0]) for frames, _ in stacks)
    assert max(len(frames) for frames, _ in stacks) > 1
    names = {frame.strip().split("+")[0] for frames, _ in stacks for frame in frames[1:]}
    assert [name for name in names if not name.startswith("0x")], names
