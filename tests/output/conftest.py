"""Fixtures of the output tests."""

import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "utrace" / "runtime" / "format.c"


@pytest.fixture(scope="session")
def runtime(tmp_path_factory):
    """The bitcode that the compiled formatter is linked with."""
    bitcode = tmp_path_factory.mktemp("runtime") / "format.bc"
    zig = [sys.executable, "-m", "ziglang", "clang", "-target", "x86_64-unknown-linux-gnu"]
    options = ["-O2", "-ffreestanding", "-mgeneral-regs-only", "-fno-stack-protector", "-fPIC"]
    subprocess.run([*zig, *options, "-emit-llvm", "-c", SOURCE, "-o", bitcode], check=True, timeout=60)
    return bitcode.read_bytes()
