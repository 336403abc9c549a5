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
    "block",
    ["nope=1", "max_strlen=0", "max_strlen=x", "max_strlen=-4", "print_maps_on_exit=7", "missing_probes=x"],
)
def test_refused(block):
    with pytest.raises(ScriptError):
        config(block)
