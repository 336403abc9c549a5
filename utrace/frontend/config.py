"""Settings of a script: the `config` block and the BPFTRACE_* environment, which wins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

from utrace.diagnostics import Diagnostic, error
from utrace.errors import ScriptError, UsageError
from utrace.frontend import nodes

MISSING_PROBES = ("error", "warn", "ignore")


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
    perf_rb_pages: int = 0
    """Size of the event buffers in pages of 4 KiB; 0 leaves the choice to the runtime."""
    cpp_demangle: bool = True
    show_debug_info: bool = True
    stack_mode: str = "bpftrace"
    cache_user_symbols: str = "PER_PROGRAM"
    lazy_symbolication: bool = False


RENAMED = {"strlen": "max_strlen", "cat_bytes_max": "max_cat_bytes", "map_keys_max": "max_map_keys"}
IGNORED = (
    "license",
    "log_size",
    "max_bpf_progs",
    "on_stack_limit",
    "unstable_tseries",
    "unstable_typeinfo",
    "unstable_dw_ustack",
    "unstable_import_statement",
)
"""Known to bpftrace, without meaning here."""
LIMITS = {
    "max_strlen": (1, 64 * 1024),
    "max_map_keys": (1, 2**24),
    "max_probes": (1, 2**20),
    "max_cat_bytes": (1, 2**24),
    "perf_rb_pages": (1, 2**20),
}
CHOICES = {
    "missing_probes": MISSING_PROBES,
    "stack_mode": ("bpftrace", "perf", "raw", "build_id"),
    "cache_user_symbols": ("PER_PID", "PER_PROGRAM", "NONE"),
}
_TYPES = {field.name: type(field.default) for field in fields(Config)}


def read_config(program: nodes.Program, environment: Mapping[str, str] | None = None) -> Config:
    """Return the settings of a script; raise ScriptError for its block, UsageError for the environment."""
    config = Config()
    errors: list[Diagnostic] = []
    for setting in program.settings:
        value = setting.value.value
        text = value.decode(errors="replace") if isinstance(value, bytes) else str(value)
        try:
            config = _with_setting(config, setting.name, text)
        except ValueError as failure:
            errors.append(error(setting.span, str(failure)))
    if errors:
        raise ScriptError(errors)
    for name, text in sorted((environment or {}).items()):
        if name.startswith("BPFTRACE_") and _canonical(name) in _TYPES:
            try:
                config = _with_setting(config, name, text)
            except ValueError as failure:
                raise UsageError(f"{name}: {failure}") from None
    return config


def _canonical(name: str) -> str:
    name = name.lower().removeprefix("bpftrace_")
    return RENAMED.get(name, name)


def _with_setting(config: Config, given: str, text: str) -> Config:
    name = _canonical(given)
    if name in IGNORED:
        return config
    if name not in _TYPES:
        raise ValueError(f"{given}: not a known configuration option")
    value: int | bool | str = text
    if _TYPES[name] is bool:
        value = _boolean(name, text)
    elif _TYPES[name] is int:
        value = _integer(name, text)
    elif name in CHOICES and text not in CHOICES[name]:
        raise ValueError(f"Invalid value for {name}. Found: {text}. Valid values: {', '.join(CHOICES[name])}")
    return replace(config, **{name: value})  # type: ignore[arg-type]


def _boolean(name: str, text: str) -> bool:
    values = {"1": True, "true": True, "0": False, "false": False}
    if text.lower() not in values:
        raise ValueError(f"Invalid value for {name}. Found: {text}. Valid values: true, false, 1, 0")
    return values[text.lower()]


def _integer(name: str, text: str) -> int:
    low, high = LIMITS[name]
    if not text.isdecimal() or len(text) > 20 or not low <= int(text) <= high:
        raise ValueError(f"Invalid value for {name}. Found: {text}. Valid values: {low} to {high}")
    return int(text)
