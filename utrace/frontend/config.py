"""Settings of a script: the `config` block and the BPFTRACE_* environment."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Config:
    """Effective settings with the language's defaults; names and units as in bpftrace."""

    max_strlen: int = 1024
    """Bytes of a string buffer, the NUL among them."""
    max_map_keys: int = 4096
    max_probes: int = 1024
    max_cat_bytes: int = 10240
    print_maps_on_exit: bool = True
    missing_probes: str = "error"
    """What a pattern without matches does: `error`, `warn` or `ignore`."""
    str_trunc_trailer: str = ".."
    perf_rb_pages: int | None = None
    """Size of the event buffers in pages of 4 KiB; None leaves the choice to the runtime."""
    cpp_demangle: bool = True
    show_debug_info: bool = True
    stack_mode: str = "bpftrace"
    cache_user_symbols: str = "PER_PROGRAM"
    lazy_symbolication: bool = False
