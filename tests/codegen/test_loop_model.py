"""Random nests of loops, with break, continue, return and functions, against a Python model of them."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.codegen.compiling import compile_script, number

ELEMENTS = {1: 10, 2: 20, 3: 30}
MOST_DEPTH = 3


class Leave(Exception):
    """Break, Continue or Return, as the model meets them."""


@dataclass(frozen=True)
class Jump:
    keyword: str
    at: int

    def text(self, depth: int) -> str:
        return f"if ($n % 7 == {self.at}) {{ {self.keyword}; }}"

    def run(self, state: dict[str, int], depth: int) -> None:
        if state["n"] % 7 == self.at:
            raise Leave(self.keyword)


@dataclass(frozen=True)
class Add:
    amount: int
    uses_loop: bool

    def text(self, depth: int) -> str:
        return f"$n += {f'$v{depth}.1' if self.uses_loop and depth else self.amount};"

    def run(self, state: dict[str, int], depth: int) -> None:
        state["n"] += state[f"v{depth}"] if self.uses_loop and depth else self.amount


@dataclass(frozen=True)
class Call:
    argument: int

    def text(self, depth: int) -> str:
        return f"$n += sum_above({self.argument});"

    def run(self, state: dict[str, int], depth: int) -> None:
        total = 0
        for key, value in ELEMENTS.items():
            if key > self.argument:
                total += value
            if key == 3 and total > 40:
                total = 41
                break
        state["n"] += total


@dataclass(frozen=True)
class Loop:
    kind: str
    rounds: int
    body: tuple[object, ...]

    def text(self, depth: int) -> str:
        inner = depth + 1
        body = " ".join(statement.text(inner) for statement in self.body)
        if self.kind == "map":
            return f"for ($v{inner} : @m) {{ {body} }}"
        # A tuple, as the element of a map is.
        stop = {"short": str(self.rounds), "long": f"arg0 + {self.rounds}"}[self.kind]
        return f"for ($i{inner} : 0..{stop}) {{ $v{inner} = ($i{inner}, $i{inner} * 3); {body} }}"

    def run(self, state: dict[str, int], depth: int) -> None:
        values = ELEMENTS.values() if self.kind == "map" else [3 * number for number in range(self.rounds)]
        for value in values:
            state[f"v{depth + 1}"] = value
            try:
                for statement in self.body:
                    statement.run(state, depth + 1)
            except Leave as leave:
                if leave.args[0] == "return":
                    raise
                if leave.args[0] == "break":
                    break


LEAVES = st.one_of(
    st.builds(Jump, st.sampled_from(["break", "continue", "return"]), st.integers(0, 6)),
    st.builds(Add, st.integers(1, 9), st.booleans()),
    st.builds(Call, st.integers(0, 3)),
)


def loops(depth: int) -> st.SearchStrategy[Loop]:
    inner = LEAVES if depth == MOST_DEPTH else st.one_of(LEAVES, loops(depth + 1))
    body = st.lists(inner, min_size=1, max_size=3).map(tuple)
    return st.builds(Loop, st.sampled_from(["map", "map", "short", "long"]), st.integers(0, 4), body)


FUNCTION = """
    fn sum_above($least : int64) : int64 {
        $total = (int64)0;
        for ($kv : @m) {
            if ($kv.0 > $least) { $total += $kv.1; }
            if ($kv.0 == 3 && $total > 40) { return 41; }
        }
        return $total;
    }
    """


@settings(max_examples=25, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(st.lists(loops(1), min_size=1, max_size=2))
def test_nests(program: list[Loop]) -> None:
    fill = " ".join(f"@m[{key}] = {value};" for key, value in ELEMENTS.items())
    body = " ".join(f"{loop.text(0)} @n = $n;" for loop in program)
    script = f"{FUNCTION} uprobe:/bin/target:function {{ {fill} $n = (int64)0; @n = $n; {body} @done = 1; }}"
    state, at_end, is_done = {"n": 0}, 0, True
    try:
        for loop in program:
            loop.run(state, 0)
            at_end = state["n"]
    except Leave:
        is_done = False
    compiled = compile_script(script)
    machine = compiled.machine()
    compiled.hit(machine)
    assert number(machine.entries("AT_n")[bytes(4)][:8]) == at_end, script
    assert number(machine.entries("AT_done")[bytes(4)][:1]) == is_done, script
