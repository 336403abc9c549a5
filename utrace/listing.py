"""`-l`: which probes there are."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from utrace.compile import parse_script
from utrace.errors import ScriptError, TargetError
from utrace.frontend import nodes, periods, providers
from utrace.frontend.attach_points import parse_attach_point, put_parameters_in, split, take_apart
from utrace.options import Options
from utrace.script_file import read_script
from utrace.source import Span
from utrace.target.catalogue import SymbolCatalogue
from utrace.target.names import matcher
from utrace.targets import traceable

UPROBES = frozenset({"uprobe", "uretprobe"})
_STATIC = {
    "begin": ("",),
    "end": ("",),
    "interval": tuple(f"{unit}:" for unit in periods.UNITS),
    "self": ("signal:SIGUSR1",),
}
"""What can be listed of probe types that name nothing in a binary; shown behind the type."""
_LOOKS_LIKE_A_FILE = (
    "It appears that '{0}' is a filename but the file does not exist. Treating '{0}' as a search pattern."
)
_NO_BINARY = "functions are listed for a binary ('uprobe:BINARY:{}') or for a process (-p PID)"


def list_probes(options: Options) -> int:
    """Print the probes that a pattern matches, or those of a script; the exit code. Raises UtraceError."""
    catalogue = SymbolCatalogue(
        traceable(options.pids, options.unsafe),
        unsafe=options.unsafe,
        debuginfo_dirs=options.debug_info_directories,
    )
    listing = _Listing(catalogue, has_process=bool(options.pids))
    pattern = options.list_pattern
    if options.program_text is not None:
        listing.add_script(options)
    elif pattern is not None and Path(pattern).is_file():
        from dataclasses import replace

        listing.add_script(replace(options, script_path=pattern, list_pattern=None))
    else:
        listing.add_patterns(pattern or "*")
    for line in dict.fromkeys(listing.lines):
        sys.stdout.write(f"{line}\n")
        if options.verbose:
            sys.stdout.write("".join(f"    {argument}\n" for argument in listing.arguments(line)))
    return 0


class _Listing:
    def __init__(self, catalogue: SymbolCatalogue, has_process: bool) -> None:
        self.lines: list[str] = []
        self._catalogue = catalogue
        self._has_process = has_process
        self._sites: dict[str, nodes.ProbeSite] = {}

    def add_script(self, options: Options) -> None:
        """Add the probes of a script, with its positional parameters put in."""
        source = read_script(options)
        parsed = parse_script(source, os.environ, options.include_dirs, options.include_files)
        try:
            for point in (point for probe in parsed.program.probes for point in probe.attach_points):
                self._add(_with_parameters(point, options.positional_parameters))
        except ScriptError as error:
            raise ScriptError(error.diagnostics, error.source or source) from None

    def add_patterns(self, text: str) -> None:
        """Add what the patterns match that are joined by commas."""
        if "." in text and not {":", "*"} & set(text):
            _warn(_LOOKS_LIKE_A_FILE.format(text))
        for pattern in text.split(","):
            self._add_pattern(" ".join(pattern.split()) or "*")

    def _add_pattern(self, pattern: str) -> None:
        provider, *rest = split(pattern if ":" in pattern else f"*:{pattern}")
        if not providers.is_pattern(provider):
            self._add_of(provider, rest, is_sure=True)
            return
        names = [name for name in providers.matching(provider) if name in _STATIC or name == "uprobe"]
        if not names:
            raise providers.refusal(provider, provider, ":".join(rest), Span(0, len(pattern)))
        for name in names:
            self._add_of(name, rest, is_sure=False)

    def _add_of(self, given: str, rest: Sequence[str], *, is_sure: bool) -> None:
        """Add what a pattern matches of one probe type; `is_sure` when the pattern names the type."""
        provider, text = providers.provider_named(given), ":".join(rest)
        if provider in _STATIC:
            names = [name for name in _STATIC[provider] if _is_meant(text, provider, name)]
            self.lines += [_joined(provider, name) for name in names]
            if names or not is_sure or providers.is_pattern(text):
                return
        if not is_sure and len(rest) < 2 and not self._has_process:
            if not any(_is_meant(text, *pair) for pair in _static_pairs()):
                _warn(_NO_BINARY.format(text))
            return
        whole = f"{given}:{text}"
        try:
            self._add(parse_attach_point(whole, Span(0, len(whole))))
        except (ScriptError, TargetError):
            if is_sure:
                raise

    def _add(self, point: nodes.AttachPoint) -> None:
        if point.provider not in UPROBES:
            self.lines.append(_static_name(point))
            return
        found = {_site_name(point, site): site for site in self._catalogue.match(point)}
        self._sites |= found
        self.lines += sorted(found)

    def arguments(self, line: str) -> Iterable[str]:
        """Return the arguments of the probe that a line stands for, each as `type name`."""
        site = self._sites.get(line)
        return () if site is None else _arguments(self._catalogue, site)


def _static_pairs() -> Iterator[tuple[str, str]]:
    return ((provider, name) for provider, names in _STATIC.items() for name in names)


def _is_meant(pattern: str, provider: str, name: str) -> bool:
    """Whether a pattern for what follows the probe type means one of the static probes."""
    matches = matcher(pattern)
    return matches(name) or matches(name.rstrip(":")) or (not name and matches(provider))


def _with_parameters(point: nodes.AttachPoint, parameters: Sequence[str]) -> nodes.AttachPoint:
    if point.provider:
        return point
    return take_apart(put_parameters_in(point.text, parameters, point.span), point.span)


def _static_name(point: nodes.AttachPoint) -> str:
    """Return `interval:s:` for `interval:s:1`, and the whole name of all others."""
    if point.provider != "interval":
        return point.name
    unit, colon, _ = point.target.partition(":")
    return _joined(point.provider, f"{unit}:" if colon else "us:")


def _joined(provider: str, name: str) -> str:
    return f"{provider}:{name}" if name else provider


def _site_name(point: nodes.AttachPoint, site: nodes.ProbeSite) -> str:
    if point.language:  # a demangled name may have colons and blanks in it
        return f'{point.provider}:{site.path}:{point.language}:"{site.label or site.function}"'
    place = f"{site.function}+{site.offset}" if site.offset else site.function or f"{site.offset:#x}"
    return f"{point.provider}:{site.path}:{place}"


def _arguments(catalogue: SymbolCatalogue, site: nodes.ProbeSite) -> Iterator[str]:
    binary = catalogue.binary(site.path)
    if binary.debug is None:
        _warn(f'No DWARF found for "{site.path}", cannot show parameter info')
        return
    if site.function and not site.offset:
        yield from binary.debug.declared_parameters(catalogue.address_of(site), site.function)


def _warn(message: str) -> None:
    from utrace.color import paint

    sys.stdout.flush()
    sys.stderr.write(paint(f"WARNING: {message}\n"))
