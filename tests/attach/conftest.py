"""Fixtures: sessions that end with the test, and targets that nobody else traces."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.attach.session import Session
from tests.programs.builder import KINDS
from tests.programs.target import Target


@pytest.fixture
def trace() -> Iterator[Callable[..., Session]]:
    """`trace(script, *arguments)`: a session that has just been started."""
    sessions: list[Session] = []

    def start(script: str, *arguments: object, **settings: object) -> Session:
        session = Session("-e", script, *arguments, **settings)  # type: ignore[arg-type]
        sessions.append(session)
        return session

    yield start
    for session in sessions:
        session.kill()


@pytest.fixture
def own_program(program: Callable[..., Path], tmp_path: Path) -> Callable[..., Path]:
    """`own_program(name, kind="pie")`: a copy of a program that no other test runs."""

    def get(name: str, kind: str = "pie") -> Path:
        if not KINDS[kind].runs_here:
            pytest.skip(f"programs of kind {kind} do not run here")
        original = program(name, kind)
        return Path(shutil.copy(original, tmp_path / f"{name}-{kind}"))

    return get


@pytest.fixture
def run() -> Iterator[Callable[..., Target]]:
    """`run(path, *arguments)`: a running test program, killed at the end; `quit` tells whether it was hurt."""
    targets: list[Target] = []

    def start(path: Path, *arguments: str, **popen: object) -> Target:
        target = Target([path, *arguments], **popen)
        targets.append(target)
        return target

    yield start
    for target in targets:
        target.kill()
