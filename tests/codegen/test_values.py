"""What expressions and maps compute."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.codegen.compiling import compile_script, words
from tests.codegen.machine import MASK, signed

KEYLESS = bytes(4)


def result_of(expression: str, *arguments: int, **state: object) -> int:
    """The value of an integer expression, as a signed number."""
    compiled = compile_script(f"@ = {expression};")
    machine = compiled.machine(**state)
    compiled.hit(machine, *arguments)
    value, is_set = words(machine.entries("AT_")[KEYLESS])
    assert is_set == 1
    kind = compiled.typed.map("@").value_type
    return signed(value, 8 * kind.size)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("1 + 2 * 3", 7),
        ("arg0 + 1", 11),
        ("arg0 - arg1", 13),
        ("arg1 / 2", -1),
        ("arg1 % 2", -1),
        ("arg0 / arg2", 1),
        ("arg0 % arg2", 1),
        ("arg0 / arg1", -3),
        ("arg0 << 3", 80),
        ("arg1 >> 1", -2),
        ("arg0 & 6", 2),
        ("arg0 | 1", 11),
        ("arg0 ^ 3", 9),
        ("~arg0", -11),
        ("-arg0", -10),
        ("!arg0", 0),
        ("!arg2", 1),
        ("arg0 > 5 && arg1 < 0", 1),
        ("arg0 > 50 || arg2 == 1", 0),
        ("arg1 < arg0", 1),
        ("arg0 == 10 ? 3 : 4", 3),
        ("arg2 ?: 7", 7),
        ("arg0 ?: 7", 10),
        ("(uint8)(arg0 + 250)", 4),
        ("(int8)(arg0 + 245)", -1),
        ("pid", 100),
        ("tid", 101),
        ("uid", 1000),
        ("gid", 1001),
        ("cpu", 0),
        ("nsecs", 5000),
        ("elapsed", 5000),
        ("comm == \"test\"", 1),
        ("comm == \"tes\"", 0),
        ("comm != \"testing\"", 1),
        ("str(arg3) == \"hello\"", 1),
        ("str(arg3) == \"hell\"", 0),
        ("str(arg3, 3) == \"he\"", 1),
        ("str(arg4) == \"\"", 1),
        ("str(arg3) == str(arg3)", 1),
        ("str(arg3) == comm", 0),
        ("strlen(str(arg3))", 5),
        ("strlen(comm)", 4),
        ("strlen(\"abc\")", 3),
        ("strncmp(str(arg3), \"help\", 3)", 0),
        ("strncmp(str(arg3), \"help\", 4)", 1),
        ("strncmp(\"hello\", str(arg3), 10)", 0),
        ("strncmp(\"hell\", str(arg3), 10)", 1),
        ("strncmp(comm, str(arg3), 2)", 1),
        ("strncmp(comm, comm, 20)", 0),
        ("str(arg3) ? 1 : 2", 1),
        ("str(arg4) ? 1 : 2", 2),
        ("str(comm, 3) == \"te\"", 1),
        ("(1, comm) == (1, \"test\")", 1),
        ("(2, comm) == (1, comm)", 0),
        ("reg(\"dx\")", 0),
        ("*(int32*)arg5", 7),
        ("*(int32*)arg4", 0),
        ("((uint16*)arg5)[2]", 3),
        ("probe == \"uprobe:/bin/target:function\"", 1),
        ("func == \"function\"", 1),
        ("(1, arg0).1", 10),
    ],
)  # fmt: skip
def test_expression(expression: str, expected: int) -> None:
    memory = {0x7000: b"hello\0world\0", 0x8000: struct.pack("<IHH", 7, 3, 4)}
    assert result_of(expression, 10, -3, 0, 0x7000, 0x9999, 0x8000, user_memory=memory) == expected


def test_stack_arguments_and_return_value() -> None:
    compiled = compile_script("uretprobe:/b:f { @r = retval; } uprobe:/b:f { @s = arg7; }")
    machine = compiled.machine(user_memory={0x1000: struct.pack("<QQQ", 1, 60, 70)})
    compiled.hit(machine, ax=-5, probe=0)
    compiled.hit(machine, sp=0x1000, probe=1)
    assert signed(words(machine.entries("AT_r")[KEYLESS])[0]) == -5
    assert words(machine.entries("AT_s")[KEYLESS])[0] == 70


@settings(max_examples=200, deadline=None)
@given(st.integers(-(2**63), 2**63 - 1), st.integers(-(2**63), 2**63 - 1))
def test_signed_division_is_that_of_c(left: int, right: int) -> None:
    compiled = _DIVISION.setdefault("it", compile_script("@q = arg0 / arg1; @r = arg0 % arg1;"))
    machine = compiled.machine()
    compiled.hit(machine, left, right)
    quotient, remainder = 1, 1
    if right:
        quotient = abs(left) // abs(right) * (1 if (left < 0) == (right < 0) else -1)
        remainder = left - quotient * right
    assert words(machine.entries("AT_q")[KEYLESS])[0] == quotient & MASK
    assert words(machine.entries("AT_r")[KEYLESS])[0] == remainder & MASK
    assert len(machine.records) == (0 if right else 2)  # the warnings


_DIVISION: dict[str, object] = {}


def test_scratch_variables_and_branches() -> None:
    body = "$x = arg0; if ($x > 5) { $x += 100; } else if $x > 2 { $x--; } else { $x = -1; } @[arg0] = $x;"
    compiled = compile_script(f"uprobe:/b:f {{ {body} }}")
    machine = compiled.machine()
    for argument in (1, 3, 6):
        compiled.hit(machine, argument)
    values = {words(key)[0]: signed(words(value)[0]) for key, value in machine.entries("AT_").items()}
    assert values == {1: -1, 3: 2, 6: 106}


def test_loops() -> None:
    body = """
        $i = 0; while ($i < 10) { $i++; if ($i == 3) { continue; } if ($i == 6) { break; } @w += $i; }
        unroll (3) { @u++; }
        for $j : 2..5 { @f += $j; }
    """
    compiled = compile_script(f"uprobe:/b:f {{ {body} }}")
    machine = compiled.machine()
    compiled.hit(machine)
    assert [words(machine.entries(name)[KEYLESS])[0] for name in ("AT_w", "AT_u", "AT_f")] == [12, 3, 9]


def test_predicate_and_return() -> None:
    compiled = compile_script("uprobe:/b:f /arg0 == 1/ { @a++; if (arg1) { return; } @b++; }")
    machine = compiled.machine()
    for arguments in ((0, 0), (1, 0), (1, 1)):
        compiled.hit(machine, *arguments)
    assert [words(machine.entries(name)[KEYLESS]) for name in ("AT_a", "AT_b")] == [(2, 1), (1, 1)]


def test_keys_are_padded_with_zeros() -> None:
    compiled = compile_script(
        "@a[pid, comm] = 1; @b[str(arg0)] = 2; @c[comm, (uint8)3, arg1] = 3;", max_strlen=64
    )
    machine = compiled.machine(user_memory={0x7000: b"hello\0"})
    compiled.hit(machine, 0x7000, -1)
    assert list(machine.entries("AT_a")) == [struct.pack("<I16s", 100, b"test")]
    assert list(machine.entries("AT_b")) == [b"hello".ljust(64, b"\0")]
    assert list(machine.entries("AT_c")) == [b"test".ljust(16, b"\0") + b"\3" + bytes(7) + b"\xff" * 8]


def test_increments_and_compound_assignments_of_maps() -> None:
    body = "@a++; ++@a; @a--; @p = @b[arg0]++; @q = ++@b[arg0]; @c[arg0] += 5; @c[arg0] -= 2; @d[1] |= 6; @d[1] *= 3;"
    compiled = compile_script(body)
    machine = compiled.machine()
    compiled.hit(machine, 7)
    assert words(machine.entries("AT_a")[KEYLESS]) == (1, 1)
    assert words(machine.entries("AT_p")[KEYLESS])[0] == 0
    assert words(machine.entries("AT_q")[KEYLESS])[0] == 2
    assert [words(value)[0] for value in machine.entries("AT_b").values()] == [2]
    assert [words(value)[0] for value in machine.entries("AT_c").values()] == [3]
    assert [words(value)[0] for value in machine.entries("AT_d").values()] == [18]


def test_delete_and_has_key() -> None:
    compiled = compile_script("if (has_key(@a, arg0)) { @n++; delete(@a, arg0); } else { @a[arg0] = 1; }")
    machine = compiled.machine()
    for _ in range(3):
        compiled.hit(machine, 9)
    assert len(machine.entries("AT_a")) == 1
    assert words(machine.entries("AT_n")[KEYLESS]) == (1, 1)


def test_string_and_tuple_variables_and_values() -> None:
    body = '$s = "abc"; @s[1] = $s; @t = (arg0, comm); $t = @t; @u[$t.1] = $t.0; @v = @s[1]; @w = @s[2];'
    compiled = compile_script(body)
    machine = compiled.machine()
    compiled.hit(machine, 5)
    assert next(iter(machine.entries("AT_s").values())).rstrip(b"\0") == b"abc"
    assert machine.entries("AT_u") == {b"test".ljust(16, b"\0"): struct.pack("<q", 5)}
    assert machine.entries("AT_v")[KEYLESS][:8].rstrip(b"\0") == b"abc"
    assert machine.entries("AT_w")[KEYLESS][:4] == bytes(4)


def test_a_full_map_loses_the_new_key_only() -> None:
    compiled = compile_script("@[arg0]++;", max_map_keys=2)
    machine = compiled.machine()
    for key in (1, 2, 3, 1):
        compiled.hit(machine, key)
    assert {words(key)[0]: words(value)[0] for key, value in machine.entries("AT_").items()} == {1: 2, 2: 1}


def test_big_strings_live_in_the_scratch_map() -> None:
    compiled = compile_script("@[str(arg0)] = str(arg1);", max_strlen=1024)
    machine = compiled.machine(user_memory={0x7000: b"key\0", 0x8000: b"v" * 2000})
    compiled.hit(machine, 0x7000, 0x8000)
    ((key, value),) = machine.entries("AT_").items()
    assert key == b"key".ljust(1024, b"\0")
    assert value == b"v" * 1024  # no NUL: it was cut


def test_a_string_that_just_fits_is_not_marked_as_cut() -> None:
    compiled = compile_script("@ = str(arg0); @n = str(arg0, 4);", max_strlen=8)
    machine = compiled.machine(user_memory={0x1000: b"1234567\0", 0x2000: b"12345678\0"})
    compiled.hit(machine, 0x1000)
    assert machine.entries("AT_")[KEYLESS][:8] == b"1234567\0"
    compiled.hit(machine, 0x2000)
    assert machine.entries("AT_")[KEYLESS][:8] == b"12345678"
    assert machine.entries("AT_n")[KEYLESS][:4] == b"123\0"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (b"", b""),
        (b"a", b""),
        (b"abcd", b"abcd"),
        (b"abcd", b"abce"),
        (b"abcd", b"abcdef"),
        (b"abcdefgh", b"abcd"),
    ],
)
def test_strings_in_buffers_of_different_size(first: bytes, second: bytes) -> None:
    compiled = compile_script(
        "$a = str(arg0, 5); $b = str(arg1); @e = $a == $b; @n = $b != $a;", max_strlen=16
    )
    machine = compiled.machine(user_memory={0x1000: first + b"\0", 0x2000: second + b"\0"})
    compiled.hit(machine, 0x1000, 0x2000)
    expected = first[:4] == second
    assert [machine.entries(name)[KEYLESS][0] for name in ("AT_e", "AT_n")] == [expected, not expected]


def test_a_full_buffer_without_nul_ends_at_its_end() -> None:
    compiled = compile_script("$a = str(arg0); $b = str(arg1); @e = $a == $b;", max_strlen=8)
    machine = compiled.machine(user_memory={0x1000: b"12345678rest\0", 0x2000: b"12345678\0"})
    compiled.hit(machine, 0x1000, 0x2000)
    assert machine.entries("AT_e")[KEYLESS][0] == 1
