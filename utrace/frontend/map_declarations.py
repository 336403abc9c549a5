"""`let @m = hash(100);`: maps whose kind and size the script says itself."""

from __future__ import annotations

from dataclasses import replace

from utrace.frontend import nodes
from utrace.frontend.facts import Facts
from utrace.frontend.typed import MapInfo, MapKind

KINDS = ("hash", "percpuhash", "lruhash", "percpulruhash")
MAX_ENTRIES = 1 << 24


def check_declarations(program: nodes.Program, facts: Facts) -> None:
    """Report declarations that are wrong, do not go with how their map is used, or have no use."""
    seen = set()
    for declaration in program.map_declarations:
        name, span = declaration.name, declaration.span
        if name in seen:
            facts.error(span, f"Redeclaration of map: {name}")
        seen.add(name)
        if declaration.kind not in KINDS:
            facts.error(span, f"Invalid bpf map type: {declaration.kind}", f"valid are {', '.join(KINDS)}")
        elif not 1 <= declaration.entries <= MAX_ENTRIES:
            facts.error(span, f"A map holds 1 to {MAX_ENTRIES} keys, not {declaration.entries}")
        elif name not in facts.maps:
            facts.warn(span, f"Unused map: {name}")
        else:
            _check_kind(declaration, facts)


def _check_kind(declaration: nodes.MapDeclaration, facts: Facts) -> None:
    slot = facts.maps[declaration.name]
    if slot.kind in {None, MapKind.VALUE}:
        used = "hash"
    else:
        used = "percpuarray" if slot.kind is MapKind.COUNT and not slot.is_keyed else "percpuhash"
    if declaration.kind.removeprefix("lru").replace("percpulru", "percpu") != used:
        types = f"Type from declaration: {declaration.kind}. Type from value/key type: {used}"
        facts.error(declaration.span, f"Incompatible map types. {types}")


def as_declared(info: MapInfo, program: nodes.Program) -> MapInfo:
    """Return a map with the kind and size that its declaration says, if it has one."""
    for declaration in program.map_declarations:
        if declaration.name == info.name:
            return replace(info, entries=declaration.entries, is_evicting="lru" in declaration.kind)
    return info
