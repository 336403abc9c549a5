"""Features that may still change: a script says in its config whether it means to use them."""

from __future__ import annotations

from dataclasses import replace

from utrace.diagnostics import error, warning
from utrace.errors import ScriptError
from utrace.frontend import nodes
from utrace.frontend.config import Config


def check_typeinfo(program: nodes.Program, config: Config) -> nodes.Program:
    """Return the program with a warning if it uses typeinfo(); raise ScriptError where the config forbids that.

    The program is the script's own part: what the library does is our business.
    """
    uses = [node.span for node in nodes.walk(program) if isinstance(node, nodes.TypeInfo)]
    if not uses or config.unstable_typeinfo == "enable":
        return program
    if config.unstable_typeinfo == "error":
        message = "typeinfo feature is not enabled by default."
        advice = "To enable this unstable feature, set the config flag to enable. unstable_typeinfo=enable"
        raise ScriptError([error(min(uses), f"{message} {advice}")])
    message = "Script is using an unstable feature: typeinfo."
    advice = (
        "To prevent this warning you must explicitly enable it in the config e.g. unstable_typeinfo=enable"
    )
    return replace(program, warnings=(*program.warnings, warning(min(uses), f"{message} {advice}")))
