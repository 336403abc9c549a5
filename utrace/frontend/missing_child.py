"""A script that asks for the process that it was to start, when it starts none."""

from __future__ import annotations

from dataclasses import replace

from utrace.diagnostics import warning
from utrace.frontend import nodes


def warn_of_missing_child(program: nodes.Program) -> nodes.Program:
    """Return the program with a warning for each use of `cpid`, which is 0 without -c."""
    uses = [node for node in nodes.walk(program) if isinstance(node, nodes.Builtin) and node.name == "cpid"]
    found = [warning(use.span, "cpid is 0: no command was given with -c") for use in uses]
    return replace(program, warnings=(*program.warnings, *found)) if found else program
