"""A fuzzer of everything between a script's text and its verified object.

    python -m tests.fuzz --seconds 600 [--seed N]

Half of the scripts are made by the grammar, the others come from the tests of the whole command and are damaged: bytes
and tokens are lost, doubled and put elsewhere.
Whatever comes in, only errors meant for users may come out, and soon.  A script that breaks this is printed, with the
seed that makes it again.
"""

from __future__ import annotations

import argparse
import re
import shlex
import sys
import time
import traceback
from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from random import Random

from tests.cli.case_file import read_cases
from tests.frontend.random_programs import ProgramMaker
from utrace.compile import Circumstances, check_object, generate_object, parse_script, type_script
from utrace.diagnostics import render
from utrace.errors import InternalError, ScriptError, UtraceError, VerifierError
from utrace.frontend.nodes import AttachPoint, ProbeSite
from utrace.frontend.types import StructType, Type
from utrace.source import Source

MAX_SECONDS = 3.0
"""For one script: what takes longer is as bad as a traceback."""

_CASES = Path(__file__).parent / "cli"
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[$@]?\w+(?:\([^()]*\))?|\s+|.')
_FRAGMENTS = "{ } ( ) [ ] / , ; : .. $x @a 0 -1 9999999999999999999999 if else /* // # @ $ _ ?: ->".split()
_FRAGMENTS += ["\0", "\xff", "\n", '"', '"str"']


class AnyFunction:
    """A catalogue in which every binary has every function, and no debug information."""

    def match(self, attach_point: AttachPoint) -> Sequence[ProbeSite]:
        names = [attach_point.function.replace("*", text) for text in ("", "_2")]
        return [
            ProbeSite(attach_point.target, name, attach_point.offset)
            for name in (names if "*" in attach_point.function else names[:1])
        ]

    def near_misses(self, attach_point: AttachPoint) -> Sequence[str]:
        return ()

    def find_symbol(self, site: ProbeSite, name: str) -> tuple[int, int] | None:
        return (0x1000, 8) if name == "known" else None

    def parameters(self, site: ProbeSite) -> StructType | None:
        return None

    def type_named(self, name: str) -> Type | None:
        return None


class Found(Exception):
    """A script that utrace can't cope with."""


def compile_text(text: str) -> str:
    """Take a script as far as it goes and return where that is; raise Found."""
    started = time.process_time()
    try:
        outcome = _compile(text)
    except (InternalError, VerifierError) as error:
        if "no exit can be reached" in error.message:  # while (1) {}
            return "endless"
        raise Found(f"{type(error).__name__}: {error}") from error
    except UtraceError as error:
        if isinstance(error, ScriptError):
            render(error.source or Source("stdin", text), error.diagnostics)
        outcome = type(error).__name__
    except Exception as error:
        raise Found(traceback.format_exc()) from error
    seconds = time.process_time() - started
    if seconds > MAX_SECONDS:
        raise Found(f"took {seconds:.1f} seconds")
    return outcome


def _compile(text: str) -> str:
    parsed = parse_script(Source("stdin", text), {})
    typed = type_script(parsed, AnyFunction(), Circumstances(parameters=("1", "two"), unsafe=True))
    check_object(generate_object(typed), 0)
    return "compiled"


@cache
def scripts_of_cases() -> tuple[str, ...]:
    """Return the scripts that tests of the whole command give with -e."""
    texts = []
    for path in sorted(_CASES.glob("*.cases")):
        for case in read_cases(path):
            words = shlex.split(case.one("RUN"))
            texts += [words[index + 1] for index, word in enumerate(words[:-1]) if word == "-e"]
    return tuple(re.sub(r"<[a-z]+( [^<>]+)?>", "/bin/app", text) for text in texts)


def make_text(seed: int) -> str:
    """Return the script of a seed."""
    random = Random(seed)
    match seed % 5:
        case 0:
            return ProgramMaker(random).script()
        case 1:
            return ProgramMaker(random, mostly_right=True).script()
        case 2:
            return _damaged(ProgramMaker(random, mostly_right=True).script(), random)
        case 3:
            return _damaged(random.choice(scripts_of_cases()), random)
        case _:
            return _crossed(random.choice(scripts_of_cases()), random.choice(scripts_of_cases()), random)


def _damaged(text: str, random: Random) -> str:
    for _ in range(random.choice([1, 1, 2, 5, 20])):
        start = random.randrange(len(text) + 1)
        end = min(len(text), start + random.choice([0, 1, 1, 3, 10, 40]))
        doubled, any_character = text[start:end] * 2, chr(random.randrange(0x110000))
        piece = random.choice(["", doubled, random.choice(_FRAGMENTS), any_character])
        text = text[:start] + piece + text[end:]
    return text.encode(errors="replace").decode()


def _crossed(text: str, other: str, random: Random) -> str:
    """Put some tokens of one script in place of tokens of another."""
    tokens, others = (_TOKEN.findall(each) for each in (text, other))
    for _ in range(random.choice([1, 1, 2, 3]) if tokens and others else 0):
        tokens[random.randrange(len(tokens))] = random.choice(others)
    return "".join(tokens)


def run(seconds: float, seed: int) -> Counter[str]:
    """Try scripts for a while and return how they ended; raise Found."""
    outcomes: Counter[str] = Counter()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        text = make_text(seed)
        try:
            outcomes[compile_text(text)] += 1
        except Found as found:
            raise Found(f"seed {seed}\n{text}\n{found}") from found
        seed += 1
    return outcomes


def _main() -> None:
    parser = argparse.ArgumentParser(description="Look for scripts that utrace can't cope with.")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=int(time.time()) * 1000)
    arguments = parser.parse_args()
    try:
        outcomes = run(arguments.seconds, arguments.seed)
    except Found as found:
        sys.exit(str(found))
    print(*(f"{count} {outcome}" for outcome, count in outcomes.most_common()), sep=", ")


if __name__ == "__main__":
    _main()
