"""Positional parameters and patterns: afterwards each probe has one attach point, and that one is concrete.

uprobe:/bin/$1:read* { print($2) }    with parameters `sh 7` becomes, for two matches,
uprobe:/bin/sh:readcmd { print(7) }   uprobe:/bin/sh:readtoken { print(7) }   (one body, shared)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from utrace.diagnostics import Diagnostic, error, warning
from utrace.errors import ScriptError, TargetError
from utrace.frontend import nodes
from utrace.frontend.attach_points import put_parameters_in, take_apart
from utrace.frontend.config import Config
from utrace.frontend.parameters import substitute
from utrace.frontend.parse import MAX_ERRORS
from utrace.frontend.providers import is_pattern
from utrace.frontend.types import StructType, Type


class ProbeCatalogue(Protocol):
    """What can be probed; the backend implements it on symbol tables."""

    def match(self, attach_point: nodes.AttachPoint) -> Sequence[nodes.ProbeSite]:
        """Return the places that a uprobe's attach point names, in order of address.

        No match is an empty answer.  TargetError when the binary cannot be found or read.
        """
        ...

    def find_symbol(self, site: nodes.ProbeSite, name: str) -> tuple[int, int] | None:
        """Return how far behind a site, in bytes, a function or variable of the same binary is, and its size."""
        ...

    def parameters(self, site: nodes.ProbeSite) -> StructType | None:
        """Return the parameters of the function that starts at a site, None when they are not known.

        Each is a member of the struct, with `Member.words`.  TargetError when the debug information is damaged.
        """
        ...

    def type_named(self, name: str) -> Type | None:
        """Return what `struct foo`, `union u`, `enum e` or a typedef's name means in the probed binaries."""
        ...

    def near_misses(self, attach_point: nodes.AttachPoint) -> Sequence[str]:
        """Return names that look like the function that was not found, best first, possibly none."""
        ...


def expand(
    program: nodes.Program,
    catalogue: ProbeCatalogue,
    parameters: Sequence[str] = (),
    config: Config | None = None,
) -> nodes.Program:
    """Return the program with parameters put in and one probe per match; raise ScriptError."""
    expansion = _Expansion(catalogue, parameters, config or Config())
    probes = [new for probe in program.probes for new in expansion.probes_of(probe)]
    if not expansion.errors and not probes:
        raise ScriptError([*expansion.warnings, error(program.span, "No probes to attach")])
    limit = expansion.config.max_probes
    if len(probes) > limit:
        message = (
            f"Can't attach to {len(probes)} probes because it exceeds the current limit of {limit} probes"
        )
        hint = "raise the limit with the setting max_probes or BPFTRACE_MAX_PROBES"
        expansion.errors.append(error(probes[limit].attach_points[0].span, message, hint))
    if expansion.errors:
        raise ScriptError(expansion.errors)
    warnings = (*program.warnings, *expansion.warnings)
    functions = tuple(substitute(function, parameters) for function in program.functions)
    return replace(program, probes=tuple(probes), functions=functions, warnings=warnings)


class _Expansion:
    def __init__(self, catalogue: ProbeCatalogue, parameters: Sequence[str], config: Config) -> None:
        self.config = config
        self.errors: list[Diagnostic] = []
        self.warnings: list[Diagnostic] = []
        self._catalogue = catalogue
        self._parameters = parameters

    def probes_of(self, probe: nodes.Probe) -> list[nodes.Probe]:
        # As a whole: the predicate itself may be a parameter.
        probe = substitute(probe, self._parameters)
        points = [point for given in probe.attach_points for point in self._points_of(given)]
        if not points and not self.errors:
            message = "Probe has no valid attach points. It is being removed."
            self.warnings.append(warning(probe.attach_points[0].span, message))
        return [replace(probe, attach_points=(point,)) for point in points]

    def _points_of(self, point: nodes.AttachPoint) -> list[nodes.AttachPoint]:
        if (
            len(self.errors) >= MAX_ERRORS
        ):  # each takes time: names that look like the missing one are searched
            return []
        try:
            if not point.provider:
                text = put_parameters_in(point.text, self._parameters, point.span)
                point = take_apart(text, point.span)
            if point.provider not in {"uprobe", "uretprobe"}:
                return [point]
            sites = self._catalogue.match(point)
        except ScriptError as failure:
            self.errors.extend(failure.diagnostics)
            return []
        except TargetError as failure:
            self.errors.append(error(point.span, failure.message, *failure.hints))
            return []
        if not sites:
            self._missing(point)
        if not self.config.cpp_demangle:
            sites = [replace(site, demangled="") for site in sites]
        return [replace(point, site=site) for site in sites]

    def _missing(self, point: nodes.AttachPoint) -> None:
        if _is_pattern(point):  # it may match nothing here and much elsewhere
            return
        message = f"No matches for {point.provider} {point.target}{_place(point)}."
        if self.config.missing_probes == "error":
            near = list(self._catalogue.near_misses(point))
            hints = [f"did you mean {' or '.join(near[:3])}?"] if near else []
            self.errors.append(error(point.span, message, *hints))
        elif self.config.missing_probes == "warn":
            self.warnings.append(warning(point.span, message + " Skipping."))


def _is_pattern(point: nodes.AttachPoint) -> bool:
    """Whether an attach point asks for whatever matches, as a name of C++ without its arguments does."""
    is_function = not point.is_exact and is_pattern(point.function)
    return is_function or bool(point.language) or is_pattern(point.target)


def _place(point: nodes.AttachPoint) -> str:
    if point.source_file:
        column = f":{point.source_column}" if point.source_column else ""
        return f"@{point.source_file}:{point.source_line}{column}"
    return f":{point.function}" if point.function else f":{point.address or 0:#x}"
