"""Which variable a `$name` means: block scope, no shadowing, declared by `let` or by its first assignment."""

from __future__ import annotations

from utrace.diagnostics import Diagnostic, error
from utrace.frontend import nodes
from utrace.frontend.types import Type
from utrace.frontend.unify import Flexibility
from utrace.lazy_dataclass import dataclass
from utrace.source import Span


@dataclass(eq=False)
class VariableSlot:
    """A variable while its type is being found."""

    name: str
    id: int
    type: Type | None = None
    is_flexible: Flexibility = True
    """Only literals were assigned so far, so that it may still become unsigned."""
    is_fixed: bool = False
    """Declared with a type."""
    is_assigned: bool = False
    is_declared: bool = False
    """By `let`, as a parameter or by a loop."""


class Scopes:
    """Walks blocks in order and fills `slots`."""

    def __init__(self) -> None:
        self.slots: dict[nodes.Variable, VariableSlot] = {}
        self.all: list[VariableSlot] = []
        self.errors: list[Diagnostic] = []
        self._scopes: list[dict[str, VariableSlot]] = []

    def resolve_probe(self, predicate: nodes.Expression | None, body: nodes.Block) -> None:
        """Resolve all variables of one action block."""
        self._scopes = []
        if predicate is not None:
            self._visit(predicate)
        self._visit(body)

    def resolve_function(self, function: nodes.Function) -> None:
        """Resolve all variables of a function of the script."""
        self._scopes = [{}]
        for parameter in function.parameters:
            self._declare(parameter.target, parameter.target.span)
            self.slots[parameter.target].is_assigned = True
        for type_name in (*(parameter.type_name for parameter in function.parameters), function.result):
            if type_name is not None:
                self._visit(type_name)
        self._visit(function.body)

    def _visit(self, node: nodes.Node) -> None:
        match node:
            case nodes.Block() | nodes.BlockExpression():
                self._scopes.append({})
                for child in nodes.children(node):
                    self._visit(child)
                self._scopes.pop()
            case nodes.ForRange():
                self._visit(node.start)
                self._visit(node.stop)
                self._loop(node.target, node.body)
            case nodes.ForMap():
                self._loop(node.target, node.body)
            case nodes.Variable():
                self._use(node)
            case _:
                self._visit_assignment(node)

    def _visit_assignment(self, node: nodes.Node) -> None:
        """Visit what gives a variable a value; of others, what is in them."""
        match node:
            case nodes.Let():
                for part in (node.type_name, node.value):
                    if part is not None:
                        self._visit(part)
                self._declare(node.target, Span(node.span.start, node.target.span.end))
                self.slots[node.target].is_assigned |= node.value is not None
            case nodes.Call(name="find", arguments=(subject, key, nodes.Variable() as found)):
                self._visit(subject)
                self._visit(key)
                self._assign(found, is_plain=True)
            case nodes.Assign(target=nodes.Variable() as variable):
                self._visit(node.value)
                self._assign(variable, is_plain=node.operator == "=")
            case _:
                for child in nodes.children(node):
                    self._visit(child)

    def _loop(self, target: nodes.Variable, body: nodes.Block) -> None:
        self._scopes.append({})
        if self._find(target.name) is not None:
            message = f"Loop declaration shadows existing variable: {target.shown}"
            self.errors.append(error(target.span, message))
        self._new(target)
        self.slots[target].is_declared = True
        self._visit(body)
        self._scopes.pop()

    def _find(self, name: str) -> VariableSlot | None:
        return next((scope[name] for scope in reversed(self._scopes) if name in scope), None)

    def _new(self, node: nodes.Variable) -> None:
        slot = VariableSlot(node.name, len(self.all))
        self.all.append(slot)
        self._scopes[-1][node.name] = slot
        self.slots[node] = slot

    def _declare(self, node: nodes.Variable, span: Span) -> None:
        known = self._find(node.name)
        if known is None:
            self._new(node)
            self.slots[node].is_declared = True
            return
        self.slots[node] = known
        if known.is_declared:
            message = f"Variable {node.shown} was already declared. Variable shadowing is not allowed."
        else:
            rule = "Variable declarations need to occur before variable usage or assignment."
            message = f"{rule} Variable: {node.shown}"
        self.errors.append(error(span, message))

    def _assign(self, node: nodes.Variable, *, is_plain: bool) -> None:
        known = self._find(node.name)
        if known is not None:
            self.slots[node] = known
        elif is_plain:
            self._new(node)
        else:
            self._use(node)
        self.slots[node].is_assigned = True

    def _use(self, node: nodes.Variable) -> None:
        known = self._find(node.name)
        if known is not None:
            self.slots[node] = known
            return
        self.errors.append(error(node.span, f"Undefined or undeclared variable: {node.shown}"))
        # One message per name and scope is enough.
        if self._scopes:
            self._new(node)
        else:
            self.slots[node] = VariableSlot(node.name, -1)
