"""Whatever these tests compile has to be accepted by the kernel, where that can be asked."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.codegen import compiling, kernel


@pytest.fixture(autouse=True)
def kernel_accepts_all_objects() -> Iterator[None]:
    compiling.emitted.clear()
    yield
    if kernel.unavailable() is None:
        for script, data in compiling.emitted:
            refusal = kernel.refusal(data)
            assert refusal is None, f"{script}\n{refusal[-3000:]}"
