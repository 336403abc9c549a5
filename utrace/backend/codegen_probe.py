"""The state while one probe is compiled, and the choice of the function that compiles a node.

Values come in two kinds.  Scalars (integers, bools, pointers) are LLVM values: `value(node)`.  Strings and
tuples live in memory: `store(node, type, place)` writes an expression's value, converted to a type, where it
is wanted, so that a string is read straight into the event or key that it is for; `address(node)` is for
those who only look at it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import field
from typing import Any, TypeAlias

from llvmlite import ir

from utrace.backend import (
    codegen_aggregate,
    codegen_builtin,
    codegen_compare,
    codegen_event,
    codegen_expr,
    codegen_function,
    codegen_loop,
    codegen_map,
    codegen_memory,
    codegen_names,
    codegen_operator,
    codegen_process,
    codegen_search,
    codegen_shown,
    codegen_stack,
    codegen_statement,
    codegen_string,
)
from utrace.backend.btf_debug import DebugInfo
from utrace.backend.codegen_convert import convert, is_scalar, llvm_type, memory_type, store_scalar
from utrace.backend.codegen_environment import Exit
from utrace.backend.codegen_frame import I64, Frame, Place
from utrace.backend.codegen_warnings import HelperWarnings
from utrace.diagnostics import error
from utrace.errors import ScriptError
from utrace.frontend import nodes
from utrace.frontend.typed import TypedFunction, TypedProbe, TypedProgram, VariableInfo
from utrace.frontend.types import NoneType, StringType, Type
from utrace.lazy_dataclass import dataclass

MAX_VALUE_BYTES = 128 * 1024
"""Of strings, tuples, structs and the like; larger ones would be thousands of instructions to copy."""


@dataclass(frozen=True)
class Loop:
    """Where `break` and `continue` of the innermost loop go."""

    on_break: ir.Block
    on_continue: ir.Block


@dataclass
class ProbeCompiler:
    """Compiles the nodes of one probe into `frame`."""

    typed: TypedProgram
    group: list[TypedProbe]
    """The probes that share the program."""
    frame: Frame
    debug: DebugInfo
    scope: ir.DIValue
    loops: list[Loop] = field(default_factory=list)
    pending_operands: int = 0
    """Left operands whose right ones are being compiled."""
    shared_variables: frozenset[int] = frozenset()
    """Ids of the variables that several functions of the program use, see `codegen_loop`."""
    calls: list[tuple[TypedFunction, Exit]] = field(default_factory=list)
    """The script's functions whose code is being put in, and where `return` goes in each."""
    warnings: HelperWarnings = field(init=False)
    call_count: int = 0
    """Calls of the script's functions that were put in so far."""
    _variables: dict[int, Place] = field(default_factory=dict)

    @property
    def probe(self) -> TypedProbe:
        """The first of the probes that share the program; they have one block and one type."""
        return self.group[0]

    def __post_init__(self) -> None:
        self.warnings = HelperWarnings(self)

    @property
    def builder(self) -> ir.IRBuilder:
        """The builder at the place where code is being added."""
        return self.frame.builder

    def type(self, node: nodes.Expression) -> Type:
        """Return the type of an expression."""
        return self.typed.type_of(node)

    def unsupported(self, node: nodes.Node, what: str) -> ScriptError:
        """Return the error for something that the language has and the code generator has not."""
        return ScriptError([error(node.span, f"{what} is not supported yet")], self.typed.source)

    # ------------------------------------------------------------ expressions

    def entered(self, node: nodes.Expression) -> nodes.Expression:
        """Compile the statements of a block expression; return the expression whose value is wanted.

        It is also what `comptime` is before, and the arm of `comptime c ? a : b` that is chosen.
        """
        while True:
            if isinstance(node, nodes.BlockExpression):
                for statement in node.statements:
                    self.run(statement)
                node = node.value
            elif isinstance(node, nodes.Comptime):
                node = node.operand
            elif isinstance(node, nodes.Ternary) and isinstance(node.condition, nodes.Comptime):
                node = node.then if self.typed.constant_of(node.condition) else node.otherwise
            else:
                return node

    def value(self, node: nodes.Expression) -> ir.Value:
        """Compile a scalar expression (or one that is run for its effect alone)."""
        node = self.entered(node)
        constant = self.typed.constant_of(node)
        kind = self.type(node)
        if isinstance(constant, int) and is_scalar(kind):
            return llvm_type(kind)(constant)
        compile_node = _VALUES.get(type(node))
        if compile_node is None:
            raise self.unsupported(node, f"{kind} in this place")
        with self.warnings.blaming(node):
            return compile_node(self, node)

    def value_as(self, node: nodes.Expression, target: Type) -> ir.Value:
        """Compile a scalar expression and convert it to `target`."""
        return convert(self.builder, self.value(node), self.type(node), target)

    def truth(self, node: nodes.Expression) -> ir.Value:
        """Compile an expression to whether it is true: not zero, not an empty string."""
        node = self.entered(node)
        if isinstance(self.type(node), StringType):
            return codegen_compare.is_not_empty(self, node)
        value = self.value(node)
        return self.builder.icmp_unsigned("!=", value, value.type(0))

    def store(self, node: nodes.Expression, target: Type, place: Place, padded: bool = True) -> None:
        """Compile an expression and write it, converted to `target`, to `place`.

        With `padded`, as keys and map values need it, a string is followed by NULs up to its full size.
        """
        node = self.entered(node)
        with self.warnings.blaming(node):
            self._store(node, target, place, padded)

    def _store(self, node: nodes.Expression, target: Type, place: Place, padded: bool) -> None:
        if is_scalar(target):
            store_scalar(self.frame, self.value_as(node, target), place)
        elif target.size > MAX_VALUE_BYTES:
            message = f"A value of {target.size} bytes is too large: the limit is {MAX_VALUE_BYTES}"
            raise ScriptError([error(node.span, message)], self.typed.source)
        elif isinstance(node, nodes.Call) and node.name in self.typed.functions:
            codegen_function.store_call(self, node, target, place)
        elif (
            isinstance(node, nodes.Call | nodes.Builtin)
            and node.name in _STORES
            and self.typed.constant_of(node) is None
        ):
            _STORES[node.name](self, node, target, place, padded)
        elif isinstance(target, StringType):
            codegen_string.store(self, node, target.size, place, padded)
        else:
            codegen_aggregate.store(self, node, target, place)

    def address(self, node: nodes.Expression) -> Place:
        """Compile a string or tuple to be looked at: where it is, or a temporary copy of it."""
        node = self.entered(node)
        if isinstance(node, nodes.Variable):
            return self.variable(self.typed.variable_of(node))
        kind = self.type(node)
        if codegen_memory.has_place(self, node):
            with self.warnings.blaming(node):
                return codegen_memory.place_of(self, node)
        place = self.frame.temporary(kind.size)
        self.store(node, kind, place)
        return place

    def variable(self, info: VariableInfo) -> Place:
        """Return where a scratch variable is kept."""
        if info.id in self.shared_variables:
            shared, scalar = self.frame.shared, is_scalar(info.type)
            cell = shared.word(info.id) if scalar else shared.buffer(info.id, info.type.size)
            return self.frame.place(cell)
        if info.id not in self._variables:
            if is_scalar(info.type):
                self._variables[info.id] = Place(self.frame.variable(memory_type(info.type)))
            else:
                self._variables[info.id] = self.frame.buffer(info.type.size)
        return self._variables[info.id]

    # ------------------------------------------------------------ statements

    def run(self, node: nodes.Statement) -> None:
        """Compile a statement."""
        with self.at(node), self.frame.temporaries(), self.warnings.blaming(node):
            _STATEMENTS[type(node)](self, node)

    def discard(self, node: nodes.Expression) -> None:
        """Compile an expression of any type for its effect."""
        node = self.entered(node)
        kind = self.type(node)
        if not is_scalar(kind) and not isinstance(kind, NoneType):
            self.address(node)
        elif isinstance(node, nodes.Increment) and isinstance(node.target, nodes.MapAccess):
            with self.warnings.blaming(node):
                codegen_map.increment_only(self, node, node.target)
        else:
            self.value(node)

    @contextmanager
    def loop(self, on_break: ir.Block, on_continue: ir.Block) -> Iterator[None]:
        """Make `break` and `continue` in the `with` block go to these blocks."""
        self.loops.append(Loop(on_break, on_continue))
        yield
        self.loops.pop()

    @contextmanager
    def inside(self, frame: Frame, scope: ir.DIValue) -> Iterator[None]:
        """Add the code of the `with` block to another function of the program."""
        outer = self.frame, self.scope, self.loops, self.pending_operands, self._variables
        self.frame, self.scope, self.loops, self.pending_operands, self._variables = frame, scope, [], 0, {}
        yield
        self.frame, self.scope, self.loops, self.pending_operands, self._variables = outer

    def compile_probe(self) -> None:
        """Compile predicate and body, and close the function."""
        predicate = self.probe.predicate
        if predicate is not None:
            with self.at(predicate), self.frame.temporaries():
                is_false = self.builder.not_(self.truth(predicate))
                with self.builder.if_then(is_false):
                    self.frame.leave()
        self.run(self.probe.body)
        self.frame.finish()

    @contextmanager
    def at(self, node: nodes.Node) -> Iterator[None]:
        """Give the code of the `with` block the node's place as its line information."""
        place = self.typed.source.location(node.span.start)
        outer = self.builder.debug_metadata
        self.builder.debug_metadata = self.debug.location(self.scope, place.line, place.column)
        yield
        self.builder.debug_metadata = outer


def _call(p: ProbeCompiler, node: nodes.Call) -> ir.Value:
    if node.name in p.typed.functions:
        return codegen_function.call(p, node)
    event = p.typed.event_of(node)
    if event is not None:
        codegen_event.compile_call(p, node, event)
        return I64(0)
    if node.name not in _CALLS:
        raise p.unsupported(node, f"{node.name}()")
    return _CALLS[node.name](p, node)


def _unary(p: ProbeCompiler, node: nodes.Unary) -> ir.Value:
    if node.operator == "&":
        return codegen_expr.address_of(p, node)
    return (codegen_memory.value if node.operator == "*" else codegen_operator.unary)(p, node)


_Compile: TypeAlias = Callable[[ProbeCompiler, Any], Any]

_CALLS: dict[str, _Compile] = {
    "bswap": codegen_search.bswap,
    "container_of": codegen_search.container_of,
    "delete": codegen_map.delete,
    "find": codegen_map.find,
    "has_key": codegen_map.has_key,
    "len": codegen_loop.length,
    "memcmp": codegen_search.memcmp,
    "nsecs": codegen_process.clock,
    "pid": lambda p, _: codegen_process.process_id(p),
    "reg": codegen_builtin.register,
    "signal": codegen_process.send_signal,
    "signal_thread": codegen_process.send_signal,
    "strlen": codegen_compare.length,
    "strncmp": codegen_compare.strncmp,
    "strstr": codegen_search.strstr,
    "tid": lambda p, _: codegen_process.thread_id(p),
    "write_user": codegen_process.write_user,
    "uaddr": codegen_stack.address_of_symbol,
    "uptr": codegen_search.user_pointer,
}

_Store: TypeAlias = Callable[[ProbeCompiler, Any, Any, Place, bool], None]

_STORES: dict[str, _Store] = {
    "buf": codegen_shown.store_buf,
    "comm": codegen_process.store_comm,
    "leader_comm": codegen_process.store_leader,
    "macaddr": codegen_shown.store_macaddr,
    "ntop": codegen_shown.store_ntop,
    "pcomm": codegen_process.store_parent,
    "pton": codegen_shown.store_pton,
    "signal_name": codegen_names.store_name,
    "str": codegen_string.store_str,
    "str_concat": codegen_search.store_concatenation,
    "strerror": codegen_names.store_name,
    "strftime": codegen_shown.store_strftime,
    "syscall_name": codegen_names.store_name,
    "username": codegen_shown.store_username,
    "usym": codegen_stack.store_usym,
    "ustack": codegen_stack.store_ustack,
}
"""Functions and builtins whose values are bytes in memory: each writes its own, converted to a type, to a place."""

_VALUES: dict[type[nodes.Node], _Compile] = {
    nodes.Variable: codegen_expr.variable,
    nodes.MapAccess: codegen_map.read,
    nodes.Builtin: codegen_builtin.builtin,
    nodes.Call: _call,
    nodes.Unary: _unary,
    nodes.Increment: codegen_expr.increment,
    nodes.Binary: codegen_operator.binary,
    nodes.Ternary: codegen_expr.ternary,
    nodes.Cast: codegen_expr.cast,
    nodes.Field: codegen_memory.value,
    nodes.Index: codegen_memory.value,
}

_STATEMENTS: dict[type[nodes.Node], _Compile] = {
    nodes.Block: codegen_statement.block,
    nodes.ExpressionStatement: codegen_statement.expression,
    nodes.Assign: codegen_statement.assign,
    nodes.Let: codegen_statement.let,
    nodes.If: codegen_statement.if_else,
    nodes.While: codegen_statement.while_loop,
    nodes.Unroll: codegen_statement.unroll,
    nodes.ForRange: codegen_statement.for_range,
    nodes.ForMap: codegen_loop.for_map,
    nodes.Jump: codegen_statement.jump,
}
