from __future__ import annotations

import pytest

from utrace.errors import ScriptError, UsageError
from utrace.frontend.config import Config, read_config
from utrace.frontend.parse import parse
from utrace.source import Source


def config(block: str, environment: dict[str, str] | None = None) -> Config:
    return read_config(parse(Source("stdin", f"config = {{ {block} }} begin {{ }}")), environment)


def test_defaults():
    assert config("") == Config()


@pytest.mark.parametrize("name", ["max_strlen", "BPFTRACE_MAX_STRLEN", "strlen", "MAX_STRLEN"])
def test_names(name):
    assert config(f"{name}=77").max_strlen == 77


def test_separators_and_kinds():
    found = config(
        'max_map_keys=9\nprint_maps_on_exit=0; missing_probes=warn; str_trunc_trailer="~"; license="GPL";'
    )
    assert (found.max_map_keys, found.print_maps_on_exit) == (9, False)
    assert (found.missing_probes, found.str_trunc_trailer) == ("warn", "~")


def test_environment_wins():
    assert config("max_strlen=77", {"BPFTRACE_MAX_STRLEN": "99", "HOME": "/"}).max_strlen == 99
    with pytest.raises(UsageError, match="BPFTRACE_MAX_STRLEN"):
        config("", {"BPFTRACE_MAX_STRLEN": "many"})


@pytest.mark.parametrize(
    ("block", "message"),
    [
        ("bad_config=1", "bad_config: not a known configuration option"),
        ("BAD_CONFIG=1", "BAD_CONFIG: not a known configuration option"),
        ("kernel_build=1", "kernel_build: can only be set as an environment variable"),
        ("max_strlen=0", "Invalid value for max_strlen. Found: 0. Valid values: 1 to 65536"),
        ("max_strlen=x", "max_strlen: expecting a number, got x"),
        ('BPFTRACE_MAX_PROBES="hello"', "BPFTRACE_MAX_PROBES: expecting a number, got hello"),
        ("max_strlen=-4", "max_strlen: expecting a number, got -4"),
        (
            "print_maps_on_exit=x",
            "print_maps_on_exit: Invalid bool value: valid values are true, false, 1 or 0.",
        ),
        (
            "missing_probes=x",
            "missing_probes: Invalid value for missing_probes: valid values are ignore, warn, and error.",
        ),
        (
            "cache_user_symbols=x",
            "cache_user_symbols: Invalid value for cache_user_symbols: "
            "valid values are PER_PID, PER_PROGRAM, and NONE.",
        ),
        (
            "unstable_tseries=x",
            "unstable_tseries: Invalid value for unstable config: valid values are enable, warn, and error.",
        ),
        (
            'license="Potato"',
            "Invalid value for license. Found: Potato. Valid values: GPL, GPL v2, "
            "GPL and additional rights, Dual BSD/GPL, Dual MIT/GPL, Dual MPL/GPL",
        ),
    ],
)
def test_refused(block, message):
    with pytest.raises(ScriptError) as caught:
        config(block)
    assert [diagnostic.message for diagnostic in caught.value.diagnostics] == [message]


@pytest.mark.parametrize(
    ("block", "field", "value"),
    [
        ("no_cpp_demangle=1", "cpp_demangle", False),
        ("cat_bytes_max=5", "max_cat_bytes", 5),
        ("map_keys_max=5", "max_map_keys", 5),
        ("missing_probes=IGNORE", "missing_probes", "ignore"),
        ("cache_user_symbols=per_pid", "cache_user_symbols", "PER_PID"),
        ("cache_user_symbols=0", "cache_user_symbols", "NONE"),
        ("stack_mode=raw", "stack_mode", "raw"),
        ("unstable_tseries=1", "unstable_tseries", "enable"),
        ("unstable_typeinfo=error", "unstable_typeinfo", "error"),
        ("print_maps_on_exit=False", "print_maps_on_exit", False),
        ("print_maps_on_exit=2", "print_maps_on_exit", True),
        ("log_size=7", "log_size", 7),
        ("str_trunc_trailer=0", "str_trunc_trailer", "0"),
        ('license="Dual BSD/GPL"', "license", "Dual BSD/GPL"),
    ],
)
def test_values(block, field, value):
    assert getattr(config(block), field) == value


def test_foreign_and_environment_only_variables_are_left_alone():
    assert config("", {"BPFTRACE_BTF": "/x", "BPFTRACE_NOSUCH": "1", "BPFTRACE_COLOR": "never"}) == Config()
