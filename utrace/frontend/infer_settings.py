"""`config().max_strlen`: settings as constants."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from utrace.frontend import nodes
from utrace.frontend.config import Config
from utrace.frontend.types import BOOL, UINT64, StringType, Type

if TYPE_CHECKING:
    from utrace.frontend.infer_expressions import ExpressionTyper

SETTINGS = frozenset(field.name for field in fields(Config)) - {"dummy_ts_map"}


def is_config(node: nodes.Expression) -> bool:
    """Tell whether an expression is `config` or `config()`."""
    match node:
        case nodes.Builtin(name="config") | nodes.Call(name="config", arguments=()):
            return True
    return False


def setting(expressions: ExpressionTyper, node: nodes.Field) -> Type | None:
    """Return the type of a setting, and enter its value."""
    if node.name not in SETTINGS:
        expressions.facts.error(node.span, f"{node.name}: not a known configuration option")
        return None
    value = getattr(expressions.facts.config, node.name)
    if isinstance(value, str):
        text = value.encode()
        expressions.enter_constant(node, text)
        return StringType(len(text) + 1)
    expressions.enter_constant(node, int(value))
    return BOOL if isinstance(value, bool) else UINT64
