"""Random scripts that keep to the grammar; `Random` may be hypothesis's own, which then finds small examples.

With `mostly_right` types and names are chosen so that many scripts compile; otherwise anything goes anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

INTEGERS = (
    "0 1 2 7 64 127 255 0x10 0xffffffffffffffff 0b101 017 1e6 1_000 5ms 1s 42u 9223372036854775807".split()
)
STRINGS = [
    '"a"',
    '""',
    '"\\n\\x41"',
    '"\\"q\\""',
    '"// no comment"',
    '"{"',
    '"%d"',
    '"longer than the others"',
]
NAMES = "pid tid comm nsecs cpu uid elapsed arg0 arg1 retval func probe rand ncpus foo bar".split()
INTEGER_NAMES = "pid tid nsecs cpu uid gid elapsed arg0 arg1 rand ncpus".split()
TYPES = (
    "int8,uint8,int16,uint32,int64,uint64,bool,string,string[8],int8[4],struct_s*,uint8*,int32*[2]*,struct s,"
    "struct s*,enum e,foo_t,typeof($x),typeof(1),buffer[4]"
).split(",")
CAST_TYPES = ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "bool"]
BINARY = "+ - * / % & | ^ << >> == != < <= > >= && ||".split()
ASSIGNMENTS = "= = = += -= *= /= %= &= |= ^= <<= >>=".split()
AGGREGATIONS = [
    "count()",
    "sum(1)",
    "sum(-2)",
    "min(3)",
    "max(4)",
    "avg(5)",
    "stats(6)",
    "hist(7)",
    "hist(7, 2)",
]
ATTACH_POINTS = [
    "begin",
    "end",
    "BEGIN",
    "interval:s:1",
    "i:ms:10",
    "uprobe:/bin/app:main",
    "u:/bin/app:read_*",
]
GAPS = [" "] * 12 + ["\n", "\n\n\n", "\t", " /* c */ ", " // c\n", "\n// d\n\n", "/* * e\n   * f */"]

Fragment = list[str]
"""Tokens, between which anything that separates may stand."""


class ProgramMaker:
    """Makes one script after the other."""

    def __init__(self, random: Random, *, mostly_right: bool = False) -> None:
        self._random = random
        self._right = mostly_right
        self._depth = 0

    def script(self) -> str:
        """Return a script: a few probes, sometimes with other things in front."""
        items: list[Fragment] = []
        if self._chance(5):
            items.append(["struct s { int a; char b[8]; };" if self._right else "#define N 3\n"])
        if self._chance(8):
            items.append(["config =", "{", "max_strlen", "=", "64", ";", "}"])
        items += [self._definition() for _ in range(self._random.randint(0, 2)) if self._chance(3)]
        items += [self._probe() for _ in range(self._random.randint(1, 2))]
        return "\n".join(self.join(item) for item in items)

    def join(self, tokens: Sequence[str]) -> str:
        """Return tokens with blanks or, now and then, comments between them."""
        if self._right or self._chance(2):
            return " ".join(tokens)
        return "".join(token + self._one(GAPS) for token in tokens)

    # ------------------------------------------------------------ choosing

    def _one(self, options: Sequence[str]) -> str:
        return self._random.choice(options)

    def _chance(self, of: int) -> bool:
        return self._random.randint(1, of) == 1

    def _any(self, *makers: Callable[[], Fragment]) -> Fragment:
        """Return what one of the makers makes: the first ones are for when it has become deep enough."""
        count = len(makers) if self._depth < 5 else 2
        self._depth += 1
        try:
            return makers[self._random.randrange(count)]()
        finally:
            self._depth -= 1

    # ------------------------------------------------------------ top level

    def _definition(self) -> Fragment:
        name = self._one(["m", "n", "twice"])
        parameters = self._one(["", "$a", "x", "$a, @m, x", "x, y"])
        if self._chance(6):
            return ["let @m =", "hash", "(", "10", ")", ";"]
        if self._chance(5):
            return [f"fn {name}($x :", "int64", ")", ":", "int64", *self._block()]
        return [f"macro {name}({parameters})", *self._block_with_value()]

    def _probe(self) -> Fragment:
        points = [self._one(ATTACH_POINTS) for _ in range(self._random.choice([1, 1, 1, 2]))]
        # A colon would go on with the attach point: only blanks end it.
        tokens = [f"{point} " if point == points[-1] else f"{point} ," for point in dict.fromkeys(points)]
        if self._chance(5):
            tokens += ["/", *self._integer(), "/"]
        return [*tokens, *self._block()]

    def _block(self) -> Fragment:
        count = self._random.randint(0, 3)
        return ["{", *(token for _ in range(count) for token in self._any(*self._statements)), "}"]

    def _block_with_value(self) -> Fragment:
        return [*self._block()[:-1], *self._expression(), "}"]

    # ------------------------------------------------------------ statements

    @property
    def _statements(self) -> tuple[Callable[[], Fragment], ...]:
        return (
            self._assignment,
            self._call_statement,
            self._assignment,
            self._aggregation,
            self._call_statement,
            self._let,
            self._if,
            self._loop,
            self._jump,
            self._inner_block,
            self._increment,
        )

    def _target(self) -> Fragment:
        name = self._one(["$x", "$y", "@a", "@b", "@"])
        if name.startswith("@") and self._chance(3):
            return [name, "[", *self._arguments(), "]"]
        return [name]

    def _assignment(self) -> Fragment:
        operator = "=" if self._right and not self._chance(4) else self._one(ASSIGNMENTS)
        target = ["_"] if self._chance(12) else self._target()
        return [*target, "=" if target == ["_"] else operator, *self._value(), ";"]

    def _aggregation(self) -> Fragment:
        key = ["[", *self._arguments(), "]"] if self._chance(2) else []
        return [self._one(["@c", "@d"]), *key, "=", self._one(AGGREGATIONS), ";"]

    def _call_statement(self) -> Fragment:
        call = self._random.choice(
            [
                lambda: ["print", "(", *self._value(), ")"],
                lambda: ["printf", "(", '"%d %s\\n"', ",", *self._integer(), ",", *self._value(), ")"],
                lambda: [self._one(["clear", "print", "zero"]), "(", self._one(["@a", "@b", "@c"]), ")"],
                lambda: ["delete", "(", "@a", ",", *self._expression(), ")"],
                lambda: ["exit", "(", ")"],
                self._call,
            ]
        )
        return [*call(), ";"]

    def _let(self) -> Fragment:
        type_name = [":", self._one(CAST_TYPES if self._right else TYPES[:9])] if self._chance(3) else []
        value = ["=", *self._value()] if self._chance(2) else []
        return ["let", self._one(["$x", "$y", "$z"]), *type_name, *value, ";"]

    def _if(self) -> Fragment:
        otherwise: Fragment = []
        if self._chance(2):
            otherwise = ["else", *(self._if() if self._chance(4) else self._block())]
        return ["if", "(", *self._integer(), ")", *self._block(), *otherwise]

    def _loop(self) -> Fragment:
        body = self._block()
        return self._random.choice(
            [
                lambda: ["while", "(", *self._integer(), ")", *body],
                lambda: ["unroll", "(", self._one(["1", "3", "$1"]), ")", *body],
                lambda: ["for", "(", "$i", ":", "0", "..", *self._integer(), ")", *body],
                lambda: ["for", "$kv", ":", self._one(["@a", "@b", "@c"]), *body],
            ]
        )()

    def _jump(self) -> Fragment:
        return [self._one(["break", "continue", "return"]), ";"]

    def _inner_block(self) -> Fragment:
        return self._block()

    def _increment(self) -> Fragment:
        operator = self._one(["++", "--"])
        return [operator, *self._target(), ";"] if self._chance(2) else [*self._target(), operator, ";"]

    # ------------------------------------------------------------ expressions

    def _value(self) -> Fragment:
        if self._chance(12):
            return ["if", *self._integer(), *self._block_with_value(), "else", *self._block_with_value()]
        if self._chance(15):
            return self._block_with_value()
        return self._expression()

    def _expression(self) -> Fragment:
        if self._right and not self._chance(4):
            return self._integer()
        return self._any(
            self._literal,
            self._name,
            self._target,
            self._binary,
            self._unary,
            self._call,
            self._ternary,
            self._cast,
            self._tuple,
            self._record,
            self._access,
            self._parentheses,
            self._about_types,
        )

    def _integer(self) -> Fragment:
        if not self._right:
            return self._expression()
        return self._any(
            lambda: [self._one(INTEGERS)],
            lambda: [self._one(INTEGER_NAMES)],
            lambda: [self._one(["$x", "$y"])],
            lambda: ["(", *self._integer(), self._one(BINARY), *self._integer(), ")"],
            lambda: [self._one(["-", "~", "!"]), *self._integer()],
            lambda: ["(", self._one(CAST_TYPES), ")", *self._integer()],
            lambda: ["(", *self._integer(), "?", *self._integer(), ":", *self._integer(), ")"],
            lambda: ["@a"],
            lambda: ["(", "comm", "==", self._one(STRINGS), ")"],
        )

    def _literal(self) -> Fragment:
        return [self._one([*INTEGERS, *STRINGS, "true", "false", "$1", "$#"])]

    def _name(self) -> Fragment:
        return [self._one(NAMES)]

    def _binary(self) -> Fragment:
        return [*self._expression(), self._one(BINARY), *self._expression()]

    def _unary(self) -> Fragment:
        return [self._one(["-", "~", "!", "*", "&"]), *self._parentheses()]

    def _arguments(self) -> Fragment:
        tokens = self._expression()
        while self._chance(3):
            tokens += [",", *self._expression()]
        return tokens

    def _call(self) -> Fragment:
        name = self._one("str len has_key buf strlen reg ustack usym m n twice strftime nsecs kstack".split())
        arguments = self._arguments() if self._chance(2) else []
        return [name, "(", *arguments, ")"]

    def _ternary(self) -> Fragment:
        if self._chance(4):
            return ["(", *self._expression(), "?:", *self._expression(), ")"]
        return ["(", *self._expression(), "?", *self._expression(), ":", *self._expression(), ")"]

    def _cast(self) -> Fragment:
        return ["(", self._one(TYPES), ")", *self._parentheses()]

    def _tuple(self) -> Fragment:
        return ["(", *self._expression(), ",", *(self._arguments() if self._chance(2) else []), ")"]

    def _record(self) -> Fragment:
        return [
            "(",
            "a",
            "=",
            *self._value(),
            *([",", "b", "=", *self._value()] if self._chance(2) else []),
            ")",
        ]

    def _access(self) -> Fragment:
        operand = self._random.choice([self._target, self._parentheses])()
        return [*operand, *self._random.choice([[".", "a"], [".", "0"], ["->", "b"], ["[", "1", "]"]])]

    def _parentheses(self) -> Fragment:
        return ["(", *self._value(), ")"]

    def _about_types(self) -> Fragment:
        return self._random.choice(
            [
                lambda: ["sizeof", "(", self._one(CAST_TYPES), ")"],
                lambda: ["sizeof", "(", *self._expression(), ")"],
                lambda: ["offsetof", "(", "struct s", ",", "b", ")"],
                lambda: ["(", "comptime", *self._expression(), ")"],
                lambda: ["typeinfo", "(", *self._expression(), ")"],
            ]
        )()
