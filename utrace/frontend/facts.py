"""What inference knows so far: grows from pass to pass until nothing changes, then becomes a TypedProgram."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias

from utrace.diagnostics import Diagnostic, error, warning
from utrace.frontend import nodes
from utrace.frontend.buckets import LinearBuckets, LogBuckets, SeriesBuckets
from utrace.frontend.c_declarations import NO_DECLARATIONS, Declarations
from utrace.frontend.config import Config
from utrace.frontend.scopes import VariableSlot
from utrace.frontend.type_source import TypeSource
from utrace.frontend.typed import EventInfo, EventKind, FieldInfo, MapInfo, MapKind
from utrace.frontend.types import INT64, IntType, PointerType, StructType, Type, round_up, struct_layout
from utrace.frontend.unify import Flexibility, both_flexible, merge
from utrace.lazy_dataclass import dataclass
from utrace.source import Span

MAX_DIAGNOSTICS = 20


@dataclass(eq=False)
class MapSlot:
    """A map while its types are being found; None is what is not known yet."""

    name: str
    span: Span
    id: int
    is_keyed: bool | None = None
    key: Type | None = None
    key_is_flexible: Flexibility = True
    value: Type | None = None
    value_is_flexible: Flexibility = True
    kind: MapKind | None = None
    is_assigned: bool = False
    """Whether the script assigns values to it, of whatever type."""
    buckets: LogBuckets | LinearBuckets | None = None
    series: SeriesBuckets | None = None

    @property
    def kind_name(self) -> str:
        """Return what messages call the map's type."""
        if self.kind in {None, MapKind.VALUE}:
            return str(self.value)
        return f"{self.kind.value}_t" if self.kind else ""

    def info(self) -> MapInfo:
        """Return the finished description."""
        kind = self.kind or MapKind.VALUE
        return MapInfo(
            self.name, self.id, self.key, self.value or INT64, kind, self.buckets, self.span, self.series
        )


@dataclass(eq=False)
class FunctionSlot:
    """A function of the script; types are None as long as they are not known, or wrong."""

    node: nodes.Function
    parameters: tuple[Type | None, ...] = ()
    result: Type | None = None


@dataclass(frozen=True)
class Group:
    """The probes that share one body, seen as one while types are found."""

    providers: frozenset[str]
    longest: dict[str, int]
    """Bytes of the longest value of `probe`, `probetype` and `func` over these probes."""
    sites: tuple[nodes.ProbeSite, ...] = ()
    """Where these probes are, those that are in binaries."""

    @property
    def probe_type(self) -> str | None:
        """The value of `probetype` in all these probes, None when they differ."""
        types = {"special" if provider in {"begin", "end"} else provider for provider in self.providers}
        return types.pop() if len(types) == 1 else None


SymbolFinder: TypeAlias = Callable[[nodes.ProbeSite, str], "tuple[int, int] | None"]
"""Finds a function or variable in the binary of a site: its distance from the site, and its size, both in bytes."""


class Facts:
    """The tables that the passes fill; only the final pass reports."""

    def __init__(
        self,
        config: Config,
        variables: dict[nodes.Variable, VariableSlot],
        declarations: Declarations = NO_DECLARATIONS,
        *,
        unsafe: bool = False,
        symbols: SymbolFinder = lambda _site, _name: None,
        type_source: TypeSource | None = None,
    ) -> None:
        self._type_source = type_source
        self.config = config
        self._symbols = symbols
        self.distances: dict[tuple[nodes.Call, nodes.ProbeSite], int] = {}
        self.unsafe = unsafe
        self.time_formats: list[str] = []
        self.declarations = declarations
        self.variables = variables
        self.maps: dict[str, MapSlot] = {}
        self.functions: dict[str, FunctionSlot] = {}
        self.types: dict[nodes.Expression, Type] = {}
        self.operand_types: dict[nodes.Binary, Type] = {}
        self.constants: dict[nodes.Expression, int | bytes] = {}
        self.flexible: set[nodes.Expression] = set()
        self.events: list[EventInfo] = []
        self.call_events: dict[nodes.Node, EventInfo] = {}
        self.helper_errors: dict[tuple[nodes.Node, str], EventInfo] = {}
        self.diagnostics: dict[tuple[Span, str], Diagnostic] = {}
        self.warnings: dict[tuple[Span, str], Diagnostic] = {}
        self.has_changed = False
        self.is_final = False

    def error(self, span: Span, message: str, *hints: str) -> None:
        """Report an error, once per place."""
        if self.is_final and len(self.diagnostics) < MAX_DIAGNOSTICS:
            self.diagnostics.setdefault((span, message), error(span, message, *hints))

    def warn(self, span: Span, message: str) -> None:
        """Report a warning, once per place."""
        if self.is_final and len(self.warnings) < MAX_DIAGNOSTICS:
            self.warnings.setdefault((span, message), warning(span, message))

    def declared_type(self, name: str) -> Type | None:
        """Return a type of the C part: `struct foo`, `foo_t`."""
        return self.declarations.types.get(name)

    def debug_type(self, name: str) -> Type | None:
        """Return a type of the probed binaries; what the script and the language know goes first."""
        return self._type_source.type_named(name) if self._type_source else None

    def arguments(self, site: nodes.ProbeSite) -> StructType | None:
        """Return the parameters of a probed function as a struct, None when they are not known."""
        return self._type_source.parameters(site) if self._type_source else None

    def find_symbol(self, call: nodes.Call, site: nodes.ProbeSite, name: str) -> int | None:
        """Enter how far from a site the symbol is that a call names; return the symbol's size, None without one."""
        found = self._symbols(site, name)
        if found is None:
            return None
        self.distances[call, site] = found[0]
        return found[1]

    def map_slot(self, node: nodes.MapAccess) -> MapSlot:
        """Return the slot of a map, a new one at its first sight."""
        slot = self.maps.get(node.name)
        if slot is None:
            slot = self.maps[node.name] = MapSlot(node.name, node.span, len(self.maps))
        return slot

    # ------------------------------------------------------------ growing slots

    def grow_variable(self, node: nodes.Variable, type_: Type, flexible: Flexibility, span: Span) -> None:
        """Make a variable able to hold a type that is assigned to it."""
        slot = self.variables[node]
        grown = type_ if slot.type is None else merge(slot.type, type_, flexible=(slot.is_flexible, flexible))
        if slot.is_fixed and slot.type is not None and (grown is None or grown.size > slot.type.size):
            grown = None
        elif slot.is_fixed:
            grown = slot.type
        if grown is None:
            message = (
                f"trying to assign value of type '{type_}' when variable already has a type '{slot.type}'"
            )
            self.error(span, f"Type mismatch for {node.shown}: {message}")
            return
        remains = both_flexible(slot.is_flexible, flexible)
        self._note(slot.type != grown or slot.is_flexible != remains)
        slot.type, slot.is_flexible = grown, remains

    def is_in_range(self, node: nodes.Variable, value: nodes.Expression) -> bool:
        """Tell whether a constant fits the type that a variable was declared with: 200 in a uint8."""
        slot, constant = self.variables[node], self.constants.get(value)
        if not slot.is_fixed or not isinstance(slot.type, IntType) or not isinstance(constant, int):
            return False
        return slot.type.minimum <= constant <= slot.type.maximum

    def grow_key(self, slot: MapSlot, type_: Type | None, flexible: Flexibility, span: Span) -> None:
        """Make a map's key able to hold a type that it is accessed with; None is access without key."""
        if type_ is None:
            self._set_keyed(slot, False, span)
            return
        if not self._set_keyed(slot, True, span):
            return
        grown = (
            type_ if slot.key is None else merge(slot.key, type_, flexible=(slot.key_is_flexible, flexible))
        )
        if grown is None:
            message = f"trying to access with arguments: '{type_}' when map expects arguments: '{slot.key}'"
            self.error(span, f"Argument mismatch for {slot.name}: {message}")
            return
        remains = both_flexible(slot.key_is_flexible, flexible)
        self._note(slot.key != grown or slot.key_is_flexible != remains)
        slot.key, slot.key_is_flexible = grown, remains

    def _set_keyed(self, slot: MapSlot, is_keyed: bool, span: Span) -> bool:
        if slot.is_keyed is None:
            slot.is_keyed = is_keyed
            self.has_changed = True
        if slot.is_keyed == is_keyed:
            return True
        names = {True: "with an explicit key (non-scalar map)", False: "without an explicit key (scalar map)"}
        self.error(
            span, f"{slot.name} used as a map {names[is_keyed]}, previously used {names[not is_keyed]}"
        )
        return False

    def grow_value(self, slot: MapSlot, type_: Type, flexible: Flexibility, span: Span) -> None:
        """Make a plain map able to hold a type that is assigned to it."""
        if not self.set_kind(slot, MapKind.VALUE, str(type_), span):
            return
        both = (slot.value_is_flexible, flexible)
        if isinstance(slot.value, PointerType) and isinstance(type_, IntType):
            type_ = slot.value  # an address without a type goes into a map of pointers
        grown = type_ if slot.value is None else merge(slot.value, type_, flexible=both)
        if grown is None:
            self._value_mismatch(slot, str(type_), span)
            return
        remains = both_flexible(*both)
        self._note(slot.value != grown or slot.value_is_flexible != remains)
        slot.value, slot.value_is_flexible = grown, remains

    def set_kind(self, slot: MapSlot, kind: MapKind, shown: str, span: Span) -> bool:
        """Say what a map is used for; False when it is used for something else already."""
        if slot.kind is None:
            slot.kind = kind
            self.has_changed = True
        if slot.kind is not kind:
            self._value_mismatch(slot, shown, span)
        return slot.kind is kind

    def _value_mismatch(self, slot: MapSlot, shown: str, span: Span) -> None:
        message = f"trying to assign value of type '{shown}' when map already has a type '{slot.kind_name}'"
        self.error(span, f"Type mismatch for {slot.name}: {message}")

    def _note(self, has_changed: bool) -> None:
        self.has_changed = self.has_changed or has_changed

    # ------------------------------------------------------------ events

    def add_event(
        self, node: nodes.Node, kind: EventKind, types: Iterable[Type] = (), **details: object
    ) -> None:
        """Enter the event that a node sends, with fields of these types; only the final pass does."""
        if self.is_final and node not in self.call_events:
            self.call_events[node] = self._new_event(kind, node.span, types, **details)

    def add_helper_error(self, node: nodes.Node, helper: str, span: Span) -> None:
        """Enter the warning that a helper which is called for a node has failed."""
        if (node, helper) not in self.helper_errors:
            event = self._new_event(EventKind.HELPER_ERROR, span, (INT64,), helper=helper)
            self.helper_errors[node, helper] = event

    def _new_event(self, kind: EventKind, span: Span, types: Iterable[Type], **details: object) -> EventInfo:
        # The header is two u32: as the first member of the struct it puts the fields at their offsets.
        members = (INT64, *types)
        offsets, size = struct_layout(members)
        layout = tuple(FieldInfo(*pair) for pair in zip(members[1:], offsets[1:], strict=True))
        event = EventInfo(len(self.events), kind, span, layout, round_up(size, 8), **details)  # type: ignore[arg-type]
        self.events.append(event)
        return event
