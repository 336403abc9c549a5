"""Warnings under -k: a helper that fails sends an event that names the place in the script.

The frame tells of every helper's call; the place is the innermost node being compiled for which inference has entered a
warning about that helper (`frontend.helper_errors`).
"""

from __future__ import annotations

import errno
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from llvmlite import ir

from utrace.backend import codegen_event
from utrace.backend.codegen_frame import I64, PTR
from utrace.frontend import nodes
from utrace.frontend.helper_errors import HELPERS, LOOKUP, READ, READ_STRING, UPDATE

if TYPE_CHECKING:
    from utrace.backend.codegen_probe import ProbeCompiler


class HelperWarnings:
    """Sends the warnings of one program; does nothing without -k."""

    def __init__(self, p: ProbeCompiler) -> None:
        self._p = p
        self._nodes: list[nodes.Node] = []
        if p.typed.helper_errors:
            p.frame.watch = self._check
            self._maps = {id(p.frame.globals.map(info)) for info in p.typed.maps}

    @contextmanager
    def blaming(self, node: nodes.Node) -> Iterator[None]:
        """Take helpers called by the code of the `with` block for part of a node."""
        self._nodes.append(node)
        yield
        self._nodes.pop()

    def _check(self, helper: str, arguments: Sequence[ir.Value], result: ir.Value) -> None:
        p = self._p
        if helper not in HELPERS or not self._is_of_script(helper, arguments):
            return
        errors = p.typed.helper_errors
        event = next(
            (errors[node, helper] for node in reversed(self._nodes) if (node, helper) in errors), None
        )
        if event is None:
            return
        with p.builder.if_then(self._has_failed(helper, result), likely=False):
            codegen_event.send_code(p, event, I64(0) if helper == LOOKUP else result)

    def _is_of_script(self, helper: str, arguments: Sequence[ir.Value]) -> bool:
        return helper in (READ, READ_STRING) or id(arguments[0]) in self._maps

    def _has_failed(self, helper: str, result: ir.Value) -> ir.Value:
        builder = self._p.builder
        if helper == LOOKUP:
            return builder.icmp_unsigned("==", result, PTR(None))
        failed = builder.icmp_signed("<", result, I64(0))
        if helper == UPDATE:
            # An entry that somebody else has made in between is as good.
            return builder.and_(failed, builder.icmp_signed("!=", result, I64(-errno.EEXIST)))
        return failed
