"""Random integer expressions against a model of the language's rules."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.codegen.integers import EXPRESSIONS, VALUES, Expression
from tests.codegen.printing import compile_with, run_compiled
from utrace.frontend.infer_operators import DIVISION_BY_ZERO


def _shown(expression: Expression, arguments: tuple[int, ...]) -> str:
    value = expression.value(arguments)
    if expression.kind.bits == 1:
        return "true" if value else "false"
    return str(value)


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(EXPRESSIONS, min_size=1, max_size=5), st.lists(VALUES, min_size=1, max_size=6))
def test_expressions(expressions: list[Expression], hits: list[tuple[int, ...]]) -> None:
    compiled = compile_with("", " ".join(f"print({expression.text});" for expression in expressions))
    for arguments in hits:
        lines = [line for line in run_compiled(compiled, arguments) if line != DIVISION_BY_ZERO]
        assert lines == [_shown(expression, arguments) for expression in expressions]


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(EXPRESSIONS, min_size=1, max_size=4), st.lists(VALUES, min_size=1, max_size=4))
def test_types(expressions: list[Expression], hits: list[tuple[int, ...]]) -> None:
    """The same through a variable, a tuple and an array, which keep the type."""
    parts = []
    for index, expression in enumerate(expressions):
        name = f"$v{index}"
        parts.append(f"{name} = ({expression.text}, 1); print({name}.0); print(sizeof({expression.text}));")
    compiled = compile_with("", " ".join(parts))
    for arguments in hits:
        lines = [line for line in run_compiled(compiled, arguments) if line != DIVISION_BY_ZERO]
        sizes = [str(max(expression.kind.bits // 8, 1)) for expression in expressions]
        values = [_shown(expression, arguments) for expression in expressions]
        assert lines == [line for pair in zip(values, sizes, strict=True) for line in pair]
