"""The syntax tree: frozen dataclasses, each with the exact span of the source that it stands for.

Nodes compare and hash by identity, so a node is a key: what later stages find out about it is kept in
tables of `TypedProgram` and never written into the tree.  After `expand`, several probes may share one
body (the same node objects), namely those that came from one block.

Naming in the source and here: `$x` Variable, `@x[k]` MapAccess, `comm` Builtin, `count()` Call.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import TypeAlias

from utrace.diagnostics import Diagnostic
from utrace.lazy_dataclass import dataclass
from utrace.source import Span


@dataclass(frozen=True, eq=False)
class Node:
    """Anything that stands at one place of the source."""

    span: Span


# ---------------------------------------------------------------- expressions


class Expression(Node):
    """A node with a value; its type is `TypedProgram.type_of(node)`."""


@dataclass(frozen=True, eq=False)
class Integer(Expression):
    """An integer literal, or a positional parameter or duration already turned into one."""

    value: int


@dataclass(frozen=True, eq=False)
class String(Expression):
    """A string literal; `value` has the escapes resolved and no NUL at the end."""

    value: bytes


@dataclass(frozen=True, eq=False)
class Boolean(Expression):
    """`true` or `false`."""

    value: bool


@dataclass(frozen=True, eq=False)
class Positional(Expression):
    """`$1`..., or `$#` as index 0; `expand` replaces every one by an Integer or a String."""

    index: int


@dataclass(frozen=True, eq=False)
class Builtin(Expression):
    """A bare name or `name()` without arguments that is a value: comm, pid, nsecs, arg0, retval ..."""

    name: str


@dataclass(frozen=True, eq=False)
class Variable(Expression):
    """`$name`; `name` has no dollar sign.  Which variable it is: `TypedProgram.variable_of(node)`.

    A macro's own variables have names that no script can have: `x#3`.
    """

    name: str

    @property
    def shown(self) -> str:
        """Return the name as it was written, with its dollar sign."""
        return f"${self.name.partition('#')[0]}"


@dataclass(frozen=True, eq=False)
class MapAccess(Expression):
    """`@name` or `@name[key]`; `name` has the `@`.  `@x[a, b]` has a Tuple as its key.

    As an argument of print, clear, zero, len, delete and has_key a bare `@name` is the map itself.
    """

    name: str
    key: Expression | None = None


@dataclass(frozen=True, eq=False)
class Call(Expression):
    """`name(arguments)`; `name_span` covers the name alone."""

    name: str
    name_span: Span
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, eq=False)
class Unary(Expression):
    """Operators `!`, `~`, `-`, `*` (dereference) and `&` (address-of, not supported yet)."""

    operator: str
    operand: Expression


@dataclass(frozen=True, eq=False)
class Increment(Expression):
    """`++x`, `x++`, `--x`, `x--` on a Variable or MapAccess; `operator` is `++` or `--`."""

    operator: str
    target: Variable | MapAccess
    is_prefix: bool


@dataclass(frozen=True, eq=False)
class Binary(Expression):
    """`left operator right`; `&&` and `||` do not evaluate the right side when the left one decides."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True, eq=False)
class Ternary(Expression):
    """`condition ? then : otherwise`; for `a ?: b` the fields `condition` and `then` are one object."""

    condition: Expression
    then: Expression
    otherwise: Expression


@dataclass(frozen=True, eq=False)
class TypeName(Node):
    """A type as written: `uint32`, `struct foo*`, `int32*[4]*`, `string[16]`, `typeof($x)[2]`.

    `name` is a word, `struct foo` (union, enum) or `typeof`, the only one with an `operand`.
    """

    name: str
    modifiers: tuple[str | int, ...] = ()
    """From left to right: `*`, the length of an array (a string's or buffer's size is its first one), -1 for `[]`."""
    operand: Expression | TypeName | None = None


@dataclass(frozen=True, eq=False)
class Cast(Expression):
    """`(type)operand`."""

    type_name: TypeName
    operand: Expression


@dataclass(frozen=True, eq=False)
class SizeOf(Expression):
    """`sizeof(type)` or `sizeof(expression)`: a constant, the operand is not executed.

    A bare name in the parentheses is a Builtin, which may mean a type.
    """

    operand: Expression | TypeName


@dataclass(frozen=True, eq=False)
class OffsetOf(Expression):
    """`offsetof(type, a.b)` or `offsetof(expression, a.b)`: a constant."""

    operand: Expression | TypeName
    path: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class TypeInfo(Expression):
    """`typeinfo(type)` or `typeinfo(expression)`: a record about a type."""

    operand: Expression | TypeName


@dataclass(frozen=True, eq=False)
class TypeArgument(Expression):
    """`typeof(...)` as an argument of a macro."""

    type_name: TypeName


@dataclass(frozen=True, eq=False)
class Comptime(Expression):
    """`comptime expression`, which must be known at compile time."""

    operand: Expression


@dataclass(frozen=True, eq=False)
class BlockExpression(Expression):
    """`{ statements; value }`: a scope with a value.

    `if c { 1 } else { 2 }` as an expression is a Ternary whose arms are blocks.
    """

    statements: tuple[Statement, ...]
    value: Expression


@dataclass(frozen=True, eq=False)
class RecordField(Node):
    """`name = value` of a record."""

    name: str
    value: Expression


@dataclass(frozen=True, eq=False)
class Record(Expression):
    """`(a = 1, b = 2)`."""

    fields: tuple[RecordField, ...]


@dataclass(frozen=True, eq=False)
class Tuple(Expression):
    """`(a, b)`, `(a,)`, `()` or the comma list in a map's brackets."""

    elements: tuple[Expression, ...]


@dataclass(frozen=True, eq=False)
class Field(Expression):
    """`operand.name` or `operand->name`; a tuple's element has a number as its name (`$t.0`)."""

    operand: Expression
    name: str


@dataclass(frozen=True, eq=False)
class Index(Expression):
    """`operand[index]` on anything but a map."""

    operand: Expression
    index: Expression


# ---------------------------------------------------------------- statements


class Statement(Node):
    """A node that is run for its effect."""


@dataclass(frozen=True, eq=False)
class Block(Statement):
    """`{ statements }`: a scope of its own for scratch variables."""

    statements: tuple[Statement, ...]
    ends_with_value: bool = False
    """The last statement is an expression without `;`, which is the block's value where a value is wanted."""


@dataclass(frozen=True, eq=False)
class ExpressionStatement(Statement):
    """An expression run for its effect; `is_discard` for `_ = expression`."""

    expression: Expression
    is_discard: bool = False


@dataclass(frozen=True, eq=False)
class Assign(Statement):
    """`target operator value`, with an operator such as `=` or `+=`.

    Aggregations are this node too: the value is a Call whose name is in `types.AGGREGATIONS`.
    """

    target: Variable | MapAccess
    operator: str
    value: Expression


@dataclass(frozen=True, eq=False)
class Let(Statement):
    """`let $x`, `let $x = value`, `let $x: type = value`; a variable without a value reads as 0."""

    target: Variable
    type_name: TypeName | None
    value: Expression | None


@dataclass(frozen=True, eq=False)
class If(Statement):
    """`if condition { } else { }`; an `else if` is a Block with one If."""

    condition: Expression
    then: Block
    otherwise: Block | None


@dataclass(frozen=True, eq=False)
class While(Statement):
    """`while condition { }`."""

    condition: Expression
    body: Block


@dataclass(frozen=True, eq=False)
class Unroll(Statement):
    """`unroll (count) { }`: the body `typed.constant_of(count)` times over, 1 to 100."""

    head: Span
    """What is before the body."""
    count: Expression
    body: Block


@dataclass(frozen=True, eq=False)
class ForRange(Statement):
    """`for $i : start..stop { }`: half-open, bounds evaluated once; `$i` belongs to the body's scope."""

    target: Variable
    start: Expression
    stop: Expression
    body: Block


@dataclass(frozen=True, eq=False)
class ForMap(Statement):
    """`for $kv : @map { }`: once per entry, `$kv` is the tuple of key and value."""

    target: Variable
    map: MapAccess
    body: Block


@dataclass(frozen=True, eq=False)
class Jump(Statement):
    """`break`, `continue` or `return [value]`; `keyword` says which."""

    keyword: str
    value: Expression | None = None


# ---------------------------------------------------------------- top level


@dataclass(frozen=True)
class ProbeSite:
    """Where a uprobe goes: a function of a binary, as the target's symbol table has it."""

    path: str
    function: str
    """Name of the symbol, `""` when an address belongs to none."""
    offset: int
    """Bytes from the start of the function, or, without a function, the address in the file's own
    numbering (the symbol-table's, not the file offset)."""
    label: str = ""
    """The name to show for it (demangled, quoted ...); `""` means the function's own name."""
    demangled: str = ""
    """What the symbol of a C++ function means, `""` for others, and when names are not to be demangled."""

    @property
    def function_shown(self) -> str:
        """Return the value of the builtin `func`: a name as stacks show it."""
        return self.label or self.demangled or self.function


@dataclass(frozen=True, eq=False)
class AttachPoint(Node):
    """One attach point, taken apart; `text` is what the script has.

    `provider` is the long lower-case name (`uprobe` for `u`).  For uprobes: `target` the binary,
    `function` a name or pattern, `offset` bytes behind it, or `address` instead of both.  For intervals:
    `period_ns`, and `target` is the rate as written.  `site` is set by `expand`, which makes one probe of each match.
    """

    text: str
    provider: str
    target: str = ""
    function: str = ""
    offset: int = 0
    address: int | None = None
    language: str = ""
    """`cpp` or `rust` when the function is given as a demangled name of that language."""
    is_exact: bool = False
    """The function was quoted: no wildcards in it."""
    source_file: str = ""
    """A line of this source file is meant, instead of a function or address: `BINARY@file.c:12`."""
    source_line: int = 0
    source_column: int = 0
    """0 when only the line is given."""
    period_ns: int = 0
    site: ProbeSite | None = None

    @property
    def name(self) -> str:
        """Return the full name that the builtin `probe` gives, as in `uprobe:/bin/sh:main+4`."""
        if self.site is None:
            return f"{self.provider}:{self.target}" if self.target else self.provider
        site = self.site
        if not site.function:
            return f"{self.provider}:{site.path}:{site.offset:#x}"
        offset = f"+{site.offset}" if site.offset else ""
        return f"{self.provider}:{site.path}:{site.label or site.function}{offset}"


@dataclass(frozen=True, eq=False)
class Probe(Node):
    """One action block: attach points (after `expand` exactly one), predicate and body."""

    attach_points: tuple[AttachPoint, ...]
    predicate: Expression | None
    body: Block


@dataclass(frozen=True, eq=False)
class Setting(Node):
    """`name = value` of the config block; the value is an Integer, Boolean or a String (also bare names)."""

    name: str
    value: Integer | String | Boolean


@dataclass(frozen=True, eq=False)
class Import(Node):
    """`import "path";`."""

    path: str


@dataclass(frozen=True, eq=False)
class MapDeclaration(Node):
    """`let @name = kind(entries);`, the kind being hash, lruhash, percpuhash or percpulruhash."""

    name: str
    kind: str
    entries: int


@dataclass(frozen=True, eq=False)
class Macro(Node):
    """`macro name(parameters) { body }`; `name_span` covers the name alone.

    A parameter is a Variable or MapAccess (passed by name) or a Builtin (any expression).
    """

    name: str
    name_span: Span
    parameters: tuple[Variable | MapAccess | Builtin, ...]
    body: Block


@dataclass(frozen=True, eq=False)
class Parameter(Node):
    """`$name : type` of a function."""

    target: Variable
    type_name: TypeName


@dataclass(frozen=True, eq=False)
class Function(Node):
    """`fn name(parameters) : result { body }`; without a result it yields nothing."""

    name: str
    parameters: tuple[Parameter, ...]
    result: TypeName | None
    body: Block


@dataclass(frozen=True, eq=False)
class Program(Node):
    """A whole script."""

    settings: tuple[Setting, ...]
    probes: tuple[Probe, ...]
    warnings: tuple[Diagnostic, ...] = ()
    """Diagnostics of severity WARNING that the stages so far have produced."""
    c_part: str = ""
    """The C items (`#include`, `#define`, struct, union, enum, typedef), each on its own lines of the script."""
    imports: tuple[Import, ...] = ()
    map_declarations: tuple[MapDeclaration, ...] = ()
    macros: tuple[Macro, ...] = ()
    functions: tuple[Function, ...] = ()


AnyLoop: TypeAlias = While | Unroll | ForRange | ForMap


def children(node: Node) -> Iterator[Node]:
    """Yield the nodes directly below a node, in the order of the source."""
    for member in fields(node):
        value = getattr(node, member.name)
        if isinstance(value, Node):
            yield value
        elif isinstance(value, tuple):
            yield from (item for item in value if isinstance(item, Node))


def walk(node: Node) -> Iterator[Node]:
    """Yield a node and everything below it."""
    pending = [node]
    while pending:
        found = pending.pop()
        yield found
        pending.extend(children(found))
