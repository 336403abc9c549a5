"""A short run of the fuzzer; `python -m tests.fuzz --seconds N` goes on for longer."""

from __future__ import annotations

import pytest

from tests import fuzz


@pytest.mark.parametrize("seed", range(4))
def test_no_script_brings_a_traceback(seed: int) -> None:
    outcomes = fuzz.run(seconds=4, seed=seed * 1_000_000)
    assert outcomes["ScriptError"]
    assert outcomes["compiled"]


def test_what_is_wrong_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(text: str) -> str:
        raise KeyError(text)

    monkeypatch.setattr(fuzz, "_compile", broken)
    with pytest.raises(fuzz.Found, match="KeyError"):
        fuzz.compile_text("begin { }")
