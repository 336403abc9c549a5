"""Compiles the test programs, once for all tests and test processes, with whatever compiler there is."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

SOURCES = Path(__file__).parent
_DIRECTORIES = (SOURCES, SOURCES.parent / "attach" / "programs")
_TIMEOUT_S = 300
_COMMON = ("-O2", "-g", "-pthread", "-fno-stack-protector", "-fcf-protection=none")


class CannotBuild(Exception):
    """No compiler of this machine makes that kind of program."""


@dataclass(frozen=True)
class Kind:
    """A way to build: compilers to try in order (each a command), and the flags that make the difference."""

    flags: tuple[str, ...]
    compilers: tuple[tuple[str, ...], ...] = ()
    runs_here: bool = True
    needs_file: str = ""
    """A file that must exist for the program to run, such as its dynamic loader."""

    extra: dict[str, tuple[str, ...]] = field(default_factory=dict)


_ZIG = (sys.executable, "-m", "ziglang", "cc")
_ZIGXX = (sys.executable, "-m", "ziglang", "c++")
_SYSTEM = (("cc",), _ZIG)


def _zig(target: str) -> tuple[str, ...]:
    return (*_ZIG, "-target", target)


KINDS = {
    "pie": Kind(("-fPIE", "-pie"), _SYSTEM),
    "nopie": Kind(("-fno-pie", "-no-pie"), _SYSTEM),
    "stripped": Kind(("-fPIE", "-pie", "-rdynamic", "-s", "-g0"), _SYSTEM),
    "bare": Kind(("-fPIE", "-pie", "-s", "-g0"), _SYSTEM),
    "cet": Kind(("-fPIE", "-pie", "-fcf-protection=full"), _SYSTEM),
    "frame-pointers": Kind(("-fPIE", "-pie", "-fno-omit-frame-pointer"), _SYSTEM),
    "frame-pointers-static": Kind(("-static", "-no-pie", "-fno-pie", "-fno-omit-frame-pointer"), (("cc",),)),
    "frame-pointers-bare": Kind(("-fPIE", "-pie", "-s", "-g0", "-fno-omit-frame-pointer"), _SYSTEM),
    "frame-pointers-shared": Kind(("-fPIC", "-shared", "-fno-omit-frame-pointer"), _SYSTEM),
    "dwarf-4": Kind(("-fPIE", "-pie", "-gdwarf-4"), (("cc",),)),
    "split": Kind(("-fPIE", "-pie", "-gsplit-dwarf"), (("cc",),)),
    "split-4": Kind(("-fPIE", "-pie", "-gdwarf-4", "-gsplit-dwarf"), (("cc",),)),
    "compressed": Kind(("-fPIE", "-pie", "-gz=zlib"), (("cc",),)),
    "clang": Kind(("-fPIE", "-pie"), (_ZIG,)),
    "static": Kind(("-static", "-fno-pie", "-no-pie"), (("cc",),)),
    "static-pie": Kind(("-static-pie", "-fPIE"), (("cc",),)),
    "musl": Kind(
        ("-fPIE", "-pie"),
        (("musl-gcc",), (*_zig("x86_64-linux-musl"), "-dynamic")),
        needs_file="/lib/ld-musl-x86_64.so.1",
    ),
    "musl-static": Kind(("-static",), (("musl-gcc",), _zig("x86_64-linux-musl"))),
    "shared": Kind(
        ("-fPIC", "-shared", "-Wl,--version-script=" + str(SOURCES / "library.map")), (("cc",), _ZIG)
    ),
    "32-bit": Kind(("-static",), (_zig("x86-linux-musl"),), runs_here=False),
    "foreign": Kind(("-static",), (_zig("aarch64-linux-musl"),), runs_here=False),
}
"""All kinds of programs; `stripped` keeps the dynamic symbols only, `bare` none at all."""


def build(name: str, kind: str, directory: Path) -> Path:
    """Return the program made of source `name` (without suffix) in `directory`; raises `CannotBuild`.

    A program that is there already is used again when source, flags and compiler are the same; processes
    that want the same one wait for each other.
    """
    source = next(
        path
        for directory in _DIRECTORIES
        for path in sorted(directory.glob(f"{name}.*"))
        if path.suffix in {".c", ".cpp"}
    )
    recipe = KINDS[kind]
    if recipe.needs_file and not Path(recipe.needs_file).exists():
        raise CannotBuild(f"kind {kind} needs {recipe.needs_file}")
    problems = []
    for compiler in recipe.compilers:
        command = _command(compiler, recipe.flags, source)
        if shutil.which(command[0]) is None:
            problems.append(f"no {command[0]}")
            continue
        output = directory / f"{name}-{kind}-{_digest(command, source)}{'.so' if kind == 'shared' else ''}"
        with _locked(output):
            if output.exists():
                return output
            problem = _compile(command, output)
        if problem is None:
            return output
        problems.append(problem)
    raise CannotBuild(f"cannot build {name} as {kind}: {'; '.join(problems)}")


def _command(compiler: Sequence[str], flags: Sequence[str], source: Path) -> list[str]:
    words = list(compiler)
    if source.suffix == ".cpp":
        words = [{"cc": "c++"}.get(word, word) for word in words]
    foreign = any(word.startswith(("x86-", "aarch64-")) for word in words)
    common = [flag for flag in _COMMON if not (foreign and "cf-protection" in flag)]
    return [
        *words,
        *common,
        *flags,
        f"-I{SOURCES}",
        str(source),
        "-ldl" if "musl" not in " ".join(words) else "-lc",
    ]


def _digest(command: Sequence[str], source: Path) -> str:
    digest = hashlib.sha256("\0".join(command).encode())
    for path in [source, *sorted(SOURCES.glob("*.h")), SOURCES / "library.map"]:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _compile(command: Sequence[str], output: Path) -> str | None:
    """Compile to `output`; return what is wrong, or None."""
    partial = output.with_name(f"{output.name}.{os.getpid()}.part")
    try:
        done = subprocess.run(
            [*command, "-o", str(partial)],
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"{command[0]} took more than {_TIMEOUT_S} s"
    if done.returncode != 0:
        partial.unlink(missing_ok=True)
        return f"{' '.join(command[:3])}: {done.stderr.strip()[-400:]}"
    partial.rename(output)
    return None


@contextmanager
def _locked(output: Path) -> Iterator[None]:
    output.parent.mkdir(parents=True, exist_ok=True)
    with open(f"{output}.lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
