"""The typed program: what `infer` found out, and the contract between frontend, codegen and output.

How the pieces are found:
- type of an expression: `typed.type_of(node)`.  Operands are *not* wrapped in conversion nodes; the code
  generator converts where two types differ: a value to the type of what it is assigned to, the arms of
  a Ternary to the type of the Ternary, both sides of a Binary to `typed.operand_type(node)` (for `<<`
  and `>>` and all arithmetic this is the result's type; for comparisons the common type; for `&&` and
  `||` each side is just tested for truth), a key to `MapInfo.key_type`, arguments of an event to its
  fields, elements of a tuple one by one.  Conversions are: integer to integer (extend by the source's
  sign, or cut), string to a larger string (NUL padding), bool to integer, the aggregation's integer.
- map: `typed.map(node.name)`;  the scalar or bucket layout is in `MapInfo`.
- variable: `typed.variable_of(node)` for every Variable node.
- event of a call (printf, print, clear, zero, exit, time, ...): `typed.event_of(node)`.  An event record
  is u32 id, u32 zero, then the payload, whose fields are `EventInfo.fields` at `FieldInfo.offset`.
- constant: `typed.constant_of(node)` is the value of an expression that is known, else None.  Constant
  strings are exactly the `nodes.String` nodes that are reached by expressions; formats are not needed
  at run time.
- division: `/` and `%` by zero yield 1, and `typed.event_of(node)`, with the Binary or (for `/=`, `%=`)
  the Assign, is the warning to send then; None when the divisor is a constant other than 0.
- compound assignment and `++`/`--`: the target's type is always a 64-bit integer, so that an atomic add
  does for maps; the right side is converted to it.
- maps as arguments: print, clear, zero, len, delete and has_key take a map as such: that MapAccess node
  has no type (`typed.is_map_argument`).  The key is `call.arguments[1]` in `delete(@m, k)` and
  `has_key(@m, k)`, or `call.arguments[0].key` in the old form `delete(@m[k])`.
- `str(p, n)` yields `string[N]`, N being n when that is a constant, else `Config.max_strlen`.
- `probe`, `probetype` and `func` are strings as large as the longest over the probes of the block; their
  values are `TypedProbe.name`, `.attach_point.provider` and `.function`.
- loops: the `$i` of a ForRange is an int64, as are both bounds.
- `exit()` sends its event and leaves the program; so does `return`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import Enum
from functools import cached_property

from utrace.diagnostics import Diagnostic
from utrace.frontend import nodes
from utrace.frontend.buckets import LinearBuckets, LogBuckets, SeriesBuckets
from utrace.frontend.config import Config
from utrace.frontend.types import IntType, Type, round_up
from utrace.lazy_dataclass import dataclass
from utrace.source import Source, Span

EVENT_HEADER_BYTES = 8


class MapKind(Enum):
    """What is kept in a map; all but VALUE are aggregations."""

    VALUE = "value"
    COUNT = "count"
    SUM = "sum"
    MIN = "min"
    MAX = "max"
    AVG = "avg"
    STATS = "stats"
    HIST = "hist"
    LHIST = "lhist"
    TSERIES = "tseries"


READABLE_AS_INTEGER = frozenset({MapKind.COUNT, MapKind.SUM, MapKind.MIN, MapKind.MAX, MapKind.AVG})
"""Aggregations that are an integer wherever one is wanted."""


@dataclass(frozen=True)
class MapInfo:
    """One map of the script.

    Layout of a value in eBPF, all u64 unless said otherwise: VALUE without key: the value, padding to 8,
    is_set; VALUE with key: the value, padding to 8; COUNT: calls; SUM, AVG, STATS: total, calls; MIN,
    MAX: rank (`buckets.rank_mask`), is_set; HIST, LHIST: `buckets.count` counters; TSERIES: `series`.
    """

    name: str
    """As the script has it: `@` or `@name`."""
    id: int
    """Index in `TypedProgram.maps`; events name a map by it."""
    key_type: Type | None
    """None for a scalar map, which is an array of one entry (u32 key 0) in eBPF."""
    value_type: Type
    """For aggregations the 64-bit integer that is aggregated: uint64 for COUNT, int64 or uint64 after the
    argument for the others.  Reading a COUNT .. AVG map as an integer gives a value of this type."""
    kind: MapKind
    buckets: LogBuckets | LinearBuckets | None
    span: Span
    """Where the script first uses the map."""
    series: SeriesBuckets | None = None
    entries: int | None = None
    """The most keys that it may have; None: as many as the setting max_map_keys says."""
    is_evicting: bool = False
    """When it is full, a new key takes the place of one that has been there for long."""

    @property
    def ebpf_name(self) -> str:
        """Return the name of the map in the object: `AT_x` for `@x`."""
        return "AT_" + self.name[1:]

    @property
    def is_per_cpu(self) -> bool:
        """Tell whether every thread (kernel: every CPU) has values of its own, merged by the reader."""
        return self.kind is not MapKind.VALUE

    @property
    def is_signed(self) -> bool:
        """Tell whether the integers in the map are signed."""
        return isinstance(self.value_type, IntType) and self.value_type.is_signed

    @property
    def value_bytes(self) -> int:
        """Return the size of a value in the eBPF map, always a multiple of 8."""
        if self.buckets is not None:
            return 8 * self.buckets.count
        if self.series is not None:
            return self.series.size
        if self.kind is MapKind.VALUE:
            return round_up(self.value_type.size, 8) + (8 if self.key_type is None else 0)
        return 8 if self.kind is MapKind.COUNT else 16


@dataclass(frozen=True)
class VariableInfo:
    """One scratch variable; two of the same name in different scopes are two."""

    name: str
    id: int
    """Unique in the program; bodies that probes share, share their variables too."""
    type: Type


class EventKind(Enum):
    """What the tracer does when a record arrives; the comment gives the payload's fields."""

    PRINTF = "printf"  # the arguments
    PRINT_MAP = "print_map"  # none; map_id, top, div
    PRINT_VALUE = "print_value"  # the value
    PRINT_ELEMENT = "print_element"  # the key (`print(@x[k])` of an aggregation); map_id
    CLEAR = "clear"  # none; map_id
    ZERO = "zero"  # none; map_id
    EXIT = "exit"  # int64 code
    TIME = "time"  # none; format is for strftime
    JOIN = "join"  # string fields; format is the separator
    WARNING = "warning"  # none; message
    HELPER_ERROR = "helper_error"  # int64 return code; message, helper (only sent with -k)
    ERRORF = "errorf"  # as PRINTF
    WARNF = "warnf"  # as PRINTF
    CAT = "cat"  # as PRINTF: the path of a file to print
    SYSTEM = "system"  # as PRINTF: a command for the shell


@dataclass(frozen=True)
class Conversion:
    """One `%` of a format: `%-08.3lld` has flags `-0`, width 8, precision 3, length `ll`, letter `d`."""

    flags: str
    width: int | None
    precision: int | None
    length: str
    letter: str
    """d i u o x X c p s, or one of the language's own: `r`, `rx`, `rh`."""


@dataclass(frozen=True)
class FieldInfo:
    """One field of a payload; `offset` counts from the start of the record, so the first is at 8."""

    type: Type
    offset: int


@dataclass(frozen=True)
class EventInfo:
    """Everything constant about the events that one call sends; `id` indexes `TypedProgram.events`."""

    id: int
    kind: EventKind
    span: Span
    fields: tuple[FieldInfo, ...] = ()
    size: int = EVENT_HEADER_BYTES
    """Bytes of the whole record with header, a multiple of 8."""
    format: str = ""
    """The format as written, escapes resolved."""
    parts: tuple[str | Conversion, ...] = ()
    """The format taken apart for PRINTF (`%%` resolved); conversions go with `fields` in order."""
    map_id: int | None = None
    top: int = 0
    """print(@m, top, div), and print(@m, min, max) of a tseries map: 0 when not given."""
    div: int = 0
    message: str = ""
    helper: str = ""
    """Name of the helper that failed, of a HELPER_ERROR."""


@dataclass(frozen=True)
class TypedProbe:
    """One probe to attach: one program of the eBPF object."""

    index: int
    attach_point: nodes.AttachPoint
    predicate: nodes.Expression | None
    body: nodes.Block
    names_itself: bool
    """The block uses `probe` or `func`, so that probes sharing this body differ in code."""

    @property
    def name(self) -> str:
        """Return the value of the builtin `probe`."""
        return self.attach_point.name

    @property
    def function(self) -> str:
        """Return the value of the builtin `func`."""
        site = self.attach_point.site
        return site.function_shown if site else ""

    @property
    def program_name(self) -> str:
        """Return the name of the eBPF function: `p0_uprobe`."""
        return f"p{self.index}_{self.attach_point.provider}"

    @property
    def section(self) -> str:
        """Return the ELF section: of the uprobe type for the kernel; `uprobe/value` has programs with a result."""
        provider = self.attach_point.provider
        if provider == "uretprobe":
            return "uretprobe"
        return "uprobe/value" if provider in {"test", "bench"} else "uprobe"


@dataclass(frozen=True)
class TypedFunction:
    """One function of the script (`fn`)."""

    name: str
    parameters: tuple[VariableInfo, ...]
    result: Type
    """types.NONE when it yields nothing; what ends without `return` yields zeros."""
    body: nodes.Block
    node: nodes.Function


@dataclass(frozen=True)
class TypedProgram:
    """The program with all that is known about it before code is generated."""

    source: Source
    config: Config
    probes: tuple[TypedProbe, ...]
    maps: tuple[MapInfo, ...]
    events: tuple[EventInfo, ...]
    types: Mapping[nodes.Expression, Type]
    operand_types: Mapping[nodes.Binary, Type]
    constants: Mapping[nodes.Expression, int | bytes]
    variables: Mapping[nodes.Variable, VariableInfo]
    call_events: Mapping[nodes.Node, EventInfo]
    warnings: tuple[Diagnostic, ...]
    helper_errors: Mapping[tuple[nodes.Node, str], EventInfo] = field(default_factory=dict)
    """By node and helper, the warning to send when the helper fails there; empty without -k."""
    functions: Mapping[str, TypedFunction] = field(default_factory=dict)
    """By name; a Call of such a name means it, whatever else has the name."""
    time_formats: tuple[str, ...] = ()
    """The formats of strftime(); a value of type `timestamp` names one by its index."""
    distances: Mapping[tuple[nodes.Call, nodes.ProbeSite], int] = field(default_factory=dict)
    """For `uaddr("symbol")` in a probe: the symbol's address minus that of the probed instruction."""

    @cached_property
    def _maps_by_name(self) -> dict[str, MapInfo]:
        return {info.name: info for info in self.maps}

    def map(self, name: str) -> MapInfo:
        """Return the map of this name (`@x`), which every name in the tree has."""
        return self._maps_by_name[name]

    def type_of(self, node: nodes.Expression) -> Type:
        """Return the type of an expression; types.NONE for calls without value."""
        return self.types[node]

    def operand_type(self, node: nodes.Binary) -> Type:
        """Return the type that both operands are converted to before the operation."""
        return self.operand_types[node]

    def constant_of(self, node: nodes.Expression) -> int | bytes | None:
        """Return the value of an expression that is known now (integers, bools as 0 or 1, strings)."""
        return self.constants.get(node)

    def variable_of(self, node: nodes.Variable) -> VariableInfo:
        """Return the variable that a Variable node means."""
        return self.variables[node]

    def event_of(self, node: nodes.Node) -> EventInfo | None:
        """Return the event that a Call (or a division that may be by zero) sends, None when it sends none."""
        return self.call_events.get(node)

    def is_map_argument(self, node: nodes.Expression) -> bool:
        """Tell whether the node is a map as such, not the value in it (`print(@m)`, `clear(@m)`)."""
        return node not in self.types
