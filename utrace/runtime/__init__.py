"""The in-target runtime: freestanding C, compiled when utrace is built (`hatch_build.py`).

Its fast paths are LLVM bitcode, compiled again with every script; its slow paths an object file, linked to the
result (`utrace/backend/native.py`). What code that calls it must provide and observe:

- constants `rt_config` (`ShmLayout.config_words`) and one `struct rt_map` per map (`MapLayout.words`), as arrays of
  i64; the undefined symbols `rt_private` and `rt_shm` are resolved when the image is linked;
- `ptr rt_thread()` gives the calling thread's slot, or null: then the program is skipped (a lost hit is counted);
- `rt_<helper>(thread, arguments of the kernel's helper ...)`, all `alwaysinline`; what they call is
  `preserve_allcc`, so that only r11 is clobbered;
- callers carry the attribute `"no-builtins"`, lest LLVM makes calls of memcpy from the inlined loops;
- `rt_tracer_*` are C functions for the tracer's own copy (`utrace/backend/local_image.py`).
"""
