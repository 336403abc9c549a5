"""What --test and --bench show: results of the script's own tests and benchmarks, in bpftrace's layout."""

from __future__ import annotations

from collections.abc import Sequence

from utrace.lazy_dataclass import dataclass

_NAME_COLUMNS = 40
_TIME_COLUMNS = 15
_ITERATIONS = "Iterations"
_UNITS = (("s", 10**9), ("ms", 10**6), ("us", 10**3), ("ns", 1))


@dataclass(frozen=True)
class Verdict:
    """One test probe that was run; `output` is what it printed, errors among it."""

    name: str
    has_passed: bool
    duration_ns: int
    output: str


@dataclass(frozen=True)
class BenchmarkResult:
    """One bench probe: how long one run of it took, on the average of so many."""

    name: str
    average_ns: int
    iterations: int


class Marks:
    """The bracketed words at the beginning of lines, green or red when coloured."""

    def __init__(self, colored: bool) -> None:
        self._colored = colored

    def good(self, word: str) -> str:
        """Return a mark that means no harm."""
        return self._mark(word, 32)

    def bad(self, word: str) -> str:
        """Return the mark of a failure."""
        return self._mark(word, 31)

    def _mark(self, word: str, color: int) -> str:
        return f"\033[{color}m[{word}]\033[0m" if self._colored else f"[{word}]"


def verdict_text(count: int, results: Sequence[Verdict], colored: bool) -> str:
    """Return the lines for the last result; the first of `count` brings a headline, the last one a summary."""
    marks, result = Marks(colored), results[-1]
    lines = []
    if len(results) == 1:
        lines.append(f"{marks.good('==========')} Running {count} tests.")
    lines.append(f"{marks.good(' RUN      ')} {result.name}")
    if not result.has_passed:  # what a test prints is shown only when it matters
        lines += [line for line in result.output.split("\n") if line]
    end = marks.good("       OK ") if result.has_passed else marks.bad("  FAILED  ")
    lines.append(f"{end} {result.name} ({duration_text(result.duration_ns)})")
    if len(results) == count:
        lines += _summary(results, marks)
    return "".join(f"{line}\n" for line in lines)


def _summary(results: Sequence[Verdict], marks: Marks) -> list[str]:
    failed = [result.name for result in results if not result.has_passed]
    lines = [
        f"{marks.good('==========')} {_tests(len(results))} ran.",
        f"{marks.good('  PASSED  ')} {_tests(len(results) - len(failed))}.",
    ]
    if failed:
        lines.append(f"{marks.bad('  FAILED  ')} {_tests(len(failed))}, listed below:")
        lines += [f"{marks.bad('  FAILED  ')} {name}" for name in failed]
    return lines


def _tests(count: int) -> str:
    return f"{count} test" if count == 1 else f"{count} tests"


def duration_text(duration_ns: int) -> str:
    """Return a duration in the largest unit of which it has at least one, cut to an integer: `12 us`."""
    unit, scale = next((pair for pair in _UNITS if duration_ns >= pair[1]), _UNITS[-1])
    return f"{duration_ns // scale} {unit}"


def benchmark_text(names: Sequence[str], result: BenchmarkResult, is_first: bool) -> str:
    """Return the row of a benchmark, with the heading of the table in front of the first one."""
    width = max(_NAME_COLUMNS, *map(len, names)) + 1
    heading = f"{'Benchmark':<{width}}{'Time(ns)':<{_TIME_COLUMNS}}{_ITERATIONS}\n"
    rule = "-" * (width + _TIME_COLUMNS + len(_ITERATIONS)) + "\n"
    row = f"{result.name:<{width}}{result.average_ns:<{_TIME_COLUMNS}}{result.iterations}\n"
    return (heading + rule if is_first else "") + row
