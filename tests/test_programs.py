"""The test programs themselves: what is not right without a tracer proves nothing with one."""

import pytest

from tests.programs.builder import KINDS

HERE = [kind for kind, recipe in KINDS.items() if recipe.runs_here and not kind.endswith("shared")]
SHAPES = (
    "frame_add plain_add marked_add jump_first red_zone call_first short_padded short_packed after_packed only_ret "
    "loop_entry loop_inside relative_load branch_first count_first flags_inside recursive tail_caller many_arguments "
    "sum_integers sum_doubles multiply blend long_multiply take_string make_pair make_large jumper witness"
).split()


@pytest.mark.parametrize("kind", HERE)
def test_functions(start, kind):
    target = start("functions", kind)
    for name in SHAPES:
        target.do(f"{name} 10")
    assert int(target.do("signals 200000")[0].split()[1]) >= 0


@pytest.mark.parametrize("kind", ["pie", "static", "musl"])
def test_threads(start, kind):
    target = start("threads", kind)
    for command in ("run 8 1000 10", "churn 4 8 10", "fork 3 10", "busy 8"):
        assert target.do(command) == []
    assert int(target.do("stop")[0].split()[1]) > 0


def test_exceptions(start):
    target = start("exceptions")
    target.do("throw 10 10")
    target.do("add 10")


def test_library(start, program):
    target = start("loader", "pie", str(program("library", "shared")))
    for command in ("load", "call 10", "unload"):
        target.do(command)


def test_a_wrong_result_is_told(start):
    target = start("functions")
    target.begin("no_such_command 1")
    assert target.read_line().startswith("hurt ")
    assert target.quit() == 1
