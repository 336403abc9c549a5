"""The command line as functions: words, options, help."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from tests.cli.case_file import read_cases
from utrace import cli, command, usage
from utrace.errors import UsageError, UtraceError
from utrace.options import Options, parse_debug_stages, parse_pid
from utrace.words import sort_words, split_at_dashes

ROOT = Path(__file__).parents[2]


@pytest.fixture
def options(monkeypatch):
    """`options(*arguments)`: what the command line makes of them."""
    seen: list[Options] = []
    monkeypatch.setattr(cli, "_run", lambda options: seen.append(options) or 0)

    def run(*arguments: str) -> Options:
        assert cli.exit_code_of(arguments) == 0
        return seen.pop()

    return run


def test_program_and_parameters(options):
    made = options("-e", "begin { }", "1", "two")
    assert (made.program_text, made.script_path) == ("begin { }", None)
    assert made.positional_parameters == ("1", "two")


def test_script_and_parameters(options):
    made = options("a.bt", "-v", "1", "-v")
    assert (made.script_path, made.positional_parameters, made.verbose) == ("a.bt", ("1",), 2)
    assert options("-").script_path == "-"


def test_words_after_dashes_are_a_command(options):
    made = options("-e", "x", "7", "--", "ls", "-l", "--", "-p")
    assert made.command == ("ls", "-l", "--", "-p")
    assert made.positional_parameters == ("7",) and made.named_parameters == ()


@pytest.mark.parametrize("target", [["-c", "ls"], ["-p", "1"]])
def test_words_after_dashes_are_parameters_when_there_is_a_target(options, target):
    made = options(*target, "-e", "x", "--", "one", "--name=2")
    assert made.positional_parameters == ("one",) and made.named_parameters == ("--name=2",)
    assert made.command == (("ls",) if target[0] == "-c" else ())


def test_words_after_dashes_are_parameters_when_the_first_is_one(options):
    made = options("a.bt", "--", "--name=2", "--flag", "3")
    assert made.named_parameters == ("--name=2", "--flag") and made.positional_parameters == ("3",)
    assert made.command == ()


def test_repeated_processes(options):
    assert options("-p", "3", "--pid", "0x10", "-p", "3", "-e", "x").pids == (3, 16)


def test_listing(options):
    assert options("-l", "uprobe:/bin/sh:*").list_pattern == "uprobe:/bin/sh:*"
    made = options("-l", "-e", "begin { }")
    assert made.list_probes and made.list_pattern is None and made.program_text == "begin { }"


def test_defaults(options):
    assert options("-e", "x") == Options(program_text="x")


def test_debug_stages():
    assert parse_debug_stages(["native,ast"]) == ("ast", "native")
    assert parse_debug_stages(["all"])[0] == "parse" and parse_debug_stages([]) == ()
    with pytest.raises(UsageError):
        parse_debug_stages(["ast,none"])


@pytest.mark.parametrize("text", ["", "-1", " 1", "0x", "1e3", "\u0661"])
def test_bad_pids(text):
    with pytest.raises(UsageError):
        parse_pid(text)


def test_split_and_sort():
    assert split_at_dashes(["a", "--", "b", "--"]) == (["a"], ["b", "--"])
    words = sort_words([], [], has_program=False, lists=False, takes_command=True)
    assert words.script_path is None and words.command == ()


def test_help_and_manual_know_every_option():
    parameters = typer.main.get_command(command.app).params
    names = {name for parameter in parameters for name in parameter.opts if name.startswith("-")}
    assert {"-e", "-p", "--pid", "--cmd-status", "--info"} <= names
    text = usage.full(parameters)
    manual = (ROOT / "man/utrace.8").read_text().replace("\\-", "-")
    for name in names:
        assert re.search(rf"^    (-\S+, )?{re.escape(name)}\b", text, re.MULTILINE), name
        assert name in manual, name


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["--version"], ["-p", "x", "-e", "x"], ["/no/such/script"], ["-e", "begin { $ }"]],
)
def test_light_commands_load_nothing_heavy(arguments):
    heavy = ("llvmlite", "frida", "elftools", "rich")
    code = (
        "import sys\n"
        "from utrace import cli\n"
        f"cli.exit_code_of({arguments!r})\n"
        f"print('loaded', [name for name in {heavy!r} if name in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=False
    )
    assert done.stdout.splitlines()[-1] == "loaded []", done.stderr


def test_help_is_fast():
    """150 ms is the promise; processor time, so that a busy machine does not count."""
    best = min(_processor_seconds() for _ in range(5))
    assert best < 0.15


def _processor_seconds() -> float:
    process = subprocess.Popen([sys.executable, "-m", "utrace", "--help"], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return usage.ru_utime + usage.ru_stime


def test_an_error_that_nobody_planned_is_a_bug(monkeypatch, capsys):
    def explode(options: Options) -> int:
        raise ZeroDivisionError("oh")

    monkeypatch.setattr(cli, "_run", explode)
    assert cli.exit_code_of(["-e", "x"]) == 2
    text = capsys.readouterr().err
    assert "Traceback" in text and "this is a bug of utrace" in text


def test_every_error_class_has_its_exit_code(monkeypatch, capsys):
    classes = [kind for kind in UtraceError.__subclasses__() if kind.__module__ == "utrace.errors"]
    codes = {kind.__name__: kind.exit_code for kind in classes}
    assert codes == {
        "UsageError": 1,
        "ScriptError": 1,
        "DeclarationError": 1,
        "TargetError": 1,
        "AttachError": 255,
        "VerifierError": 2,
        "InternalError": 2,
    }

    def refuse(options: Options) -> int:
        raise UtraceError("no way", ["another way"])

    monkeypatch.setattr(cli, "_run", refuse)
    assert cli.exit_code_of(["-e", "x"]) == 1
    assert capsys.readouterr().err == "ERROR: no way\nHINT: another way\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("RUN utrace -h\n", "begins with NAME"),
        ("NAME a\nRUN utrace -h\n", "nothing is expected"),
        ("NAME a\nRUN ls\nEXIT 0\n", "no RUN utrace"),
        ("NAME a\nWRONG x\n", "unknown keyword WRONG"),
        ("NAME a\nRUN utrace\nEXIT 0\n\nNAME a\nRUN utrace\nEXIT 0\n", "two cases are called"),
    ],
)
def test_case_files_are_checked(tmp_path, text, message):
    path = tmp_path / "x.cases"
    path.write_text(text)
    with pytest.raises(ValueError, match=message):
        read_cases(path)


def test_a_reader_that_leaves_ends_us_quietly():
    script = 'begin { printf("first\\n"); } end { printf("last\\n"); }'
    process = subprocess.Popen(
        [sys.executable, "-m", "utrace", "-q", "-e", script],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    process.stdout.close()
    _, messages = process.communicate(timeout=60)
    assert (process.returncode, messages) == (0, b"")
