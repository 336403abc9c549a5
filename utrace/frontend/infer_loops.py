"""What `$kv` is in `for ($kv : @map)`: a tuple of the map's key and value."""

from __future__ import annotations

from utrace.frontend import nodes
from utrace.frontend.facts import Facts, MapSlot
from utrace.frontend.typed import MapKind
from utrace.frontend.types import TupleType

_WITHOUT_ONE_VALUE = frozenset({MapKind.STATS, MapKind.HIST, MapKind.LHIST, MapKind.TSERIES})


def infer_map_loop(facts: Facts, node: nodes.ForMap) -> None:
    """Give the loop's variable its type, and check that the map can be looped over."""
    slot = facts.map_slot(node.map)
    if not _check(facts, node.map, slot) or slot.key is None or slot.value is None:
        return
    variable = facts.variables[node.target]
    element = TupleType((slot.key, slot.value))
    facts.has_changed = facts.has_changed or variable.type != element
    variable.type, variable.is_fixed, variable.is_flexible = element, True, False


def _check(facts: Facts, access: nodes.MapAccess, slot: MapSlot) -> bool:
    if access.key is not None:
        facts.error(access.span, f"A loop goes over a whole map: {access.name}, without a key")
        return False
    if slot.kind is None:
        facts.error(access.span, f"Undefined map: {access.name}")
        return False
    if slot.is_keyed is False:
        message = f"{access.name} has no explicit keys (scalar map), and cannot be used for iteration"
        facts.error(access.span, message)
        return False
    if slot.kind in _WITHOUT_ONE_VALUE:
        facts.error(access.span, f"Loop expression does not support type: {slot.kind_name}")
        return False
    return True
