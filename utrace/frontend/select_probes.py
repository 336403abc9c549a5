"""Which of a script's probes are wanted in this run: those to trace with, its tests, or its benchmarks.

Done before `expand`, so that nothing is looked up for probes that do not run, and after it, for the names of the
probes and for those that stood in a positional parameter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from utrace.diagnostics import Context, Diagnostic, Severity
from utrace.errors import ScriptError, UsageError
from utrace.frontend import nodes
from utrace.lazy_dataclass import dataclass

_ALWAYS = frozenset({"begin", "end", ""})
"""Run in every mode; `""` is what nobody knows yet."""
_MODES = frozenset({"test", "bench"})


@dataclass(frozen=True)
class Selection:
    """What the command line asks for."""

    mode: str = ""
    """`test` or `bench`; `""` for tracing."""
    name_regex: str = ""
    """Probes without a match in their name are left out, but for begin and end."""


def select_probes(program: nodes.Program, selection: Selection) -> nodes.Program:
    """Return the program with the probes that are wanted. Raises ScriptError, UsageError when none is left."""
    _check_names(program)
    probes = tuple(_kept(program.probes, selection))
    if program.probes and not probes:
        raise UsageError(_nothing_left(program, selection))
    return replace(program, probes=probes)


def _kept(probes: tuple[nodes.Probe, ...], selection: Selection) -> Iterator[nodes.Probe]:
    for probe in probes:
        points = tuple(point for point in probe.attach_points if _is_wanted(point, selection))
        if points:
            yield probe if points == probe.attach_points else replace(probe, attach_points=points)


def _is_wanted(point: nodes.AttachPoint, selection: Selection) -> bool:
    if point.provider in _ALWAYS:
        return True
    if (selection.mode or point.provider in _MODES) and point.provider != selection.mode:
        return False
    is_known = point.provider not in {"uprobe", "uretprobe"} or point.site is not None
    return not is_known or bool(re.search(selection.name_regex, point.name))


def _nothing_left(program: nodes.Program, selection: Selection) -> str:
    for name in ("test", "bench"):
        if not selection.mode and _has(program, name):
            kind = "benchmark" if name == "bench" else name
            return f"No probes attached; use --{name} to run {kind} probes."
    return "No probes to attach"


def _has(program: nodes.Program, provider: str) -> bool:
    return any(point.provider == provider for probe in program.probes for point in probe.attach_points)


def _check_names(program: nodes.Program) -> None:
    """Tests and benchmarks are told apart by their names."""
    first: dict[tuple[str, str], nodes.AttachPoint] = {}
    errors = []
    for point in (point for probe in program.probes for point in probe.attach_points):
        if point.provider in _MODES:
            other = first.setdefault((point.provider, point.target), point)
            if other is not point:
                errors.append(_used_twice(point, other))
    if errors:
        raise ScriptError(errors)


def _used_twice(point: nodes.AttachPoint, other: nodes.AttachPoint) -> Diagnostic:
    message = f'"{point.target}" was used as the name for more than one {point.provider.upper()} probe'
    contexts = (Context(other.span, "this is the other instance"),)
    return Diagnostic(Severity.ERROR, point.span, message, (), contexts)
