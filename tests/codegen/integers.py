"""The language's integer rules once more, in Python, and random expressions that follow them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

BITS = (8, 16, 32, 64)
ARGUMENTS = 4


@dataclass(frozen=True)
class Kind:
    """A type: an integer, or bool with 1 bit."""

    bits: int
    signed: bool

    def wrap(self, value: int) -> int:
        if self.bits == 1:
            return int(value != 0)
        value &= (1 << self.bits) - 1
        return value - (1 << self.bits) if self.signed and value >> (self.bits - 1) else value

    def __str__(self) -> str:
        return f"{'' if self.signed else 'u'}int{self.bits}" if self.bits > 1 else "bool"


BOOL, INT64, UINT64 = Kind(1, False), Kind(64, True), Kind(64, False)
KINDS = [Kind(bits, signed) for bits in BITS for signed in (False, True)]


@dataclass(frozen=True)
class Expression:
    """Its text, its type, what it yields for the arguments; `free`: made of literals and not negative."""

    text: str
    kind: Kind
    value: Callable[[tuple[int, ...]], int]
    free: bool = False

    @property
    def number(self) -> Kind:
        """The type with which it takes part in arithmetic."""
        return INT64 if self.kind == BOOL else self.kind


def literal(value: int) -> Expression:
    """The smallest signed type, above those uint64; free to take either sign."""
    signed = [Kind(bits, True) for bits in BITS if value < 1 << (bits - 1)]
    return Expression(str(value), signed[0] if signed else UINT64, lambda _: value, free=True)


def argument(index: int) -> Expression:
    return Expression(f"arg{index}", INT64, lambda arguments: INT64.wrap(arguments[index]))


def cast(operand: Expression, kind: Kind) -> Expression:
    return Expression(f"({kind})({operand.text})", kind, lambda a: kind.wrap(operand.value(a)))


def negated(operand: Expression) -> Expression:
    free = operand.free and INT64.wrap(-operand.value(())) >= 0
    return Expression(f"-({operand.text})", INT64, lambda a: INT64.wrap(-operand.value(a)), free)


def inverted(operand: Expression) -> Expression:
    kind = Kind(64, operand.number.signed)
    free = operand.free and kind.wrap(~operand.value(())) >= 0
    return Expression(f"~({operand.text})", kind, lambda a: kind.wrap(~operand.value(a)), free)


def denied(operand: Expression) -> Expression:
    return Expression(f"!({operand.text})", BOOL, lambda a: int(not operand.value(a)))


def truncated(left: int, right: int) -> int:
    """Division as in C, towards zero."""
    quotient = abs(left) // abs(right)
    return quotient if (left < 0) == (right < 0) else -quotient


ARITHMETIC: dict[str, Callable[[int, int], int]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "&": lambda left, right: left & right,
    "|": lambda left, right: left | right,
    "^": lambda left, right: left ^ right,
    "<<": lambda left, right: left << (right & 63),
    ">>": lambda left, right: left >> (right & 63),
    "/": lambda left, right: truncated(left, right) if right else 1,
    "%": lambda left, right: left - right * truncated(left, right) if right else 1,
}
COMPARISONS: dict[str, Callable[[int, int], bool]] = {
    "==": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}


def arithmetic(operator: str, left: Expression, right: Expression) -> Expression:
    """64 bits; signed for `-`, as the left side for shifts, else when a side is signed that is not free."""
    signs = {side.number.signed for side in (left, right) if not side.free}
    signed = operator == "-" or (left.number.signed if operator in {"<<", ">>"} else signs != {False})
    kind = Kind(64, signed)

    def value(arguments: tuple[int, ...]) -> int:
        sides = (kind.wrap(side.value(arguments)) for side in (left, right))
        return kind.wrap(ARITHMETIC[operator](*sides))

    free = left.free and right.free and value(()) >= 0
    if operator in {"/", "%"} and right.free and right.value(()) == 0:
        free = False  # only a value that is known is free, and this one comes with a warning
    return Expression(f"({left.text} {operator} {right.text})", kind, value, free)


def common(left: Expression, right: Expression) -> Kind:
    """The smallest type that holds both; int64 for uint64 and a signed one that is not free."""
    one, other = left.number, right.number
    if left.kind == right.kind:
        return left.kind
    if one.signed == other.signed:
        return max(one, other, key=lambda kind: kind.bits)
    signed, unsigned, free = (one, other, left.free) if one.signed else (other, one, right.free)
    if free:
        return Kind(max(signed.bits, unsigned.bits), False)
    return Kind(max(2 * unsigned.bits, signed.bits), True) if unsigned.bits < 64 else INT64


def comparison(operator: str, left: Expression, right: Expression) -> Expression:
    """As in C, uint64 and a signed integer are compared as uint64."""
    kind = common(left, right)
    if left.kind != right.kind and BOOL in (left.kind, right.kind):
        kind = INT64
    elif UINT64 in (left.kind, right.kind) and left.kind.signed != right.kind.signed:
        kind = UINT64

    def value(arguments: tuple[int, ...]) -> int:
        return int(COMPARISONS[operator](kind.wrap(left.value(arguments)), kind.wrap(right.value(arguments))))

    return Expression(f"({left.text} {operator} {right.text})", BOOL, value)


def logic(operator: str, left: Expression, right: Expression) -> Expression:
    def value(arguments: tuple[int, ...]) -> int:
        sides = (bool(left.value(arguments)), bool(right.value(arguments)))
        return int(all(sides) if operator == "&&" else any(sides))

    return Expression(f"({left.text} {operator} {right.text})", BOOL, value)


def ternary(condition: Expression, then: Expression, otherwise: Expression) -> Expression:
    kind = common(then, otherwise)
    return Expression(
        f"({condition.text} ? {then.text} : {otherwise.text})",
        kind,
        lambda a: kind.wrap((then if condition.value(a) else otherwise).value(a)),
    )


INTERESTING = (
    0,
    1,
    2,
    63,
    64,
    127,
    128,
    255,
    256,
    32767,
    32768,
    2**31 - 1,
    2**31,
    2**32,
    2**63 - 1,
    2**63,
    2**64 - 1,
)


def word(random: Random) -> int:
    return random.choice((random.choice(INTERESTING), random.getrandbits(64), random.getrandbits(8)))


def expression(random: Random, depth: int) -> Expression:
    """A random expression with operators in operators, `depth` of them at the most."""
    if depth == 0 or random.random() < 0.1:
        leaf = argument(random.randrange(ARGUMENTS))
        return random.choice((literal(word(random)), leaf, cast(leaf, random.choice(KINDS))))
    left = expression(random, depth - 1)
    choice = random.random()
    if choice < 0.15:
        return unary(random, left)
    if choice < 0.25:
        return cast(left, random.choice([*KINDS, BOOL]))
    right = expression(random, depth - 1)
    if choice < 0.65:
        return arithmetic(random.choice(list(ARITHMETIC)), left, right)
    if choice < 0.85:
        return comparison(random.choice(list(COMPARISONS)), left, right)
    if choice < 0.9:
        return logic(random.choice(("&&", "||")), left, right)
    # The arms of a ternary have one type, and bool is none of the integers.
    arms = [side if side.kind != BOOL else cast(side, random.choice(KINDS)) for side in (left, right)]
    return ternary(expression(random, depth - 1), *arms)


def unary(random: Random, operand: Expression) -> Expression:
    is_literal = operand.text.isdigit()  # -5 is a literal as well, of another type than -(5)
    return random.choice((inverted, denied) if is_literal else (inverted, denied, negated))(operand)


def values(random: Random) -> tuple[int, ...]:
    return tuple(word(random) for _ in range(ARGUMENTS))
