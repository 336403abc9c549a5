"""Helpers that look at the process: guarded reads, names and ids; and processes that forbid system calls."""

from __future__ import annotations

import pytest

from tests.runtime.driver import build, memory


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    return tmp_path_factory.mktemp("helpers")


def test_reads_never_fault(directory):
    with memory() as shared:
        assert build("reads", directory).run(shared.descriptor, descriptors=(shared.descriptor,)) == "ok\n"


def test_walks_never_fault(directory):
    with memory() as shared:
        assert build("walks", directory).run(shared.descriptor, descriptors=(shared.descriptor,)) == "ok\n"


@pytest.mark.parametrize("mode", ["candidate", "wrong", "seccomp", "vfork", "forks"])
def test_identity(directory, mode):
    with memory() as shared:
        program = build("identity", directory)
        assert program.run(mode, shared.descriptor, descriptors=(shared.descriptor,)) == "ok\n"
