"""Makes one test of each block of the *.cases files."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.case_file import Case, read_cases
from tests.cli.runner import Failure, run_case, why_not
from tests.programs.builder import CannotBuild, build


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    if file_path.suffix == ".cases":
        return CaseFile.from_parent(parent, path=file_path)
    return None


class CaseFile(pytest.File):
    def collect(self) -> Iterator[pytest.Item]:
        for case in read_cases(self.path):
            yield CaseItem.from_parent(self, name=case.name, case=case)


class CaseItem(pytest.Item):
    def __init__(self, *, case: Case, **settings: Any) -> None:
        super().__init__(**settings)
        self.case = case

    def runtest(self) -> None:
        problem = why_not(self.case)
        if problem is not None:
            pytest.skip(problem)
        programs = self.config.cache.mkdir("programs")
        try:
            with tempfile.TemporaryDirectory(prefix="utrace-case-") as directory:
                run_case(self.case, lambda name, kind: build(name, kind, programs), Path(directory))
        except CannotBuild as error:
            pytest.skip(str(error))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if isinstance(excinfo.value, Failure):
            return f"{self.path.name}:{self.case.line}: {self.case.name}\n{excinfo.value}"
        return super().repr_failure(excinfo)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, self.case.line - 1, self.name
