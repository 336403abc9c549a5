"""Every script that we ship can be run; tests/frontend/test_formatter.py checks its layout."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.frontend.test_formatter import tracked_scripts
from utrace.frontend.parse import parse
from utrace.source import Source


def with_probes() -> list[Path]:
    """Return the scripts that are no libraries."""
    paths = tracked_scripts()
    return [path for path in paths if parse(Source(str(path), path.read_text()), needs_probes=False).probes]


def test_the_library_is_among_them() -> None:
    assert "assertions.bt" in {path.name for path in tracked_scripts()}


@pytest.mark.parametrize("path", with_probes(), ids=lambda path: path.name)
def test_dry_run(path: Path) -> None:
    command = [sys.executable, "-m", "utrace", "--dry-run", "--unsafe", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
