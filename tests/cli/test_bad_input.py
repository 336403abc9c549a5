"""Whatever is given as a script: an answer soon, no traceback, and little memory."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

MAX_MEMORY = 500 << 20
MAX_SECONDS = 1.0
"""Of processor time beyond what an error takes anyway: the machine may have other things to do."""

DEEP = 30_000
"""So deep that the text is just allowed."""


def limit_memory() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))


def run(*arguments: str, data: bytes | None = None) -> tuple[float, subprocess.CompletedProcess[bytes]]:
    """Return the processor time and the outcome of utrace."""
    before = os.times()
    done = subprocess.run(
        [sys.executable, "-m", "utrace", *arguments],
        input=data,
        capture_output=True,
        preexec_fn=limit_memory,
        timeout=60,
        check=False,
    )
    after = os.times()
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    return spent, done


@pytest.fixture(scope="module")
def usual() -> float:
    """Seconds for a script with a simple error."""
    return min(run("-e", "begin { + }")[0] for _ in range(3))


def check(usual: float, *arguments: str, data: bytes | None = None) -> str:
    """Run utrace, which must fail properly; return what it said."""
    seconds, done = run(*arguments, data=data)
    said = done.stderr.decode(errors="replace")
    assert "Traceback" not in said
    assert "bug of utrace" not in said
    assert done.returncode == 1, said[:2000]
    assert "ERROR: " in said or "error: " in said
    assert len(said) < 20_000
    assert seconds < usual + MAX_SECONDS
    return said


TOO_LARGE = "The script is too large"
SCRIPTS: dict[str, tuple[str | bytes, str]] = {
    "parentheses": ("begin { $a = " + "(" * DEEP + "$b" + ")" * DEEP + " }", "variable: $b"),
    "unary": ("begin { $a = " + "-" * DEEP * 2 + "1 }", ""),
    "blocks": ("begin " + "{" * DEEP + "}" * DEEP, "Nested too deeply"),
    "ifs": ("begin " + "{ if 1 " * DEEP + "{}" + "}" * DEEP, TOO_LARGE),
    "else ifs": ("begin { if 1 {} " + "else if 1 {} " * 8_000 + "}", "Nested too deeply"),
    "ternaries": ("begin { $a = " + "1 ? 1 : " * 12_000 + "1 }", "Nested too deeply"),
    "tuples": ("begin { $a = " + "(1, " * DEEP + "1" + ")" * DEEP + " }", TOO_LARGE),
    "indices": ("begin { $a = @" + "[@" * DEEP + "]" * DEEP + " }", ""),
    "chain": ("begin { $a = 1" + " + 1" * DEEP + " }", "Nested too deeply"),
    "casts": ("begin { $a = " + "(int8)" * 15_000 + "1 }", "Nested too deeply"),
    "pointers": ("begin { $a = (int8" + "*" * DEEP + ")1 }", ""),
    "fields": ("begin { $a = $b" + ".c" * DEEP + " }", "Nested too deeply"),
    "unclosed": ("begin " + "{" * DEEP, ""),
    "closed": ("begin { } " + "}" * DEEP, ""),
    "record": ("begin { $a = " + "(a=" * DEEP + "1" + ")" * DEEP + " }", "Nested too deeply"),
    "block expressions": ("begin { $a = " + "{ " * DEEP + "1" + "}" * DEEP + " }", "Nested too deeply"),
    "structs": ("struct a {" * 10_000 + "int x;" + "};" * 10_000 + "\nbegin {}", ""),
    "megabyte of probes": ("begin { @a = 1; }\n" * 60_000, TOO_LARGE),
    "megabyte on a line": ("begin { " + "@a = 1; " * 130_000 + "}", TOO_LARGE),
    "megabyte in a string": ('begin { printf("' + "x" * 1_000_000 + '") }', TOO_LARGE),
    "megabyte of blanks": (" " * 1_000_000, TOO_LARGE),
    "long string": ('begin { @a = "' + "x" * 130_000 + '" }', ""),
    "long name": ("begin { " + "x" * 130_000 + " }", ""),
    "decimal": ("begin { $a = " + "9" * 130_000 + " }", "Invalid integer: 9999"),
    "hexadecimal": ("begin { $a = 0x" + "f" * 130_000 + " }", "Invalid integer: 0xff"),
    "exponent": ("begin { $a = 1e999999999 }", "Integer is too large"),
    "array": ("begin { $a = (int8[99999999999999999999])1 }", "Integer is too large"),
    "width": ('begin { printf("%99999999999999999999d", 1) }', ""),
    "unroll": ("begin { unroll (18446744073709551615) {} }", "unroll maximum value is 100"),
    "positional": ("begin { $a = $" + "9" * 100_000 + " }", "Invalid positional parameter"),
    "recursion": ("macro a(x) { a(x) } begin { a(1) }", "Recursive macro call"),
    "mutual recursion": ("macro a() { b() } macro b() { a() } begin { a() }", "Call chain: a > b > a"),
    "function": ("fn f($a : int64) : int64 { return f($a); } begin { f(1) }", "recursion"),
    "expansion": (
        "".join(f"macro m{i}() {{ m{i + 1}() + m{i + 1}() }} " for i in range(40))
        + "macro m40() { 1 } begin { print(m0()) }",
        "Macros expand to more than",
    ),
    "definitions": ("#define A B\n#define B A\nbegin { print(A) }", ""),
    "NUL": ("begin { \0 }", "Invalid character: U+0000"),
    "NUL in a string": ('begin { print("a\0b"); nope() }', "Unknown function: 'nope'"),
    "escape": ("begin { \x1b[31m }", "Invalid character: U+001B"),
    "not UTF-8": (b'begin { printf("\xff\xfe") }', "is not UTF-8 text: bad byte in line 1"),
    "surrogate": (b"begin { \xed\xa0\x80 }", "is not UTF-8 text"),
    "bytes": (bytes(range(256)) * 4_000, "is not UTF-8 text"),
    "UTF-16": ("begin { exit(); }".encode("utf-16"), "is not UTF-8 text"),
    "nothing": ("", "The script has no probes"),
    "comment": ("/* " + "x" * 100_000, "Unterminated comment"),
    "comments": ("begin {} " + "/* " * 40_000, "Unterminated comment"),
    "comments behind a slash": ("begin { $a = 1 / " + "/* c */ " * 10_000 + "$b }", "variable: $b"),
    "comment in C": ("struct a { " + "/* " * 40_000, ""),
    "slashes": ("begin { " + "/ " * 60_000 + "}", ""),
    "quotes": ("begin { " + '"' * 100_000 + " }", ""),
    "attach points": ("uprobe:/bin/x:f, " * 7_000 + "{}", ""),
    "quotes in an attach point": ("uprobe:" + '"' * 100_000 + " { }", ""),
    "colons": ("uprobe:" + "a:" * 60_000 + " { }", ""),
    "wildcards": ("uprobe:/bin/ls:" + "*a" * 5_000 + " { }", ""),
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_script(name: str, usual: float, tmp_path: Path) -> None:
    text, expected = SCRIPTS[name]
    path = tmp_path / "script.bt"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    assert expected in check(usual, "--dry-run", str(path))


@pytest.mark.parametrize("name", ["blocks", "megabyte of probes", "bytes", "comments", "else ifs"])
def test_formatter(name: str, usual: float, tmp_path: Path) -> None:
    text, expected = SCRIPTS[name]
    path = tmp_path / "script.bt"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    assert expected in check(usual, "--fmt", str(path))


def test_files_that_are_no_scripts(usual: float, tmp_path: Path) -> None:
    assert "is not UTF-8 text" in check(usual, "/bin/sh")
    assert "Is a directory" in check(usual, str(tmp_path))
    assert "is larger than" in check(usual, "/dev/zero")
    assert "No such file or directory" in check(usual, str(tmp_path / "missing"))
    large = tmp_path / "large"
    with large.open("wb") as file:
        file.truncate(1 << 32)
    assert "is larger than" in check(usual, str(large))


def test_input_that_never_ends(usual: float, tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    with subprocess.Popen(["sh", "-c", f"exec yes > {fifo}"], stderr=subprocess.DEVNULL) as writer:
        try:
            assert "is larger than" in check(usual, str(fifo))
        finally:
            writer.kill()


def test_imports_that_never_end(usual: float, tmp_path: Path) -> None:
    for name, imported in (("a.bt", "b.bt"), ("b.bt", "a.bt")):
        (tmp_path / name).write_text(f'import "{imported}";\nmacro from_{name[0]}() {{ 1 }}\n')
    (tmp_path / "main.bt").write_text('import "a.bt";\nbegin { nope(); }\n')
    assert "nope" in check(usual, str(tmp_path / "main.bt"))


def test_a_long_chain_of_imports(usual: float, tmp_path: Path) -> None:
    for number in range(500):
        (tmp_path / f"{number}.bt").write_text(f'import "{number + 1}.bt";\n')
    (tmp_path / "500.bt").write_text("begin { nope(); }\n")
    check(usual, str(tmp_path / "0.bt"))


def test_string_literals_that_are_too_long(usual: float, tmp_path: Path) -> None:
    path = tmp_path / "script.bt"
    path.write_text(f'begin {{ $x = "{"y" * 65_536}"; }}')
    assert "String literal of 65536 bytes: the limit is 65535" in check(usual, str(path))
    path.write_text(f'begin {{ $x = ("{"y" * 60_000}", "{"z" * 50_000}"); print($x); }}')
    assert "the script is too large" in check(usual, str(path))


def test_long_string_literals(tmp_path: Path) -> None:
    path = tmp_path / "script.bt"
    for text in ("y" * 1_100, "0123456789" * 800):
        path.write_text(f'begin {{ $x = "{text}"; print($x); }}')
        command = [sys.executable, "-m", "utrace", str(path)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert done.stdout.splitlines()[0] == text


def test_memory_that_cannot_be_had(usual: float, tmp_path: Path) -> None:
    path = tmp_path / "script.bt"
    path.write_text(f'begin {{ @x["{"0123456789" * 4_000}"] = 1; }}')
    assert "MiB of address space for the script's maps and events" in check(usual, str(path))
