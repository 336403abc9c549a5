"""Builds and runs the C programs that stress the runtime, on shared memory that Python reads afterwards."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from utrace.backend.layout import ShmLayout, ThreadPointer, plan
from utrace.backend.shared_memory import SharedMemory
from utrace.backend.spec import MapSpec, MapType

PROGRAMS = Path(__file__).parent / "programs"
RUNTIME = Path(__file__).parents[2] / "utrace" / "runtime"
CAPACITY = 1200
WIDE_CAPACITY = 300
SECONDS = 60

SPECS = {
    spec.name: spec
    for spec in (
        MapSpec("counter", MapType.PERCPU_ARRAY, 4, 8, 1),
        MapSpec("counts", MapType.PERCPU_HASH, 8, 8, CAPACITY),
        MapSpec("pairs", MapType.PERCPU_HASH, 16, 8, CAPACITY),
        MapSpec("plain", MapType.HASH, 8, 8, CAPACITY),
        MapSpec("wide", MapType.HASH, 8, 32, WIDE_CAPACITY),
        MapSpec("events", MapType.RINGBUF, 0, 0, 1 << 16),
    )
}


def memory() -> SharedMemory:
    return SharedMemory(plan(SPECS), SPECS)


def constants(layout: ShmLayout, mode: ThreadPointer) -> str:
    """The constants that the native backend would link in, as a C header."""
    config = ", ".join(map(str, layout.config_words(mode)))
    lines = [
        f"#define SHM_BYTES {layout.total_bytes}ull",
        f"const struct rt_config rt_config = {{{config}}};",
    ]
    for name, words in layout.map_words().items():
        lines.append(f"static const struct rt_map {name} = {{{', '.join(map(str, words))}}};")
    return "\n".join(lines) + "\n"


@dataclass(frozen=True)
class Program:
    path: Path

    def start(self, *arguments: object, descriptors: tuple[int, ...] = ()) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [str(self.path), *map(str, arguments)], pass_fds=descriptors, stdout=subprocess.PIPE, text=True
        )

    def run(self, *arguments: object, descriptors: tuple[int, ...] = ()) -> str:
        process = self.start(*arguments, descriptors=descriptors)
        try:
            output, _ = process.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise
        assert process.returncode == 0, f"exit status {process.returncode}"
        return output


def build(name: str, directory: Path, mode: ThreadPointer = ThreadPointer.RDFSBASE) -> Program:
    """Compile with zig's clang, which knows the runtime's calling convention; link with whatever is here."""
    (directory / "constants.h").write_text(constants(plan(SPECS), mode))
    zig = [sys.executable, "-m", "ziglang", "cc"]
    linker = [cc] if (cc := shutil.which("cc")) else zig
    compiled, program = directory / f"{name}.o", directory / name
    flags = [
        "-O2",
        "-mgeneral-regs-only",
        "-fno-builtin",
        "-fno-sanitize=all",
        "-Wall",
        "-Wno-unused-function",
        "-Wno-pass-failed",
    ]
    include = ["-I", str(RUNTIME), "-I", str(PROGRAMS), "-I", str(directory)]
    source = str(PROGRAMS / f"{name}.c")
    subprocess.run([*zig, *flags, *include, "-c", source, "-o", str(compiled)], check=True, timeout=SECONDS)
    subprocess.run([*linker, str(compiled), "-o", str(program), "-pthread"], check=True, timeout=SECONDS)
    return Program(program)
