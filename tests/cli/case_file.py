"""The format of *.cases files (see README.md) as data."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

KEYWORDS = frozenset(
    "NAME RUN STDIN FILE ENV NEEDS TARGET FIRST DO END".split()
    + "EXPECT EXPECT_REGEX REJECT STDERR STDERR_REGEX EXIT TIMEOUT".split()
)


@dataclass
class Case:
    """One block; `values` has for each keyword the texts given, in order."""

    line: int
    values: dict[str, list[str]] = field(default_factory=dict)

    def all(self, keyword: str) -> list[str]:
        return self.values.get(keyword, [])

    def one(self, keyword: str, default: str = "") -> str:
        return (self.all(keyword) or [default])[-1]

    @property
    def name(self) -> str:
        return self.one("NAME")


def read_cases(path: Path) -> list[Case]:
    """Return the cases of a file; raises ValueError, with the line, for what the format has not."""
    cases: list[Case] = []
    last: list[str] | None = None
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if line.startswith("#") or not line.strip():
            last = None
            continue
        if line[0] in " \t":
            if last is None:
                raise ValueError(f"{path}:{number}: nothing to continue")
            last[-1] += "\n" + line.strip()
            continue
        keyword, _, text = line.partition(" ")
        if keyword not in KEYWORDS:
            raise ValueError(f"{path}:{number}: unknown keyword {keyword}")
        if keyword == "NAME":
            cases.append(Case(number))
        if not cases:
            raise ValueError(f"{path}:{number}: a case begins with NAME")
        last = cases[-1].values.setdefault(keyword, [])
        last.append(text)
    _check(path, cases)
    return cases


def _check(path: Path, cases: list[Case]) -> None:
    names = [case.name for case in cases]
    for case in cases:
        if names.count(case.name) > 1:
            raise ValueError(f"{path}:{case.line}: two cases are called {case.name!r}")
        if not case.one("RUN").startswith(("utrace", "bpftrace")):
            raise ValueError(f"{path}:{case.line}: no RUN utrace")
        checks = {"EXPECT", "EXPECT_REGEX", "STDERR", "STDERR_REGEX", "EXIT", "REJECT"}
        if not checks & case.values.keys():
            raise ValueError(f"{path}:{case.line}: nothing is expected")
