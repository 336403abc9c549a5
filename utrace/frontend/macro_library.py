"""The library: macros in our own language (`library/*.bt`, one file a subject), there for every script.

Which file has a name is found by a search for `macro name(` at the beginning of a line; only a file that has a
name which the script uses is parsed.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from utrace.errors import InternalError, ScriptError
from utrace.frontend import nodes
from utrace.frontend.infer_calls import FUNCTIONS
from utrace.frontend.names import ARGUMENT, VALUE_NAMES
from utrace.frontend.parse import parse
from utrace.frontend.types import AGGREGATIONS
from utrace.source import Source

DIRECTORY = Path(__file__).with_name("library")
_HEAD = re.compile(r"^macro ([a-zA-Z_]\w*)\(", re.MULTILINE)


@cache
def _index() -> dict[str, list[Path]]:
    index: dict[str, list[Path]] = {}
    for path in sorted(DIRECTORY.glob("*.bt")):
        for name in dict.fromkeys(_HEAD.findall(path.read_text())):
            index.setdefault(name, []).append(path)
    return index


class MacroLibrary:
    """The library as one program uses it: the files that were read are added to its `source`."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._read: dict[Path, dict[str, list[nodes.Macro]]] = {}

    def is_primitive(self, name: str) -> bool:
        """Tell whether a name is no macro's, but known to the compiler itself."""
        known = name in VALUE_NAMES or name in FUNCTIONS or name in AGGREGATIONS
        return known or ARGUMENT.fullmatch(name) is not None

    def macros(self, name: str) -> list[nodes.Macro]:
        """Return the library's macros of this name."""
        if self.is_primitive(name):
            return []
        return [macro for path in _index().get(name, ()) for macro in self._file(path).get(name, ())]

    def _file(self, path: Path) -> dict[str, list[nodes.Macro]]:
        if path not in self._read:
            try:
                program = parse(
                    self._source.add(f"library/{path.name}", path.read_text()), needs_probes=False
                )
            except ScriptError as failure:
                raise InternalError(f"the library's {path.name}: {failure}") from failure
            macros = self._read[path] = {}
            for macro in program.macros:
                macros.setdefault(macro.name, []).append(macro)
        return self._read[path]
