"""`import "path";`: other scripts and headers become parts of this one.

A path is relative to the file that imports it, each file is taken once, and of a directory every script and header
in it.  What is imported comes behind the script's own items, in order of the names.  A file, or the directory that it
is in, which anybody may write to is refused: what it says would run with our rights.
"""

from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path

from utrace.diagnostics import Diagnostic, error
from utrace.errors import ScriptError
from utrace.frontend import nodes
from utrace.frontend.parse import MAX_SCRIPT_CHARACTERS, parse
from utrace.lazy_dataclass import dataclass
from utrace.source import Source

MAX_FILES = 64
"""Files that one script may bring along."""
MAX_CHARACTERS = MAX_SCRIPT_CHARACTERS
"""Characters of all imported scripts together: each takes time to parse."""


@dataclass(frozen=True)
class Imported:
    """A program with everything that it imports."""

    program: nodes.Program
    headers: tuple[str, ...] = ()
    """Paths of C headers, which belong in front of the program's C part."""


def resolve_imports(program: nodes.Program, source: Source) -> Imported:
    """Return the program with what it imports; the files' texts are added to `source`. Raises ScriptError."""
    if not program.imports:
        return Imported(program)
    resolver = _Resolver(source)
    resolver.follow(program, Path() if source.name == "stdin" else Path(source.name).parent)
    if resolver.errors:
        raise ScriptError(resolver.errors, source)
    merged = program
    for _, part in sorted(resolver.programs.items()):
        merged = _joined(merged, part)
    if not merged.probes:
        raise ScriptError([error(program.span, "The script has no probes")], source)
    return Imported(replace(merged, imports=()), tuple(sorted(resolver.headers)))


def _joined(program: nodes.Program, other: nodes.Program) -> nodes.Program:
    return replace(
        program,
        c_part="\n".join(filter(None, (program.c_part, other.c_part))),
        probes=program.probes + other.probes,
        map_declarations=program.map_declarations + other.map_declarations,
        macros=program.macros + other.macros,
        functions=program.functions + other.functions,
    )


class _Resolver:
    def __init__(self, source: Source) -> None:
        self.errors: list[Diagnostic] = []
        self.programs: dict[str, nodes.Program] = {}
        self.headers: set[str] = set()
        self._source = source
        main = Path(source.name)
        self._seen = {main.resolve()} if main.exists() else set()

    def follow(self, program: nodes.Program, directory: Path) -> None:
        """Take what a program imports whose file is in `directory`."""
        for statement in program.imports:
            path = directory / statement.path
            if not path.exists():
                hint = f"checked: {path}"
                self._error(statement, "Unable to find suitable path for import", hint)
            elif path.is_dir():
                self._directory(statement, path)
            else:
                self._file(statement, path)

    def _error(self, statement: nodes.Import, message: str, *hints: str) -> None:
        self.errors.append(error(statement.span, message, *hints))

    def _is_safe(self, statement: nodes.Import, path: Path) -> bool:
        if not any(place.stat().st_mode & stat.S_IWOTH for place in (path, path.parent)):
            return True
        reason = "cowardly refusing to import from a directory with global write permissions"
        self._error(statement, f'{reason}: "{path}"')
        return False

    def _directory(self, statement: nodes.Import, path: Path) -> None:
        if self._is_safe(statement, path):
            for entry in sorted(path.iterdir()):
                if entry.is_file() and entry.name.endswith((".bt", ".h", ".bpf.c")):
                    self._file(statement, entry)

    def _file(self, statement: nodes.Import, path: Path) -> None:
        if path.resolve() in self._seen or not self._is_safe(statement, path):
            return
        self._seen.add(path.resolve())
        if len(self._seen) > MAX_FILES:
            self._error(statement, f"Too many imports: the limit is {MAX_FILES} files")
        elif path.suffix == ".bt":
            self._script(statement, path)
        elif path.suffix == ".h":
            self.headers.add(str(path.resolve()))
        elif path.name.endswith((".bpf.c", ".bpf.o")):
            reason = "it is code for the kernel, which is not possible in user space"
            self._error(statement, f"Can't import '{path.name}': {reason}")
        else:
            self._error(statement, f'unknown import type: "{path.name}"')

    def _script(self, statement: nodes.Import, path: Path) -> None:
        try:
            text = path.read_bytes()[: 4 * MAX_SCRIPT_CHARACTERS + 1].decode()
        except OSError as failure:
            self._error(statement, f"error reading import '{path}': {failure.strerror}")
            return
        except UnicodeDecodeError:
            self._error(statement, f"error reading import '{path}': it is not text in UTF-8")
            return
        part = self._source.add(str(path), text)
        if sum(len(added.text) for added in self._source.added) > MAX_CHARACTERS:
            self._error(statement, f"The imports are too large: the limit is {MAX_CHARACTERS} characters")
            return
        try:
            program = parse(part, needs_probes=False)
        except ScriptError as failure:
            self.errors += failure.diagnostics
            return
        if program.settings:
            self.errors.append(error(program.settings[0].span, "invalid `config` within import"))
        self.programs[str(path)] = program
        if len(self.errors) < 10:
            self.follow(program, path.parent)
