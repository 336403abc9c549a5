"""Records in the ring buffer."""

from __future__ import annotations

import struct

import pytest

from tests.codegen.compiling import compile_script, number, words

KEYLESS = bytes(4)


def test_printf_of_integers_and_strings() -> None:
    compiled = compile_script('printf("%d %s %d %s\\n", pid, comm, arg0, str(arg1));', max_strlen=64)
    machine = compiled.machine(user_memory={0x7000: b"hello\0"})
    compiled.hit(machine, -1, 0x7000)
    (event,) = compiled.typed.events
    (record,) = machine.records
    assert len(record) == event.size
    assert words(record[:8]) == (event.id,)
    pid, comm, argument, text = (record[field.offset :][: field.type.size] for field in event.fields)
    assert number(pid) == 100
    assert comm == b"test".ljust(16, b"\0")
    assert number(argument) == -1
    assert text.startswith(b"hello\0")


@pytest.mark.parametrize("max_strlen", [16, 1024])
def test_an_unreadable_string_is_empty(max_strlen: int) -> None:
    compiled = compile_script('printf("%s %s", str(arg0), str(arg1));', max_strlen=max_strlen)
    machine = compiled.machine(user_memory={0x7000: b"readable\0"})
    compiled.hit(machine, 0x7000, 0x7000)
    compiled.hit(machine, 0x1, 0x2)
    offsets = [field.offset for field in compiled.typed.events[0].fields]
    assert [machine.records[0][offset : offset + 8] for offset in offsets] == [b"readable"] * 2
    assert [machine.records[1][offset] for offset in offsets] == [0, 0]


def test_exit_ends_the_program() -> None:
    compiled = compile_script("uprobe:/b:f { if (arg0) { exit(3); @after++; } @on++; }")
    machine = compiled.machine()
    compiled.hit(machine, 1)
    compiled.hit(machine, 0)
    event = compiled.typed.events[0]
    assert machine.records == [struct.pack("<QQ", event.id, 3)]
    assert words(machine.entries("AT_on")[KEYLESS]) == (1, 1)
    assert words(machine.entries("AT_after")[KEYLESS]) == (0, 0)


def test_exit_without_a_code_is_exit_0() -> None:
    compiled = compile_script("exit();")
    machine = compiled.machine()
    compiled.hit(machine)
    assert words(machine.records[0])[1:] == (0,)


def test_print_of_values_and_maps() -> None:
    body = '@[1] = count(); print(@); print(@, 5, 2); clear(@); zero(@); print(arg0); print((1, comm)); print("x");'
    compiled = compile_script(body)
    machine = compiled.machine()
    compiled.hit(machine, 77)
    assert [words(record[:8])[0] for record in machine.records] == [
        event.id for event in compiled.typed.events
    ]
    assert all(len(r) == e.size for r, e in zip(machine.records, compiled.typed.events, strict=True))
    assert words(machine.records[4])[1] == 77


def test_lost_events_are_counted() -> None:
    compiled = compile_script('printf("%d\\n", arg0);')
    machine = compiled.machine(ring_has_room=False)
    for _ in range(3):
        compiled.hit(machine, 1)
    machine.ring_has_room = True
    compiled.hit(machine, 1)
    assert words(machine.entries("event_loss_counter")[KEYLESS]) == (3,)
    assert len(machine.records) == 1


def test_division_by_zero_warns() -> None:
    compiled = compile_script("@ = arg0 / arg1; @b = 1; @b /= arg1;")
    machine = compiled.machine()
    compiled.hit(machine, 4, 2)
    assert machine.records == []
    compiled.hit(machine, 4, 0)
    assert len(machine.records) == 2
    assert words(machine.entries("AT_")[KEYLESS]) == (1, 1)


def test_join_stops_at_the_null_pointer() -> None:
    compiled = compile_script("join(arg0);", max_strlen=32)
    strings = {0x1000 + 0x100 * i: text for i, text in enumerate((b"ls\0", b"-l\0", b"never\0"))}
    array = struct.pack("<QQQQ", 0x1000, 0x1100, 0, 0x1200)
    machine = compiled.machine(user_memory=strings | {0x9000: array})
    compiled.hit(machine, 0x9000)
    (record,) = machine.records
    fields = [record[field.offset :][:32].split(b"\0")[0] for field in compiled.typed.events[0].fields]
    assert fields == [b"ls", b"-l"] + [b""] * 14


def test_print_of_one_element() -> None:
    compiled = compile_script("@[comm] = hist(arg0); print(@[comm]);")
    machine = compiled.machine()
    compiled.hit(machine, 1)
    (event,) = compiled.typed.events
    assert machine.records[0][event.fields[0].offset :][:16] == b"test".ljust(16, b"\0")
