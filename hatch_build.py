"""Build hook: compiles utrace's C to LLVM bitcode and object files with the clang of the `ziglang` package.

They go next to their sources, which is where an editable installation looks for them, and into the wheel.
Run as a script, it does just that: `python hatch_build.py`.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:  # run as a script where only ziglang is installed
    BuildHookInterface = object  # type: ignore[assignment,misc]

RUNTIME = Path(__file__).parent / "utrace" / "runtime"
BITCODE = ("-emit-llvm",)
OUTPUTS = {
    "runtime.{}.bc": ("runtime.c", *BITCODE, "-DRT_DECLARE_SLOW"),
    "runtime.{}.o": ("runtime.c", "-ffunction-sections", "-fdata-sections"),
    "format.{}.bc": ("format.c", *BITCODE),
}
"""What runs in the target (fast paths to be compiled with each script, and the rest), and the printf formatter."""
ARCHITECTURES = {"x86_64": (), "aarch64": ("-mno-outline-atomics",)}
FLAGS = (
    "-std=c11",
    "-O2",
    "-Wall",
    "-Wextra",
    "-Wno-pass-failed",
    "-Werror",
    "-ffreestanding",
    "-fno-builtin",
    "-mgeneral-regs-only",
    "-fno-stack-protector",
    "-fno-asynchronous-unwind-tables",
    "-fno-strict-aliasing",
    "-fPIC",
    "-fvisibility=hidden",
)


def compile_output(name: str, architecture: str) -> Path:
    """Compile one of OUTPUTS for an architecture and give the file; CalledProcessError if clang refuses."""
    output = RUNTIME / name.format(architecture)
    target = f"--target={architecture}-unknown-linux-gnu"
    command = [sys.executable, "-m", "ziglang", "clang", target, *FLAGS, *ARCHITECTURES[architecture]]
    partial = output.with_suffix(f"{output.suffix}.part")
    # In the directory of the source, so that the output does not name the place of the checkout.
    subprocess.run([*command, "-c", *OUTPUTS[name], "-o", partial.name], check=True, cwd=RUNTIME)
    partial.replace(output)  # a concurrent reader sees the old file or the new one
    return output


def compile_all() -> list[Path]:
    """Compile every output for every architecture."""
    return [compile_output(name, architecture) for name in OUTPUTS for architecture in ARCHITECTURES]


class RuntimeBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Compiles before a wheel (also an editable one) is put together, and adds the result to it."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile; `build_data` learns of the files, which version control ignores."""
        if self.target_name != "wheel":
            return
        for file in compile_all():
            build_data["force_include"][str(file)] = f"utrace/runtime/{file.name}"


if __name__ == "__main__":
    for path in compile_all():
        print(path)
