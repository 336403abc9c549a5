"""The in-target runtime: freestanding C, compiled to LLVM bitcode when utrace is built (`hatch_build.py`).

What LLVM IR linked with the bitcode must provide and observe:

- constants `rt_config` (`ShmLayout.config_words`) and one `struct rt_map` per map (`MapLayout.words`), as arrays of
  i64; the undefined symbols `rt_private` and `rt_shm` are resolved when the image is linked;
- `ptr rt_thread()` gives the calling thread's slot, or null: then the program is skipped (a lost hit is counted);
- `rt_<helper>(thread, arguments of the kernel's helper ...)`, all `alwaysinline`; what they call is
  `preserve_allcc`, so that only r11 is clobbered;
- callers carry the attribute `"no-builtins"`, lest LLVM makes calls of memcpy from the inlined loops;
- `rt_tracer_*` are C functions for the tracer's own copy (`utrace/backend/local_image.py`).
"""

from __future__ import annotations

from importlib import resources

from utrace.errors import InternalError

ARCHITECTURES = ("x86_64", "aarch64")


def bitcode(architecture: str) -> bytes:
    """Give the runtime for one of ARCHITECTURES as LLVM bitcode; InternalError if the build left it out."""
    file = resources.files(__name__) / f"runtime.{architecture}.bc"
    try:
        return file.read_bytes()
    except OSError:
        raise InternalError(
            f"the runtime for {architecture} is missing from this installation",
            ["Reinstall utrace; in a source checkout, `make` builds it."],
        ) from None
