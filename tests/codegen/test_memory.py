"""Values in memory: structs, unions, bitfields, arrays, pointers, records, casts."""

from __future__ import annotations

import struct

import pytest

from tests.codegen.printing import compile_with, printed
from utrace.errors import ScriptError

OUT_OF_BOUNDS = (
    "Array access out of bounds detected. This can lead to unexpected results. 0 is being used as the result."
)
C_PART = """
enum color { RED, GREEN = 5 };
struct inner { int x; short y[3]; };
union number { int i; char c[4]; };
struct outer {
  char letter;
  struct inner in;
  struct inner *pointer;
  char name[8];
  unsigned a : 4, b : 8;
  int d : 3, e : 17;
  union number un;
  struct { int anon; };
  int m[2][2];
  struct outer *next;
  unsigned long l : 60;
  enum color col;
  _Bool flag;
  int flexible[];
};
struct packed { char c; unsigned long wide : 64; int after; } __attribute__((packed));
struct bits { unsigned char skip : 7; unsigned long wide : 62; } __attribute__((packed));
struct later;
struct huge { char c[300000]; int after; };
"""
INNER, OUTER, POINTERS, PACKED, BITS = 0x5000, 0x6000, 0x7000, 0x8000, 0x9000
BITFIELDS = 3 | 200 << 4 | 0b101 << 12 | (0x1FFFF - 4) << 15
OUTER_BYTES = (
    struct.pack("<B3x", 65)
    + struct.pack("<i3h2x", 7, 1, -2, 3)
    + struct.pack("<Q8s", INNER, b"bobby\0ZZ")
    + struct.pack("<IIi", BITFIELDS, 0x41424344, -9)
    + struct.pack("<4i4xQQ", 5, 6, 7, 8, OUTER, (1 << 59) + 5)
    + struct.pack("<IB3x2i", 5, 1, 11, 12)
)
MEMORY = {
    INNER: struct.pack("<i3h2x", 70, 10, -20, 30),
    OUTER: OUTER_BYTES,
    POINTERS: struct.pack("<QQ", OUTER, INNER),
    PACKED: struct.pack("<BQi", 1, 2**64 - 3, -4),
    BITS: ((2**62 - 5) << 7 | 0x7F).to_bytes(9, "little"),
}


def memory_printed(body: str, *arguments: int) -> list[str]:
    return printed(body, *arguments, c_part=C_PART, memory=MEMORY)


@pytest.mark.parametrize(
    ("member", "expected"),
    [
        ("letter", "65"),
        ("in.x", "7"),
        ("in.y[1]", "-2"),
        ("in.y", "[1,-2,3]"),
        ("in", "{ .x = 7, .y = [1,-2,3] }"),
        ("pointer", "0x5000"),
        ("pointer->x", "70"),
        ("pointer.y[2]", "30"),
        ("name", "bobby"),
        ("name[1]", "111"),
        ("a", "3"),
        ("b", "200"),
        ("d", "-3"),
        ("e", "-5"),
        ("un.i", "1094861636"),
        ("un.c", "DCBA"),  # full without a NUL, but not cut
        ("un", "{ .i = 1094861636, .c = DCBA }"),
        ("anon", "-9"),
        ("m[1][0]", "7"),
        ("m[1]", "[7,8]"),
        ("m", "[[5,6],[7,8]]"),
        ("next->next->anon", "-9"),
        ("next.name", "bobby"),
        ("l", "576460752303423493"),
        ("col", "GREEN"),
        ("flag", "true"),
        ("flexible[1]", "12"),
    ],
)
def test_members(member: str, expected: str) -> None:
    assert memory_printed(f"print(((struct outer *)arg0)->{member});", OUTER) == [expected]
    # The same from a copy of the whole struct, but for what is not in it.
    if not member.startswith("flexible"):
        assert memory_printed(f"$s = *(struct outer *)arg0; print($s.{member});", OUTER) == [expected]


WHOLE = (
    "{ .letter = 65, .in = { .x = 7, .y = [1,-2,3] }, .pointer = 0x5000, .name = bobby, .a = 3, .b = 200, "
    ".d = -3, .e = -5, .un = { .i = 1094861636, .c = DCBA }, .anon = -9, .m = [[5,6],[7,8]], .next = 0x6000, "
    ".l = 576460752303423493, .col = GREEN, .flag = true, .flexible = [] }"
)


def test_whole_structs() -> None:
    whole = "*(struct outer *)arg0"
    assert memory_printed(f"print({whole});", OUTER) == [WHOLE]
    assert memory_printed(f"$s = {whole}; print($s);", OUTER) == [WHOLE]
    assert memory_printed(f"@s[1] = {whole}; print(@s[1]);", OUTER) == [WHOLE]
    assert memory_printed(f"@t[1] = (1, {whole}); print(@t[1].1);", OUTER) == [WHOLE]
    assert memory_printed(f"print((a = {whole}).a.anon);", OUTER) == ["-9"]
    inner = "((struct outer *)arg0)->in"
    assert memory_printed(f"@k[{inner}] = 3; $i = {inner}; print(@k[$i]);", OUTER) == ["3"]


def test_packed_structs() -> None:
    packed = "((struct packed *)arg0)"
    assert memory_printed(f"print({packed}.wide); print({packed}.after);", PACKED) == [
        "18446744073709551613",
        "-4",
    ]
    assert memory_printed("$p = *(struct packed *)arg0; print($p.after); print($p);", PACKED) == [
        "-4",
        "{ .c = 1, .wide = 18446744073709551613, .after = -4 }",
    ]


def test_bitfields_in_nine_bytes() -> None:
    expected = str(2**62 - 5)
    assert memory_printed("print(((struct bits *)arg0).wide);", BITS) == [expected]
    assert memory_printed("$b = *(struct bits *)arg0; print($b.wide);", BITS) == [expected]


def test_one_read_for_a_member_behind_no_pointer() -> None:
    compiled = compile_with(C_PART, "@ = ((struct outer *)arg0)->m[1][1];")
    calls = [line for line in str(compiled.module).splitlines() if "inttoptr (i64 112 to ptr)" in line]
    assert len(calls) == 1


def test_unreadable_memory_is_zero() -> None:
    outer = "((struct outer *)0)"
    assert memory_printed(f"print({outer}.anon); print({outer}.name); print({outer}.a);") == ["0", "", "0"]
    assert memory_printed("print(*(struct inner *)1);") == ["{ .x = 0, .y = [0,0,0] }"]
    assert memory_printed("print(((struct outer *)arg0).next->next->in);", 0x10) == [
        "{ .x = 0, .y = [0,0,0] }"
    ]


def test_indexes_that_vary() -> None:
    body = "$o = (struct outer *)arg0; $m = $o.m; $i = arg1; "
    shown = "print($o.m[$i][0]); print($o.m[$i]); print($m[$i][1]); print($m[$i]); print($o.name[$i]);"
    assert memory_printed(body + shown, OUTER, 1) == ["7", "[7,8]", "8", "[7,8]", "111"]
    assert memory_printed(body + "print($o.m[$i][0]);", OUTER, 2) == [OUT_OF_BOUNDS, "0"]
    assert memory_printed(body + "print($o.m[$i]);", OUTER, -1) == [OUT_OF_BOUNDS, "[0,0]"]
    assert memory_printed(body + "print($m[$i][1]);", OUTER, 1 << 40) == [OUT_OF_BOUNDS, "0"]
    assert memory_printed(body + "print($m[$i]);", OUTER, 2) == [OUT_OF_BOUNDS, "[0,0]"]
    assert memory_printed(body + "print($o.flexible[$i]);", OUTER, 1) == ["12"]
    assert memory_printed('$s = "abc"; $i = arg0; print($s[$i]);', 9) == [OUT_OF_BOUNDS, "0"]


def test_pointers() -> None:
    assert memory_printed(
        "$pp = (struct outer **)arg0; print((*$pp).anon); print($pp.in.x); print($pp[0]->in.x); print(**$pp);",
        POINTERS,
    ) == ["-9", "7", "7", WHOLE]
    assert memory_printed("$p = (struct inner **)arg0; print($p[1]->x); print((*($p + 1)).x);", POINTERS) == [
        "70",
        "70",
    ]
    arithmetic = "$p = (int32 *)16; $p++; print($p); $p += 2; print($p); --$p; print($p); $p -= 1; print($p);"
    assert printed(arithmetic) == ["0x14", "0x1c", "0x18", "0x14"]
    assert printed("$p = (int16 *)16; print($p + 1); print(2 + $p); print($p - 1);") == [
        "0x12",
        "0x14",
        "0xe",
    ]
    assert printed("@p[1] = (int64 *)16; @p[1]++; print(@p[1]); @p[1] -= 3; print(@p[1]);") == ["0x18", "0x0"]
    assert printed("print(*(int8 *)arg0); print(*(uint16 *)arg0); print(*arg0);", 0x100, memory={
        0x100: bytes(range(248, 256))
    }) == ["-8", "63992", "18446460386757245432"]  # fmt: skip


def test_enums() -> None:
    assert memory_printed(
        "print(RED); print(GREEN + 1); print((enum color)5); $c = 6; print((enum color)$c); print((1, GREEN));"
    ) == ["RED", "6", "GREEN", "6", "(1, GREEN)"]
    assert memory_printed("@c[1] = GREEN; print(@c[1]); $g = GREEN; print($g); print($g == 5);") == [
        "GREEN",
        "GREEN",
        "true",
    ]
    assert memory_printed("@m[1] = GREEN; @m[2] = 7; print(@m[1]);") == ["5"]  # an integer's map
    assert memory_printed("@k[GREEN] = 1; print(@k[GREEN]); print(sizeof(enum color)); print(-GREEN);") == [
        "1",
        "4",
        "-5",
    ]


def test_strings_of_structs_as_keys_have_no_rubbish() -> None:
    body = '$s = *(struct outer *)arg0; @k[$s.name] = 1; print(@k["bobby"]); @d[((struct outer *)arg0)->name] = 2;'
    assert memory_printed(body + 'print(@d["bobby"]); print($s.name == "bobby");', OUTER) == [
        "1",
        "2",
        "true",
    ]


def test_sizes_and_offsets() -> None:
    assert memory_printed(
        "print(sizeof(struct outer)); print(sizeof(((struct outer *)0)->in)); print(offsetof(struct outer, in.y));"
    ) == ["88", "12", "8"]
    assert memory_printed("$s = (struct outer *)0; print(offsetof(*$s, m)); print(offsetof(struct outer, anon));") == [
        "44",
        "40",
    ]  # fmt: skip
    assert printed("print(sizeof(int32[3])); print(sizeof(((int8)1, (int64)1, (int8)1, (int64)1)));") == [
        "12",
        "32",
    ]
    assert printed("print(sizeof(string[10])); print(sizeof((a = 1, b = (int16)2))); print(sizeof(int8 *));") == [
        "10",
        "4",
        "8",
    ]  # fmt: skip


def test_types_of_types() -> None:
    body = "let $z: struct inner; print($z); let $q: typeof(*(struct outer *)0); print($q.anon);"
    assert memory_printed(body) == ["{ .x = 0, .y = [0,0,0] }", "0"]
    assert printed("let $x: int8[4]; print($x); let $y: typeof((1, 2)); print($y);") == [
        "[0,0,0,0]",
        "(0, 0)",
    ]
    assert printed("print(typeinfo(5)); print(typeinfo((int32 *)0).base_type);") == [
        "{ .base_type = int, .full_type = int8 }",
        "pointer",
    ]
    assert printed('print(comptime (typeinfo(5).base_type == "int"));') == ["true"]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("(int8[4])0x01020304", "[4,3,2,1]"),
        ("(int8[8])5", "[5,0,0,0,0,0,0,0]"),
        ("(int16[2])(uint32)0x10002", "[2,1]"),
        ("(int8[])(uint16)0x102", "[2,1]"),
        ('(int8[])"abc"', "[97,98,99,0]"),
        ("(bool[2])(uint16)1", "[true,false]"),
        ("(uint32)(int8[4])0x01020304", "16909060"),
        ("(int8[3])(int16)-2", "[-2,-1,-1]"),
        ("(typeof((1, 2)))(3, 4)", "(3, 4)"),
        ('(string[10])"abc"', "abc"),
        ("(typeof(nsecs))5", "5"),
        ("(bool)5", "true"),
        ('(bool)""', "false"),
        ("(int32 *)(uint8)255", "0xff"),
        ("(uint8)-10", "246"),
        ("(uint16)131087", "15"),
        ("(int64)(int32 *)16", "16"),
    ],
)
def test_casts(expression: str, expected: str) -> None:
    assert printed(f"print({expression});") == [expected]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("(1, 2) == (1, 2)", "true"),
        ("(1, 2) != (1, 70000)", "true"),
        ('(1, "ab") == (1, "abc")', "false"),
        ('(1, ("ab", true)) == (1, ("ab", true))', "true"),
        ("(a = 1, b = 2) == (b = 2, a = 1)", "true"),
        ("(a = 1, b = 2) == (b = 1, a = 2)", "false"),
        ("(int8[4])5 == (int8[4])5", "true"),
        ("(int8[4])5 != (int8[4])6", "true"),
        ("(nsecs, 1) == (5, 1)", "false"),
        ("(int32 *)5 == (int32 *)5", "true"),
        ("(int32 *)5 == 5", "true"),
    ],
)
def test_comparisons(expression: str, expected: str) -> None:
    assert printed(f"print({expression});") == [expected]


def test_records() -> None:
    assert printed('print((a = 1, b = (c = "x", d = 2)));') == ["{ .a = 1, .b = { .c = x, .d = 2 } }"]
    assert printed('@r[1] = (a = 1, b = "xyz"); @r[2] = (b = "q", a = 70000); print(@r[2]); print(@r[1].a);') == [
        "{ .a = 70000, .b = q }",
        "1",
    ]  # fmt: skip
    assert printed("$a = (foo = 1, bar = 2); $a = (bar = 1, foo = 300); print($a);") == [
        "{ .foo = 300, .bar = 1 }"
    ]
    assert printed("@k[(a = 1, b = 2)] = 1; print(@k[(b = 2, a = 1)]);") == ["1"]
    assert printed("$r = (a = (1, 2), b = (int8[2])(int16)3); print($r.a.1); print($r.b[0]);") == ["2", "3"]


def test_arrays_of_bytes_as_strings() -> None:
    assert printed('$a = (int8[])"abc"; print(str($a)); print(strlen(str($a))); print(str($a, 3));') == [
        "abc",
        "3",
        "ab",
    ]  # fmt: skip
    assert printed('@k[str((int8[8])0x006463006261)] = 1; print(@k["ab"]);') == [
        "1"
    ]  # no rubbish behind the NUL


@pytest.mark.parametrize("source", ["str(arg1)", '(int8[])"hello"', '"hello"', "$s"])
@pytest.mark.parametrize(
    ("length", "expected"), [(0, ""), (1, ""), (3, "he"), (6, "hello"), (7, "hello"), (1 << 40, "hello")]
)
def test_beginnings_of_strings(source: str, length: int, expected: str) -> None:
    body = (
        f'$s = (string[12])"hello"; $t = str({source}, arg0); print($t); @[$t] = 1; print(@["{expected}"]);'
    )
    lines = printed(body, length, 0x7000, memory={0x7000: b"hello\0"}, max_strlen=32)
    assert lines == [expected, "1"]


def test_tuples_by_index() -> None:
    assert printed('$t = (1, (2, "x")); print($t[1]); print($t[1][0]); print($t.1.1);') == [
        "(2, x)",
        "2",
        "x",
    ]


def test_arrays_as_values() -> None:
    body = "$a = ((struct outer *)arg0)->m; print($a[0][1]); $r = $a[1]; print($r); @a[1] = $a; print(@a[1][1][0]);"
    assert memory_printed(body, OUTER) == ["6", "[7,8]", "7"]
    body = "$m = ((struct outer *)arg0)->m; @[((struct outer *)arg0)->m, 42] = 1; print(@[$m, 42]);"
    assert memory_printed(body, OUTER) == ["1"]


PARAMETERS = """
struct point { int x, y; };
struct three { long a, b, c; };
struct parameters {
  int n; const char *text; struct point point; float f; struct three three; unsigned char small;
  struct { long a; short b; } two; int *last; signed char on_stack;
};
"""


def test_parameters() -> None:
    # Registers: n di, text si, point dx, small cx, two r8 r9; the stack: three, last, on_stack.
    values = (-5, 0x7000, 7 | 8 << 32, 300, 2**40, 9)
    memory = {0x7000: b"hello\0", 0x1000: bytes(8) + struct.pack("<3qQb7x", 1, -2, 3, 0x9000, -1)}
    expected = {
        "n": "-5",
        "text": "0x7000",
        "point": "{ .x = 7, .y = 8 }",
        "point.y": "8",
        "small": "44",
        "two.a": "1099511627776",
        "two.b": "9",
        "three": "{ .a = 1, .b = -2, .c = 3 }",
        "three.b": "-2",
        "last": "0x9000",
        "on_stack": "-1",
    }
    for name, shown in expected.items():
        lines = printed(f"print(args.{name});", *values, c_part=PARAMETERS, memory=memory, sp=0x1000)
        assert (name, lines) == (name, [shown])
    body = "$a = args; print($a->two.a); print(str(args.text)); @a[1] = args; print(@a[1].n); print(args);"
    assert printed(body, *values, c_part=PARAMETERS, memory=memory, sp=0x1000) == [
        "1099511627776",
        "hello",
        "-5",
        "{ .n = -5, .text = 0x7000, .point = { .x = 7, .y = 8 }, .f = null, "
        ".three = { .a = 1, .b = -2, .c = 3 }, .small = 44, .two = { .a = 1099511627776, .b = 9 }, "
        ".last = 0x9000, .on_stack = -1 }",
    ]


def test_parameters_in_vector_registers() -> None:
    with pytest.raises(ScriptError, match="vector register"):
        printed("print(args.f);", c_part=PARAMETERS)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("((struct outer *)0)->nosuch", "Struct/union of type 'struct outer' does not contain a field named 'nosuch'"),
        ("((struct outer *)0)->m[2]", "the index 2 is out of bounds for array of size 2"),
        ('"abc"[5]', "the index 5 is out of bounds for array of size 4"),
        ("((struct later *)0)->x", "The definition of 'struct later' is not known"),
        ("*(struct later *)0", "The definition of 'struct later' is not known"),
        ("sizeof(struct later)", "The definition of 'struct later' is not known"),
        ("(struct nosuch *)0", 'Cannot resolve unknown type "struct nosuch"'),
        ("(enum color)3", "Enum: color doesn't contain a variant value of 3"),
        ("(struct inner)5", 'Cannot cast from "int8" to "struct inner"'),
        ("(int64)*(struct inner *)0", 'Cannot cast from struct type "struct inner"'),
        ("(int8[3])5 == (int8[4])5", "Type mismatch for '==': comparing int8[3] with int8[4]"),
        ("(int8[4])5 < (int8[4])6", "The < operator can not be used on expressions of types 'int8[4]' and 'int8[4]'"),
        (
            "(int16[])(uint8)5",
            "Cannot determine array size: the element size is incompatible with the cast integer size",
        ),
        ("(int8[2])5000000", 'Cannot cast from "int32" to "int8[2]"'),
        ('(int32)"abc"', 'Cannot cast from "string[4]" to "int32"'),
        ("(string[2])\"abc\"", 'Cannot cast from "string[4]" to "string[2]"'),
        ("(a = 1).b", "Record does not contain a field named 'b'"),
        ("(1, 2)[2]", "Invalid tuple index: 2. Found 2 elements in tuple."),
        ("(1, 2)[nsecs]", "The index into a tuple has to be a literal that is not negative"),
        ("*(void *)0", "The * operator cannot be used on a pointer to an unsized type (void*)."),
        ("nsecs.x", "Can not access field 'x' on expression of type 'uint64'"),
        ("((struct huge *)0)->c", "A value of 300000 bytes is too large: the limit is 131072"),
        ("comptime nsecs", "Unable to resolve comptime expression"),
        ("&nsecs", "The & operator needs a variable or a map without a key"),
    ],
)  # fmt: skip
def test_errors(body: str, message: str) -> None:
    with pytest.raises(ScriptError) as caught:
        _ = compile_with(C_PART, f"print({body});").module
    assert message in [diagnostic.message for diagnostic in caught.value.diagnostics]
