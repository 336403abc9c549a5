"""What each grammar rule becomes: one method per action name of grammar.lark."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple, TypeAlias

from utrace.diagnostics import Diagnostic, error
from utrace.errors import ScriptError
from utrace.frontend import nodes
from utrace.frontend.attach_points import parse_attach_point, unparsed_attach_point
from utrace.frontend.c_items import join_c_items
from utrace.frontend.lexer import Token
from utrace.frontend.literals import integer_value, string_value
from utrace.source import Span

PRECEDENCE = {
    operator: level
    for level, operators in enumerate(
        (
            ("||",),
            ("&&",),
            ("|",),
            ("^",),
            ("&",),
            ("==", "!="),
            ("<", "<=", ">", ">="),
            ("<<", ">>"),
            ("+", "-"),
            ("*", "/", "%"),
        )
    )
    for operator in operators
}
"""Higher binds tighter; all are left-associative."""


class ConfigBlock(NamedTuple):
    """`config = { settings }`."""

    span: Span
    settings: tuple[nodes.Setting, ...]


class CItem(NamedTuple):
    """A directive or definition of C."""

    span: Span


TopLevel: TypeAlias = (
    CItem | ConfigBlock | nodes.Import | nodes.MapDeclaration | nodes.Macro | nodes.Function | nodes.Probe
)

_ORDER: dict[type, int] = {
    CItem: 0,
    ConfigBlock: 1,
    nodes.Import: 1,
    nodes.MapDeclaration: 2,
    nodes.Macro: 2,
    nodes.Function: 2,
    nodes.Probe: 2,
}
_RANK_NAMES = ("C definitions", "config and import", "probes, macros, functions and map declarations")


def value_of(statement: nodes.If | nodes.Block) -> nodes.Expression:
    """Turn an `if` or a block into the expression that it is; ScriptError where it has no value."""
    if isinstance(statement, nodes.If):
        if statement.otherwise is None:
            raise ScriptError([error(statement.span, "An if that is used as a value needs an else")])
        then, otherwise = value_of(statement.then), value_of(statement.otherwise)
        return nodes.Ternary(statement.span, statement.condition, then, otherwise)
    last = statement.statements[-1] if statement.statements else None
    if statement.ends_with_value and isinstance(last, nodes.ExpressionStatement):
        value = last.expression
    elif isinstance(last, nodes.If | nodes.Block):
        value = value_of(last)
    else:
        hint = "its value is its last expression, without a semicolon"
        raise ScriptError([error(statement.span, "This block has no value", hint)])
    return nodes.BlockExpression(statement.span, statement.statements[:-1], value)


class NodeBuilder:
    """Builds nodes bottom up from tokens of `text`; values that are wrong in themselves are collected in `errors`.

    The first character of the text has the number `base`.  With `as_written`, attach points are not taken apart:
    a script can be laid out that can't run here.
    """

    def __init__(self, text: str, base: int = 0, *, as_written: bool = False) -> None:
        self._text = text
        self._base = base
        self._attach_point = unparsed_attach_point if as_written else parse_attach_point
        self.errors: list[Diagnostic] = []
        self.items: tuple[TopLevel, ...] = ()
        """What stands at the top level, in the order of the source."""

    def build(self, action: str, span: Span, children: list[Any]) -> tuple[Any, int]:
        """Return the value of a reduction and how many levels it is deeper than its deepest child."""
        method: Callable[..., Any] = getattr(self, f"build_{action}")
        value = method(span, *children)
        operators = len(children[0]) // 2 if action in {"binary", "ternary", "elvis"} else 0
        return value, operators + (action != "binary" and isinstance(value, nodes.Node))

    # ------------------------------------------------------------ lists

    def build_first(self, span: Span, item: Any) -> list[Any]:
        """Begin a list."""
        return [item]

    def build_nothing(self, span: Span) -> list[Any]:
        """Begin a list without elements."""
        return []

    def build_more(self, span: Span, items: list[Any], item: Any) -> list[Any]:
        """Append in place: the list is only on the parser's stack."""
        items.append(item)
        return items

    def build_splice(self, span: Span, *items: Any) -> list[Any]:
        """Join lists that lark made of a repetition."""
        if items and isinstance(items[0], list):
            items[0].extend(items[1:])
            return items[0]
        return list(items)

    # ------------------------------------------------------------ top level

    def build_program(self, span: Span, items: list[Any] | None = None) -> nodes.Program:
        """Sort the items; the language wants the C part first, then config and imports, then the rest."""
        self.items = tuple(items or ())
        kinds: dict[type, list[Any]] = {kind: [] for kind in _ORDER}
        furthest = 0
        for item in items or []:
            rank = _ORDER[type(item)]
            if rank < furthest:
                self._error(item.span, f"{_RANK_NAMES[rank]} must come before {_RANK_NAMES[furthest]}")
            furthest = max(furthest, rank)
            kinds[type(item)].append(item)
        for block in kinds[ConfigBlock][1:]:
            self._error(block.span, "There can only be one config block")
        return nodes.Program(
            span,
            tuple(setting for block in kinds[ConfigBlock] for setting in block.settings),
            tuple(kinds[nodes.Probe]),
            c_part=join_c_items(self._text, self._base, [item.span for item in kinds[CItem]]),
            imports=tuple(kinds[nodes.Import]),
            map_declarations=tuple(kinds[nodes.MapDeclaration]),
            macros=tuple(kinds[nodes.Macro]),
            functions=tuple(kinds[nodes.Function]),
        )

    def build_c_item(self, span: Span, token: Token) -> CItem:
        """A directive or definition of C."""
        return CItem(span)

    def build_import_path(self, span: Span, path: Token, *_: Any) -> nodes.Import:
        """`import "path";`."""
        return nodes.Import(span, self.build_string(path.span, path).value.decode(errors="surrogateescape"))

    def build_map_declaration(
        self, span: Span, name: Token, kind: Token, entries: Token, *_: Any
    ) -> nodes.MapDeclaration:
        """`let @m = hash(10);`."""
        return nodes.MapDeclaration(
            span, name.text, kind.text, self.build_integer(entries.span, entries).value
        )

    def build_macro(self, span: Span, name: Token, *rest: Any) -> nodes.Macro:
        """`macro name(parameters) { }`."""
        *parameters, body = rest
        return nodes.Macro(span, name.text, name.span, tuple(parameters[0]) if parameters else (), body)

    def build_parameter(self, span: Span, name: Token, type_name: nodes.TypeName) -> nodes.Parameter:
        """`$name : type`."""
        return nodes.Parameter(span, self.build_variable(name.span, name), type_name)

    def build_no_result(self, span: Span) -> None:
        """A function that yields nothing."""

    def build_function(self, span: Span, name: Token, *rest: Any) -> nodes.Function:
        """`fn name(parameters) : type { }`."""
        *parameters, result, body = rest
        return nodes.Function(span, name.text, tuple(parameters[0]) if parameters else (), result, body)

    def build_config(self, span: Span, settings: list[nodes.Setting] | None = None) -> ConfigBlock:
        """Keep the settings of a config block."""
        return ConfigBlock(span, tuple(settings or ()))

    def build_setting(self, span: Span, name: Token, value: Any, *_: Any) -> nodes.Setting:
        """`name = value`."""
        return nodes.Setting(name.span.to(value.span), name.text, value)

    def build_bare_word(self, span: Span, word: Token) -> nodes.String:
        """A setting may be a word without quotes."""
        return nodes.String(span, word.text.encode())

    def build_negative_integer(self, span: Span, minus: Token, number: Token) -> nodes.Integer:
        """A setting may be negative as far as the grammar goes."""
        return nodes.Integer(span, -self.build_integer(span, number).value)

    def build_probe(self, span: Span, attach_points: list[Token], body: nodes.Block) -> nodes.Probe:
        """A probe without predicate."""
        return self._probe(span, attach_points, None, body)

    def build_probe_with_predicate(
        self,
        span: Span,
        attach_points: list[Token],
        slash: Token,
        predicate: nodes.Expression,
        body: nodes.Block,
    ) -> nodes.Probe:
        """A probe with `/predicate/`."""
        return self._probe(span, attach_points, predicate, body)

    def _probe(
        self, span: Span, tokens: list[Token], predicate: nodes.Expression | None, body: nodes.Block
    ) -> nodes.Probe:
        attach_points = []
        for token in tokens:
            try:
                attach_points.append(self._attach_point(token.text, token.span))
            except ScriptError as failure:
                self.errors.extend(failure.diagnostics)
        return nodes.Probe(span, tuple(attach_points), predicate, body)

    # ------------------------------------------------------------ statements

    def build_block(self, span: Span, statements: list[nodes.Statement]) -> nodes.Block:
        """`{ a; b; }`."""
        return nodes.Block(span, tuple(statements))

    def build_block_with_last(
        self, span: Span, statements: list[nodes.Statement], last: nodes.Statement
    ) -> nodes.Block:
        """`{ a; b }`."""
        is_value = isinstance(last, nodes.ExpressionStatement) and not last.is_discard
        return nodes.Block(span, (*statements, last), ends_with_value=is_value)

    def build_assign(self, span: Span, target: Any, value: nodes.Expression) -> nodes.Assign:
        """`target = value`."""
        return nodes.Assign(span, target, "=", value)

    def build_assign_with(self, span: Span, target: Any, operator: Token, value: Any) -> nodes.Assign:
        """`target += value` and the like."""
        return nodes.Assign(span, target, operator.text, value)

    def build_discard(self, span: Span, value: nodes.Expression) -> nodes.ExpressionStatement:
        """`_ = value`."""
        return nodes.ExpressionStatement(span, value, is_discard=True)

    def build_expression_statement(self, span: Span, value: nodes.Expression) -> nodes.ExpressionStatement:
        """An expression on its own."""
        return nodes.ExpressionStatement(span, value)

    def build_let(self, span: Span, name: Token) -> nodes.Let:
        """`let $x`."""
        return nodes.Let(span, self.build_variable(name.span, name), None, None)

    def build_let_value(self, span: Span, name: Token, value: nodes.Expression) -> nodes.Let:
        """`let $x = value`."""
        return nodes.Let(span, self.build_variable(name.span, name), None, value)

    def build_let_type(self, span: Span, name: Token, type_name: nodes.TypeName) -> nodes.Let:
        """`let $x: type`."""
        return nodes.Let(span, self.build_variable(name.span, name), type_name, None)

    def build_let_type_value(
        self, span: Span, name: Token, type_name: nodes.TypeName, value: nodes.Expression
    ) -> nodes.Let:
        """`let $x: type = value`."""
        return nodes.Let(span, self.build_variable(name.span, name), type_name, value)

    def build_jump(self, span: Span, word: Token, value: nodes.Expression | None = None) -> nodes.Jump:
        """`break`, `continue`, `return`."""
        return nodes.Jump(span, word.text, value)

    def build_if_only(self, span: Span, condition: nodes.Expression, then: nodes.Block) -> nodes.If:
        """`if c { }`."""
        return nodes.If(span, condition, then, None)

    def build_if_else(
        self, span: Span, condition: nodes.Expression, then: nodes.Block, otherwise: nodes.Block
    ) -> nodes.If:
        """`if c { } else { }`."""
        return nodes.If(span, condition, then, otherwise)

    def build_if_else_if(
        self, span: Span, condition: nodes.Expression, then: nodes.Block, otherwise: nodes.If
    ) -> nodes.If:
        """`if c { } else if d { }`."""
        return nodes.If(span, condition, then, nodes.Block(otherwise.span, (otherwise,)))

    def build_value_of(self, span: Span, statement: nodes.If | nodes.Block) -> nodes.Expression:
        """`if` or a block where a value is wanted."""
        try:
            return value_of(statement)
        except ScriptError as failure:
            self.errors.extend(failure.diagnostics)
            return nodes.Integer(span, 0)

    def build_while_loop(self, span: Span, condition: nodes.Expression, body: nodes.Block) -> nodes.While:
        """`while c { }`."""
        return nodes.While(span, condition, body)

    def build_unroll(self, span: Span, count: nodes.Expression, body: nodes.Block) -> nodes.Unroll:
        """`unroll (n) { }`."""
        before_body = self._text[span.start - self._base : body.span.start - self._base]
        return nodes.Unroll(span, Span(span.start, span.start + len(before_body.rstrip())), count, body)

    def build_over_map(self, span: Span, name: Token, iterable: nodes.Expression) -> tuple[Any, ...]:
        """`$kv : @map`."""
        return self.build_variable(name.span, name), iterable

    def build_over_range(self, span: Span, name: Token, start: Any, stop: Any) -> tuple[Any, ...]:
        """`$i : a..b`."""
        return self.build_variable(name.span, name), start, stop

    def build_for_loop(self, span: Span, head: tuple[Any, ...], body: nodes.Block) -> nodes.Statement:
        """Either kind of `for`."""
        if len(head) == 3:
            return nodes.ForRange(span, *head, body)
        target, iterable = head
        if not isinstance(iterable, nodes.MapAccess) or iterable.key is not None:
            self._error(iterable.span, "A for loop goes over a map or a range such as 0..10")
            iterable = nodes.MapAccess(iterable.span, "@")
        return nodes.ForMap(span, target, iterable, body)

    # ------------------------------------------------------------ expressions

    def build_binary(self, span: Span, chain: list[Any]) -> nodes.Expression:
        """Build the tree of `a + b * c ...` by precedence climbing with explicit stacks."""
        operands: list[nodes.Expression] = [chain[0]]
        operators: list[str] = []

        def fold() -> None:
            right = operands.pop()
            left = operands.pop()
            operands.append(nodes.Binary(left.span.to(right.span), operators.pop(), left, right))

        for operator, operand in zip(chain[1::2], chain[2::2], strict=True):
            while operators and PRECEDENCE[operators[-1]] >= PRECEDENCE[operator.text]:
                fold()
            operators.append(operator.text)
            operands.append(operand)
        while operators:
            fold()
        return operands[0]

    def build_chain_more(self, span: Span, chain: list[Any], operator: Token, operand: Any) -> list[Any]:
        """Extend the flat list of operands and operators."""
        chain += (operator, operand)
        return chain

    def build_ternary(self, span: Span, chain: list[Any], then: Any, otherwise: Any) -> nodes.Ternary:
        """`c ? a : b`."""
        condition = self.build_binary(span, chain)
        return nodes.Ternary(span, condition, then, otherwise)

    def build_elvis(self, span: Span, chain: list[Any], otherwise: Any) -> nodes.Ternary:
        """`a ?: b`."""
        condition = self.build_binary(span, chain)
        return nodes.Ternary(span, condition, condition, otherwise)

    def build_unary(self, span: Span, operator: Token, operand: nodes.Expression) -> nodes.Unary:
        """`!a`, `-a` ..."""
        return nodes.Unary(span, operator.text, operand)

    def build_prefix_increment(self, span: Span, operator: Token, target: Any) -> nodes.Increment:
        """`++x`."""
        return nodes.Increment(span, operator.text, target, is_prefix=True)

    def build_postfix_increment(self, span: Span, target: Any, operator: Token) -> nodes.Increment:
        """`x++`."""
        return nodes.Increment(span, operator.text, target, is_prefix=False)

    def build_cast(self, span: Span, type_name: nodes.TypeName, operand: nodes.Expression) -> nodes.Cast:
        """`(type)x`."""
        return nodes.Cast(span, type_name, operand)

    def build_cast_to_name(self, span: Span, names: list[Token], operand: nodes.Expression) -> nodes.Cast:
        """`(name)x`."""
        return nodes.Cast(span, nodes.TypeName(names[0].span, names[0].text), operand)

    def build_builtin_in_parentheses(self, span: Span, names: list[Token]) -> nodes.Builtin:
        """`(name)` as a value."""
        return self.build_builtin(names[0].span, names[0])

    def build_comptime(self, span: Span, operand: nodes.Expression) -> nodes.Comptime | nodes.Ternary:
        """`comptime x`; of `comptime c ? a : b` only the condition has to be known, if that is no choice itself."""
        if (
            isinstance(operand, nodes.Ternary)
            and operand.then is not operand.condition
            and not isinstance(operand.condition, nodes.Ternary)
        ):
            condition = nodes.Comptime(operand.condition.span, operand.condition)
            return nodes.Ternary(span, condition, operand.then, operand.otherwise)
        return nodes.Comptime(span, operand)

    def build_field(self, span: Span, operand: nodes.Expression, name: Token) -> nodes.Field:
        """`x.name`, `x.0`, `x->name`."""
        return nodes.Field(span, operand, name.text)

    def build_index(self, span: Span, operand: nodes.Expression, index: nodes.Expression) -> nodes.Index:
        """`x[i]`."""
        return nodes.Index(span, operand, index)

    def build_integer(self, span: Span, token: Token) -> nodes.Integer:
        """An integer literal."""
        try:
            return nodes.Integer(span, integer_value(token.text))
        except ValueError as failure:
            self._error(span, str(failure))
            return nodes.Integer(span, 0)

    def build_string(self, span: Span, token: Token) -> nodes.String:
        """A string literal."""
        try:
            return nodes.String(span, string_value(token.text))
        except ValueError as failure:
            self._error(span, str(failure))
            return nodes.String(span, b"")

    def build_boolean(self, span: Span, token: Token) -> nodes.Boolean:
        """`true` or `false`."""
        return nodes.Boolean(span, token.text == "true")

    def build_positional(self, span: Span, token: Token) -> nodes.Positional:
        """`$1` or `$#`."""
        digits = token.text[1:]
        if len(digits) > 6 or digits == "0":
            self._error(span, f"Invalid positional parameter: {token.text[:20]}")
            digits = "1"
        return nodes.Positional(span, 0 if digits == "#" else int(digits))

    def build_builtin(self, span: Span, name: Token) -> nodes.Builtin:
        """A bare name."""
        return nodes.Builtin(span, name.text)

    def build_call_nothing(self, span: Span, name: Token) -> nodes.Call:
        """`name()`; a builtin may be written so."""
        return nodes.Call(span, name.text, name.span, ())

    def build_call(self, span: Span, name: Token, arguments: list[nodes.Expression]) -> nodes.Call:
        """`name(a, b)`."""
        return nodes.Call(span, name.text, name.span, tuple(arguments))

    def build_size_of(self, span: Span, operand: nodes.Expression | nodes.TypeName) -> nodes.SizeOf:
        """`sizeof(type)` or `sizeof(expression)`."""
        return nodes.SizeOf(span, operand)

    def build_type_info(self, span: Span, operand: nodes.Expression | nodes.TypeName) -> nodes.TypeInfo:
        """`typeinfo(type)` or `typeinfo(expression)`."""
        return nodes.TypeInfo(span, operand)

    def build_offset_of(
        self, span: Span, operand: nodes.Expression | nodes.TypeName, path: list[Token]
    ) -> nodes.OffsetOf:
        """`offsetof(type, a.b)`."""
        return nodes.OffsetOf(span, operand, tuple(token.text for token in path))

    def build_type_argument(self, span: Span, type_name: nodes.TypeName) -> nodes.TypeArgument:
        """`typeof(x)` as an argument."""
        return nodes.TypeArgument(span, type_name)

    def build_record_field(self, span: Span, name: Token, value: nodes.Expression) -> nodes.RecordField:
        """`name = value`."""
        return nodes.RecordField(span, name.text, value)

    def build_record(self, span: Span, fields: list[nodes.RecordField]) -> nodes.Record:
        """`(a = 1, b = 2)`."""
        names = [field.name for field in fields]
        for index, field in enumerate(fields):
            if field.name in names[:index]:
                self._error(field.span, f"Duplicate field in a record: {field.name}")
        return nodes.Record(span, tuple(fields))

    def build_empty_tuple(self, span: Span) -> nodes.Tuple:
        """`()`."""
        return nodes.Tuple(span, ())

    def build_tuple_of_one(self, span: Span, element: nodes.Expression) -> nodes.Tuple:
        """`(a,)`."""
        return nodes.Tuple(span, (element,))

    def build_tuple(self, span: Span, first: nodes.Expression, rest: list[nodes.Expression]) -> nodes.Tuple:
        """`(a, b)`."""
        return nodes.Tuple(span, (first, *rest))

    def build_variable(self, span: Span, token: Token) -> nodes.Variable:
        """`$x`."""
        return nodes.Variable(span, token.text[1:])

    def build_map(self, span: Span, token: Token) -> nodes.MapAccess:
        """`@x`."""
        return nodes.MapAccess(span, token.text)

    def build_map_element(self, span: Span, token: Token, keys: list[nodes.Expression]) -> nodes.MapAccess:
        """`@x[a]`, `@x[a, b]`."""
        key = keys[0] if len(keys) == 1 else nodes.Tuple(keys[0].span.to(keys[-1].span), tuple(keys))
        return nodes.MapAccess(span, token.text, key)

    # ------------------------------------------------------------ types

    def build_type_name(self, span: Span, token: Token) -> nodes.TypeName:
        """`uint8`."""
        return nodes.TypeName(span, token.text)

    def build_struct_name(self, span: Span, kind: Token, name: Token) -> nodes.TypeName:
        """`struct S`."""
        return nodes.TypeName(span, f"{kind.text} {name.text}")

    def build_type_of(self, span: Span, operand: nodes.Expression | nodes.TypeName) -> nodes.TypeName:
        """`typeof(type)` or `typeof(expression)`."""
        return nodes.TypeName(span, "typeof", operand=operand)

    def build_pointer_type(self, span: Span, base: nodes.TypeName, star: Token) -> nodes.TypeName:
        """`type*`."""
        return replace(base, span=span, modifiers=(*base.modifiers, "*"))

    def build_sized_type(self, span: Span, base: nodes.TypeName, size: Token) -> nodes.TypeName:
        """`int8[4]`, `string[16]`."""
        number = self.build_integer(size.span, size).value
        return replace(base, span=span, modifiers=(*base.modifiers, number))

    def build_array_type(self, span: Span, base: nodes.TypeName) -> nodes.TypeName:
        """`int8[]`."""
        return replace(base, span=span, modifiers=(*base.modifiers, -1))

    def _error(self, span: Span, message: str) -> None:
        self.errors.append(error(span, message))
