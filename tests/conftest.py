"""Fixtures for all tests: test programs, and utrace itself as a command."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.programs.builder import KINDS, CannotBuild, build
from tests.programs.target import Target

UTRACE = (sys.executable, "-m", "utrace")


@pytest.fixture(scope="session")
def program(request: pytest.FixtureRequest) -> Callable[..., Path]:
    """`program(name, kind="pie")`: the path of a test program; skips the test where it cannot be built."""
    directory = request.config.cache.mkdir("programs")

    def get(name: str, kind: str = "pie") -> Path:
        try:
            return build(name, kind, directory)
        except CannotBuild as error:
            pytest.skip(str(error))

    return get


@pytest.fixture
def start(program: Callable[..., Path]) -> Iterator[Callable[..., Target]]:
    """`start(name, kind="pie", *arguments)`: a running test program; checked and ended with the test."""
    targets: list[Target] = []

    def run(name: str, kind: str = "pie", *arguments: str, **popen: object) -> Target:
        if not KINDS[kind].runs_here:
            pytest.skip(f"programs of kind {kind} do not run here")
        target = Target([program(name, kind), *arguments], **popen)
        targets.append(target)
        return target

    yield run
    for target in targets:
        try:
            target.__exit__(None, None, None)
        finally:
            target.kill()


@pytest.fixture
def utrace() -> Callable[..., subprocess.CompletedProcess[str]]:
    """`utrace(*arguments)`: run the whole command to its end."""

    def run(
        *arguments: str, input: str = "", timeout: float = 60, **settings: object
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*UTRACE, *arguments],
            input=input,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
            **settings,  # type: ignore[call-overload]
        )

    return run


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
