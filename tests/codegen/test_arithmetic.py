"""Random integer expressions against a model of the language's rules."""

from __future__ import annotations

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.codegen.integers import Expression, expression, values
from tests.codegen.printing import compile_with, run_compiled
from utrace.frontend.infer_operators import DIVISION_BY_ZERO

SEEDS = st.integers(0, 2**32 - 1)


def _shown(expression: Expression, arguments: tuple[int, ...]) -> str:
    value = expression.value(arguments)
    if expression.kind.bits == 1:
        return "true" if value else "false"
    return str(value)


@settings(max_examples=60, deadline=None)
@given(SEEDS)
def test_expressions(seed: int) -> None:
    random = Random(seed)
    expressions = [expression(random, 3) for _ in range(5)]
    compiled = compile_with("", " ".join(f"print({each.text});" for each in expressions))
    for arguments in (values(random) for _ in range(6)):
        lines = [line for line in run_compiled(compiled, arguments) if line != DIVISION_BY_ZERO]
        assert lines == [_shown(each, arguments) for each in expressions]


@settings(max_examples=30, deadline=None)
@given(SEEDS)
def test_types(seed: int) -> None:
    """A tuple keeps the type of what is in it, and sizeof() tells it."""
    random = Random(seed)
    expressions = [expression(random, 2) for _ in range(5)]
    parts = [
        f"$v{index} = ({each.text}, 1); print($v{index}.0); print(sizeof({each.text}));"
        for index, each in enumerate(expressions)
    ]
    compiled = compile_with("", " ".join(parts))
    for arguments in (values(random) for _ in range(3)):
        lines = [line for line in run_compiled(compiled, arguments) if line != DIVISION_BY_ZERO]
        expected = [(_shown(each, arguments), str(max(each.kind.bits // 8, 1))) for each in expressions]
        assert lines == [line for pair in expected for line in pair]
