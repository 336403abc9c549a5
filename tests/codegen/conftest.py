"""Whatever these tests compile has to be accepted by our verifier and, where that can be asked, by the kernel."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.codegen import compiling, kernel
from utrace.backend.reader import read_object
from utrace.backend.verifier import verify


@pytest.fixture(autouse=True)
def verifiers_accept_all_objects() -> Iterator[None]:
    compiling.emitted.clear()
    yield
    for _, data in compiling.emitted:
        spec = read_object(data)
        for program in spec.programs.values():
            verify(program, spec.maps)
    if kernel.unavailable() is None:
        for script, data in compiling.emitted:
            refusal = kernel.refusal(data)
            assert refusal is None, f"{script}\n{refusal[-3000:]}"
