"""Stacks and symbols: what goes into the script's maps and events, and into the map of stacks."""

from __future__ import annotations

import pytest

from tests.codegen.compiling import Compiled, compile_script, words
from tests.codegen.machine import Machine

SHALLOW, DEEP = (0x401000, 0x402000), tuple(range(0x500000, 0x500000 + 300))


def run(script: str, *stacks: tuple[int, ...], **settings: object) -> Machine:
    compiled = compile_script(script)
    machine = compiled.machine(**settings)
    for stack in stacks:
        machine.stack = stack
        compiled.hit(machine, 0x1234)
    return machine


def stacks(machine: Machine) -> dict[int, tuple[int, ...]]:
    return {words(key)[0]: words(frames) for key, frames in machine.entries("stack_traces").items()}


def value(data: bytes) -> tuple[int, int, int]:
    """Id, process, number of frames."""
    return words(data[:8])[0], int.from_bytes(data[8:12], "little"), int.from_bytes(data[12:16], "little")


def test_a_key_names_frames_process_and_count() -> None:
    machine = run("@[ustack] = count();", SHALLOW, SHALLOW, pid=77)
    (key,) = machine.per_cpu("AT_")
    id, pid, count = value(key)
    assert (pid, count) == (77, 2)
    assert stacks(machine) == {id: SHALLOW + (0,) * 125}


def test_each_stack_has_an_id_of_its_own() -> None:
    prefixes = [DEEP[:length] for length in range(1, 128)]
    reordered = [tuple(reversed(DEEP[:length])) for length in range(2, 60)]
    machine = run("@[ustack] = count();", *prefixes, *reordered, *prefixes)
    assert len(machine.per_cpu("AT_")) == len(stacks(machine)) == len(prefixes) + len(reordered)
    kept = {frames[: frames.index(0)] if 0 in frames else frames for frames in stacks(machine).values()}
    assert kept == {*prefixes, *reordered}


@pytest.mark.parametrize("limit", [1, 2, 16, 17, 100, 127, 128, 299, 300])
def test_a_limit(limit: int) -> None:
    machine = run(f"@ = ustack({limit});", DEEP)
    id, _, count = value(next(iter(machine.entries("AT_").values())))
    assert count == limit
    assert stacks(machine) == {id: DEEP[:limit]}


def test_stacks_of_several_limits_share_a_map() -> None:
    machine = run("@a = ustack(2); @b = ustack(perf, 30); @c = ustack(raw, 2);", DEEP)
    kept = stacks(machine)
    first, second, third = (value(next(iter(machine.entries(f"AT_{name}").values()))) for name in "abc")
    assert first == third and first[2] == 2 and second[2] == 30
    assert kept[first[0]] == DEEP[:2] + (0,) * 28 and kept[second[0]] == DEEP[:30]


def test_no_stack() -> None:
    machine = run("@ = ustack; @n = len(ustack);", ())
    assert next(iter(machine.entries("AT_").values()))[:16] == bytes(8) + (100).to_bytes(4, "little") + bytes(
        4
    )
    assert words(next(iter(machine.entries("AT_n").values())))[0] == 0
    assert not stacks(machine)


def test_the_length_of_a_stack() -> None:
    machine = run("$s = ustack(9); @n = len($s); @m = len(ustack);", DEEP)
    assert [words(next(iter(machine.entries(f"AT_{name}").values())))[0] for name in "nm"] == [9, 127]


def test_events_carry_stacks() -> None:
    machine = run('printf("%s %d", ustack(3), pid); print((1, ustack(3)));', DEEP, pid=5)
    first, second = machine.records
    assert value(first[8:24])[1:] == (5, 3)
    assert value(second[16:32]) == value(first[8:24])


def test_a_symbol_is_an_address_and_a_process() -> None:
    machine = run("@[usym(arg0)] = 1;", SHALLOW, pid=9)
    assert list(machine.entries("AT_")) == [(0x1234).to_bytes(8, "little") + (9).to_bytes(8, "little")]


def compiled_with_symbols(script: str) -> Compiled:
    from tests.codegen.compiling import Everything
    from utrace.frontend.expand import expand
    from utrace.frontend.infer import infer
    from utrace.frontend.parse import parse
    from utrace.source import Source

    places = {"behind": (0x100, 4), "before": (-0x80, 1)}
    program = expand(parse(Source("stdin", script)), Everything(), ())

    def find(site: object, name: str) -> tuple[int, int]:
        distance, size = places[name]
        return distance - site.offset, size

    return Compiled(infer(program, symbols=find))


def test_a_symbol_lies_at_its_distance_from_the_probe() -> None:
    compiled = compiled_with_symbols('uprobe:/b:f { @ = uaddr("behind"); @b = *uaddr("before"); }')
    machine = compiled.machine(probed_address=0x7000, user_memory={0x7000 - 0x80: b"\xfe"})
    compiled.hit(machine)
    assert words(next(iter(machine.entries("AT_").values())))[0] == 0x7100
    assert next(iter(machine.entries("AT_b").values()))[:1] == b"\xfe"


def test_probes_at_several_places_have_programs_of_their_own() -> None:
    compiled = compiled_with_symbols('uprobe:/b:f, uprobe:/b:f+4, uprobe:/c:f { @ = uaddr("behind"); }')
    assert list(compiled.spec.programs) == ["p0_uprobe", "p1_uprobe"]
    machine = compiled.machine(probed_address=0x7004)
    compiled.hit(machine, probe=1)
    assert words(next(iter(machine.entries("AT_").values())))[0] == 0x7100
