from __future__ import annotations

import pytest

from tests.frontend.support import body, typed
from utrace.frontend.buckets import LinearBuckets, LogBuckets
from utrace.frontend.literals import integer_value, string_value
from utrace.frontend.typed import EventKind, MapKind
from utrace.frontend.types import INT64, UINT64, StringType, TupleType


def value_type(statements: str, name: str = "@x") -> str:
    return str(body(statements).map(name).value_type)


def key_type(statements: str) -> str:
    return str(body(statements).map("@x").key_type)


@pytest.mark.parametrize(
    ("expression", "type_"),
    [
        ("1", "int8"), ("128", "int16"), ("70000", "int32"), ("1 << 40", "int64"), ("-1", "int8"),
        ("0xffffffffffffffff", "uint64"), ("9223372036854775808", "uint64"), ("-9223372036854775808", "int64"),
        ("1 + 1", "int64"), ("nsecs", "uint64"), ("nsecs + 1", "uint64"), ("nsecs - 1", "int64"),
        ("nsecs + arg0", "int64"), ("pid + tid", "uint64"), ("pid * 2", "uint64"), ("arg0 / 3", "int64"),
        ("pid == 1", "bool"), ("true", "bool"), ("!pid", "bool"), ("~pid", "uint64"), ("-pid", "int64"),
        ("(uint8)pid", "uint8"), ("(int32*)arg0", "int32*"), ("*(int16*)arg0", "int16"), ("*arg0", "uint64"),
        ("(char)arg0", "int8"), ("(size_t)arg0", "uint64"), ("sizeof(uint16)", "uint64"),
        ('"abc"', "string[4]"), ("comm", "string[16]"), ("str(arg0)", "string[1024]"), ("str(arg0, 8)", "string[8]"),
        ("str(arg0, arg1)", "string[1024]"), ("str(arg0, 5000)", "string[1024]"), ('str("ab")', "string[3]"),
        ('pid ? "a" : "bcd"', "string[4]"), ("pid ? 1 : nsecs", "uint64"), ("(1, comm)", "(int8,string[16])"),
        ("(nsecs,)", "(uint64,)"), ("(1, (2, 3)).1.0", "int8"), ("((uint16*)arg0)[3]", "uint16"), ("comm[0]", "int8"),
        ("func", "string[5]"), ("probe", "string[21]"), ("probetype", "string[7]"), ("rand", "uint32"),
        ("arg9", "int64"), ("sarg0", "int64"), ('reg("ip")', "uint64"), ("(uint8*)arg0 + 4", "uint8*"),
        ("strlen(comm)", "uint64"), ("comm()", "string[16]"), ("__builtin_pid", "uint32"),
    ],
)  # fmt: skip
def test_type_of_expression(expression, type_):
    assert value_type(f"@x = {expression};") == type_


@pytest.mark.parametrize(
    ("statements", "type_"),
    [
        ("@x = 1; @x = 1000;", "int16"),
        ("@x = 0; @x = nsecs;", "uint64"),
        ("@x = nsecs; @x = 0;", "uint64"),
        ("@x = pid; @x = -1;", "int64"),
        ('@x = "a"; @x = comm;', "string[16]"),
        ('@x = (1, "a"); @x = (300, "abc");', "(int16,string[4])"),
        ("@x++;", "int64"),
        ("@x = 0; ++@x; --@x;", "int64"),
        ("@x = nsecs; @x++;", "uint64"),
        ("@x += nsecs;", "uint64"),
        ("@x += arg0;", "int64"),
        ("@x -= 1;", "int64"),
        ("@x = @y; @y = comm;", "string[16]"),
        ("@x = @y; @y = @z; @z = @w; @w = pid;", "uint32"),
        ("@c = count(); @x = @c;", "uint64"),
        ("@m = min(arg0); @x = @m + 1;", "int64"),
        ("let $i; @x = $i;", "int64"),
        ("$i = 1; $i = nsecs; @x = $i;", "uint64"),
        ("let $i: uint16 = 3; @x = $i;", "uint16"),
        ("for $i : 0..3 { @x = $i }", "int64"),
    ],
)
def test_type_of_map_grows(statements, type_):
    assert value_type(statements) == type_


@pytest.mark.parametrize(
    ("statements", "type_"),
    [
        ("@x[1] = 1; @x[tid] = 1;", "uint32"),
        ("@x[1, comm] = 1; @x[nsecs, \"a\"] = 1;", "(uint64,string[16])"),
        ("@x[(1, 2)] = 1; @x[1, 2000] = 1;", "(int8,int16)"),
        ("@x[1] = 1; if (has_key(@x, 70000)) { }", "int32"),
        ("@x[1] = 1; delete(@x, 1000);", "int16"),
        ("@x = 1;", "None"),
    ],
)  # fmt: skip
def test_type_of_key_grows(statements, type_):
    assert key_type(statements) == type_


@pytest.mark.parametrize(
    ("call", "kind", "type_", "size"),
    [
        ("count()", MapKind.COUNT, UINT64, 8),
        ("sum(arg0)", MapKind.SUM, INT64, 16),
        ("sum(nsecs)", MapKind.SUM, UINT64, 16),
        ("min(5)", MapKind.MIN, INT64, 16),
        ("max(pid)", MapKind.MAX, UINT64, 16),
        ("avg(-1)", MapKind.AVG, INT64, 16),
        ("stats(arg0)", MapKind.STATS, INT64, 16),
        ("hist(nsecs)", MapKind.HIST, INT64, 8 * 66),
        ("lhist(arg0, 0, 100, 10)", MapKind.LHIST, INT64, 8 * 12),
    ],
)
def test_aggregation(call, kind, type_, size):
    info = body(f"@x[tid] = {call};").map("@x")
    assert (info.kind, info.value_type, info.value_bytes, info.is_per_cpu) == (kind, type_, size, True)
    assert info.ebpf_name == "AT_x"


def test_plain_map_layout():
    program = body("@s = 1; @k[1] = comm; @ = nsecs;")
    assert program.map("@s").value_bytes == 16
    assert program.map("@k").value_bytes == 16
    assert program.map("@").ebpf_name == "AT_"


def test_printf_event():
    program = body('printf("%d %5.2s|%%|%llx\\n", pid, comm, arg0);')
    (event,) = program.events
    assert event.kind is EventKind.PRINTF
    assert [(str(field.type), field.offset) for field in event.fields] == [
        ("uint64", 8), ("string[16]", 16), ("int64", 32),
    ]  # fmt: skip
    assert event.size == 40
    assert [part for part in event.parts if isinstance(part, str)] == [" ", "|%|", "\n"]
    conversion = event.parts[2]
    assert not isinstance(conversion, str)
    assert (conversion.width, conversion.precision, conversion.letter) == (5, 2, "s")


def test_every_expression_of_a_shared_body_is_typed_once():
    program = typed('uprobe:/bin/app:read_*,ur:/bin/app:main { @[probe] = count(); printf("x") }')
    assert len(program.events) == 1
    assert [probe.names_itself for probe in program.probes] == [True, True, True]
    assert program.map("@").key_type == StringType(len("uprobe:/bin/app:read_line") + 1)
    assert [probe.program_name for probe in program.probes] == ["p0_uprobe", "p1_uprobe", "p2_uretprobe"]


def test_division_sends_a_warning_unless_the_divisor_is_known():
    assert [event.kind for event in body("@x = 1; $a = 5 / @x; $a %= @x;").events] == [EventKind.WARNING] * 2
    assert body("$a = arg0 / 10; $a /= 3;").events == ()
    assert len(body("$a = arg0 / 0;").events) == 1


def test_types_reach_across_probes():
    program = typed("begin { $x = @later; @copy = $x } end { @later = comm; }")
    assert program.map("@copy").value_type == StringType(16)


def test_tuple_layout_is_that_of_c():
    assert TupleType((StringType(3), INT64, StringType(1), UINT64)).size == 32
    assert TupleType((StringType(3), INT64)).offsets == (0, 8)
    assert TupleType(()).size == 0


def test_variables_of_sibling_scopes_differ():
    program = body("if 1 { $x = 1; print($x) } else { $x = comm; print($x) }")
    assert sorted(str(info.type) for info in set(program.variables.values())) == ["int8", "string[16]"]


@pytest.mark.parametrize("bits", range(6))
def test_log_buckets_agree_with_their_bounds(bits):
    buckets = LogBuckets(bits)
    values = {-1, 0, 1, 2, 3, 4, 7, 8, 15, 16, 31, 32, 33, 100, 1023, 1024, 2**40 + 12345, 2**63, 2**64 - 1}
    for value in values:
        index = buckets.index(value)
        low, high = buckets.bounds(index)
        assert 0 <= index < buckets.count
        assert (low is None or low <= value) and high is not None and value < high
    assert buckets.index(2**64 - 1) == buckets.count - 1


def test_log_buckets_of_one_per_power():
    buckets = LogBuckets(0)
    assert [buckets.index(value) for value in (-5, 0, 1, 2, 3, 4)] == [0, 1, 2, 3, 3, 4]
    assert [buckets.bounds(index) for index in range(5)] == [(None, 0), (0, 1), (1, 2), (2, 4), (4, 8)]


def test_linear_buckets():
    buckets = LinearBuckets(-10, 10, 5)
    assert [buckets.index(value) for value in (-11, -10, -6, -5, 9, 10, 99)] == [0, 1, 1, 2, 4, 5, 5]
    assert [buckets.bounds(index) for index in (0, 1, 4, 5)] == [(None, -10), (-10, -5), (5, 10), (10, None)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0), ("42", 42), ("052", 42), ("0x2A", 42), ("0b101010", 42), ("1_000", 1000), ("1e6", 10**6),
        ("5u", 5), ("5ull", 5), ("1ns", 1), ("3us", 3000), ("2ms", 2 * 10**6), ("1s", 10**9), ("1m", 60 * 10**9),
        ("1h", 3600 * 10**9), ("1d", 86400 * 10**9), ("18446744073709551615", 2**64 - 1),
    ],
)  # fmt: skip
def test_integer_literals(text, value):
    assert integer_value(text) == value


@pytest.mark.parametrize(
    "text", ["08", "1x", "0x", "0b2", "1e99", "12e3", "4294967296u", "1.5", "9" * 5000, "0x_", "1000000d"]
)
def test_bad_integer_literals(text):
    with pytest.raises(ValueError, match="nteger"):
        integer_value(text)


def test_string_escapes():
    assert string_value(r'"a\n\t\r\"\\\101\x41é"') == b'a\n\t\r"\\AA' + "é".encode()
    with pytest.raises(ValueError, match="escape"):
        string_value(r'"\q"')
    with pytest.raises(ValueError, match="out of range"):
        string_value(r'"\777"')


def test_positional_parameters():
    program = typed(
        'begin { @a = $1; @b = str($1); @c = $2; @d = $#; @e = str($9); @f = $9; @g = $2 == "x"; }', "7", "x"
    )
    types = {name: str(program.map(name).value_type) for name in ("@a", "@b", "@c", "@d", "@e", "@f", "@g")}
    assert types == {
        "@a": "int8", "@b": "string[2]", "@c": "string[2]", "@d": "int8", "@e": "string[1]", "@f": "int8", "@g": "bool",
    }  # fmt: skip
