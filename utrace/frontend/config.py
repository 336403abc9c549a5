"""Settings of a script: the `config` block and the BPFTRACE_* environment, which wins."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace

from utrace.diagnostics import Diagnostic, error
from utrace.errors import ScriptError, UsageError
from utrace.frontend import nodes


@dataclass(frozen=True)
class Config:
    """Effective settings with the language's defaults; names and units as in bpftrace.

    Those that only a kernel could heed are kept for `config()` and have no effect; see the comments.
    """

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
    unstable_tseries: str = "warn"
    """This and the next ones: `error`, `warn` or `enable`."""
    unstable_typeinfo: str = "warn"
    unstable_dw_ustack: str = "warn"
    unstable_import_statement: str = "warn"
    dummy_ts_map: str = ""
    """For tests: the scalar map that tseries() takes the time from, in nanoseconds since 1970."""

    cache_user_symbols: str = "PER_PROGRAM"  # symbols belong to files here, so there is nothing to choose
    lazy_symbolication: bool = False  # addresses are always resolved when they are printed
    license: str = "GPL"  # written into the object; no kernel asks for it
    log_size: int = 1000000  # the verifier's log grows as it needs to
    max_bpf_progs: int = 1024  # max_probes is the limit
    on_stack_limit: int = 32  # values are where they fit


RENAMED = {
    "strlen": "max_strlen",
    "cat_bytes_max": "max_cat_bytes",
    "map_keys_max": "max_map_keys",
    "no_cpp_demangle": "cpp_demangle",
}
ENVIRONMENT_ONLY = frozenset({"btf", "kernel_build", "kernel_source", "vmlinux", "color"})
LICENSES = (
    "GPL",
    "GPL v2",
    "GPL and additional rights",
    "Dual BSD/GPL",
    "Dual MIT/GPL",
    "Dual MPL/GPL",
)
LIMITS = {
    "max_strlen": (1, 64 * 1024),
    "max_map_keys": (1, 2**24),
    "max_probes": (1, 2**20),
    "max_cat_bytes": (1, 2**24),
    "perf_rb_pages": (1, 2**20),
}
_UNLIMITED = (0, 2**64 - 1)
_PREFIX = "bpftrace_"


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
        if name.startswith("BPFTRACE_") and _canonical(name) in _PARSERS:
            try:
                config = _with_setting(config, name, text)
            except ValueError as failure:
                raise UsageError(str(failure)) from None
    return config


def _canonical(given: str) -> str:
    """Return the present name of a setting, which may be written in any case and with the prefix."""
    name = given.lower().removeprefix(_PREFIX)
    return RENAMED.get(name, name)


def _with_setting(config: Config, given: str, text: str) -> Config:
    name = _canonical(given)
    if name in ENVIRONMENT_ONLY:
        raise ValueError(f"{given}: can only be set as an environment variable")
    parser = _PARSERS.get(name)
    if parser is None:
        raise ValueError(f"{given}: not a known configuration option")
    value = parser(given, text)
    if given.lower().removeprefix(_PREFIX) == "no_cpp_demangle":
        value = not value
    return replace(config, **{name: value})  # type: ignore[arg-type]


def _boolean(given: str, text: str) -> bool:
    values = {"true": True, "false": False}
    if text.isdecimal() and len(text) < 20:
        return int(text) != 0
    if text.lower() not in values:
        raise ValueError(f"{given}: Invalid bool value: valid values are true, false, 1 or 0.")
    return values[text.lower()]


def _integer(given: str, text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 20:
        raise ValueError(f"{given}: expecting a number, got {text}")
    low, high = LIMITS.get(_canonical(given), _UNLIMITED)
    if not low <= int(text) <= high:
        raise ValueError(
            f"Invalid value for {_canonical(given)}. Found: {text}. Valid values: {low} to {high}"
        )
    return int(text)


def _text(given: str, text: str) -> str:
    return text


def _license(given: str, text: str) -> str:
    if text not in LICENSES:
        raise ValueError(f"Invalid value for license. Found: {text}. Valid values: {', '.join(LICENSES)}")
    return text


def _one_of(*valid: str, also: Mapping[str, str] | None = None) -> Callable[[str, str], str]:
    """Return a parser for words, in any case; `also` has further spellings."""
    words = {word.lower(): word for word in valid} | dict(also or {})

    def parse(given: str, text: str) -> str:
        if text.lower() not in words:
            name = _canonical(given)
            what = "unstable config" if name.startswith("unstable_") else name
            listed = f"{', '.join(valid[:-1])}, and {valid[-1]}"
            raise ValueError(f"{given}: Invalid value for {what}: valid values are {listed}.")
        return words[text.lower()]

    return parse


_unstable = _one_of(
    "enable", "warn", "error", also={"1": "enable", "true": "enable", "0": "error", "false": "error"}
)
_WORDS: dict[str, Callable[[str, str], str]] = {
    "missing_probes": _one_of("ignore", "warn", "error"),
    "stack_mode": _one_of("bpftrace", "perf", "raw", "build_id"),
    "cache_user_symbols": _one_of(
        "PER_PID", "PER_PROGRAM", "NONE", also={"0": "NONE", "1": Config.cache_user_symbols}
    ),
    "license": _license,
    "unstable_tseries": _unstable,
    "unstable_typeinfo": _unstable,
    "unstable_dw_ustack": _unstable,
    "unstable_import_statement": _unstable,
}
_OF_TYPE: dict[type, Callable[[str, str], int | bool | str]] = {bool: _boolean, int: _integer, str: _text}
_PARSERS: dict[str, Callable[[str, str], int | bool | str]] = {
    field.name: _WORDS.get(field.name, _OF_TYPE[type(field.default)]) for field in fields(Config)
}
