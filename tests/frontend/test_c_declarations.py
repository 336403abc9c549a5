"""The C part: types as the C compiler of this machine lays them out, constants, errors, limits."""

from __future__ import annotations

import shutil
import subprocess
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from utrace.errors import DeclarationError
from utrace.frontend.c_declarations import declare
from utrace.frontend.c_process import LimitError, run_limited
from utrace.frontend.c_statements import with_semicolons
from utrace.frontend.types import (
    BOOL,
    INT8,
    INT32,
    INT64,
    NONE,
    UINT8,
    UINT32,
    UINT64,
    ArrayType,
    EnumType,
    OpaqueType,
    PointerType,
    StringType,
    StructType,
)

needs_gcc = pytest.mark.skipif(shutil.which("gcc") is None, reason="no gcc")


def struct(text: str, name: str = "struct s") -> StructType:
    found = declare(text).types[name]
    assert isinstance(found, StructType)
    return found


def member_type(declaration: str):
    return struct(f"struct s {{ {declaration}; }};").members[0].type


@pytest.mark.parametrize(
    ("declaration", "type_"),
    [
        ("char x", INT8), ("signed char x", INT8), ("unsigned char x", UINT8), ("int x", INT32), ("long x", INT64),
        ("unsigned x", UINT32), ("unsigned long long x", UINT64), ("_Bool x", BOOL), ("const volatile int x", INT32),
        ("char x[16]", StringType(16, is_array=True)), ("unsigned char x[16]", ArrayType(UINT8, 16)),
        ("int x[4]", ArrayType(INT32, 4)),
        ("int x[2][3]", ArrayType(ArrayType(INT32, 3), 2)),
        ("char x[2][8]", ArrayType(StringType(8, is_array=True), 2)),
        ("int x[0]", ArrayType(INT32, 0)), ("int *x", PointerType(INT32)), ("char **x", PointerType(PointerType(INT8))),
        ("void *x", PointerType(NONE)), ("int (*x)(int)", PointerType(NONE)),
        ("int (*x)[3]", PointerType(ArrayType(INT32, 3))),
        ("int *x[3]", ArrayType(PointerType(INT32), 3)), ("float x", OpaqueType("float", 4, 4)),
        ("double x", OpaqueType("double", 8, 8)), ("long double x", OpaqueType("long double", 16, 16)),
        ("__int128 x", OpaqueType("__int128", 16, 16)),
    ],
)  # fmt: skip
def test_types_of_members(declaration, type_):
    assert member_type(declaration) == type_


def test_offsets_nested_and_anonymous_members():
    found = struct("""
        struct s {
            char a;
            struct { int b; union { short c; long d; }; };
            struct t { char e[3]; } t, *pt;
            int f[];
        };
    """)
    assert (found.size, found.alignment, found.is_complete) == (40, 8, True)
    places = {name: found.member(name).offset for name in ("a", "b", "c", "d", "t", "pt", "f")}
    assert places == {"a": 0, "b": 8, "c": 16, "d": 16, "t": 24, "pt": 32, "f": 40}
    assert [member.name for member in found.members] == ["a", "", "t", "pt", "f"]
    assert found.member("pt").type.pointee is found.member("t").type
    assert found.member("nothing") is None


@pytest.mark.parametrize(
    ("fields", "places"),
    [
        ("int a:3; int :4; int b:20; int c:10;", {"a": (0, 0, 3), "b": (0, 7, 20), "c": (4, 0, 10)}),
        ("long a:33; unsigned b:5;", {"a": (0, 0, 33), "b": (4, 1, 5)}),
        ("char a; int b:8; int :0; int c:1;", {"a": (0, 0, 0), "b": (0, 8, 8), "c": (4, 0, 1)}),
        ("_Bool a:1; _Bool b:1;", {"a": (0, 0, 1), "b": (0, 1, 1)}),
    ],
)
def test_bitfields(fields, places):
    found = struct(f"struct s {{ {fields} }};")
    assert {m.name: (m.offset, m.bit_offset, m.bits) for m in found.members} == places


def test_packed_bitfields_never_reach_behind_the_struct():
    found = struct("struct s { unsigned a:30; unsigned b:5; } __attribute__((packed))")
    assert found.size == 5
    for member in found.members:
        assert member.offset + (member.bit_offset + member.bits + 7) // 8 <= 5
    assert [(m.offset * 8 + m.bit_offset, m.bits) for m in found.members] == [(0, 30), (30, 5)]


def test_packed_and_aligned():
    packed = struct("struct s { char a; long b; } __attribute__((packed))")
    assert (packed.size, packed.member("b").offset) == (9, 1)
    aligned = struct("struct s { char a; } __attribute__((aligned(64)))")
    assert (aligned.size, aligned.alignment) == (64, 64)
    in_front = struct("struct __attribute__((packed)) s { char a; int b __attribute__((aligned(16))); }")
    assert (in_front.size, in_front.member("b").offset) == (32, 16)


def test_recursive_and_incomplete_structs():
    found = struct("struct u; struct s { struct s *next; struct u *other; int v; }")
    assert found.members[0].type.pointee is found
    other = found.members[1].type.pointee
    assert (other.name, other.is_complete, other.members, other.size) == ("u", False, (), 0)


def test_typedefs_of_included_headers_and_of_the_part_itself():
    found = declare("typedef struct { int a; } foo_t;\ntypedef foo_t *foo_p; typedef unsigned short me_t;")
    assert str(found.types["foo_t"]) == "struct foo_t"
    assert found.types["foo_p"].pointee is found.types["foo_t"]
    assert str(found.types["me_t"]) == "uint16"


def test_enums():
    found = declare("enum color { RED, GREEN = 5, BLUE }; enum { NAMELESS = -1 }; typedef enum { T } t_t;")
    color = found.types["enum color"]
    assert isinstance(color, EnumType)
    assert color.constants == (("RED", 0), ("GREEN", 5), ("BLUE", 6))
    assert (color.size, str(color), color.integer) == (4, "enum color", UINT32)
    assert found.constants["BLUE"].value == 6 and found.constants["BLUE"].type == color
    assert found.constants["NAMELESS"].value == -1
    assert found.constants["NAMELESS"].type.integer == INT32
    assert str(found.types["t_t"]) == "enum t_t"


def test_enums_of_64_bits_and_inside_structs():
    found = declare("struct s { enum big { HUGE = 1ULL << 40 } b; };")
    assert found.types["enum big"].size == 8
    assert found.constants["HUGE"].value == 1 << 40


@pytest.mark.parametrize(
    ("body", "value"),
    [
        ("5", 5), ("0x10", 16), ("(1 << 4) | 1", 17), ("-1", -1), ("(unsigned char)300", 44), ("'a'", 97),
        ("0xffffffffffffffffULL", 2**64 - 1), ("1ull << 63", 2**63), ("sizeof(struct s)", 8), ("TWICE(4)", 8),
        ("OTHER + 1", 8), ("FIRST", 3), ("1 ? 2 : 3", 2), ("07", 7), ('"text"', b"text"), ('"a" "b"', b"ab"),
        (r'"a\n\"\\\x41\0z"', b'a\n"\\A\0z'), ('"\u00e9"', "\u00e9".encode()), ("(3)", 3), ("STRING", b"s"),
    ],
)  # fmt: skip
def test_macros(body, value):
    others = '#define TWICE(x) ((x) * 2)\n#define OTHER 7\n#define STRING "s"\nenum { FIRST = 3 };'
    others += "\nstruct s { long a; };"
    found = declare(f"{others}\n#define M {body}\n")
    assert found.constants["M"].value == value
    assert found.constants["M"].type is None


@pytest.mark.parametrize(
    "body", ["", "3.5", "(", ")", "nothing", "struct s", "{ 1 }", "1; int x", 'L"w"', "(x) x"]
)
def test_macros_without_a_value_harm_no_others(body):
    found = declare(f"#define BEFORE 1\n#define M {body}\n#define BEHIND 2\n#define F(x) x\n")
    assert {name: constant.value for name, constant in found.constants.items()} == {"BEFORE": 1, "BEHIND": 2}


def test_macros_over_several_lines_and_conditions():
    found = declare(
        "#define A 1 + \\\n 2\n#if A == 3\n#define B A\n#else\n#define C A\n#endif\n#undef A\n#define A 7"
    )
    assert {name: constant.value for name, constant in found.constants.items()} == {"A": 7, "B": 7}


def test_only_the_words_of_the_script_are_looked_for():
    found = declare(
        "#include <limits.h>\nstruct s { int a; }; struct t { int b; };", words=["t", "INT_MAX", "a b"]
    )
    assert list(found.types) == ["struct t"]
    assert {name: constant.value for name, constant in found.constants.items()} == {"INT_MAX": 2**31 - 1}


def test_headers_of_a_compiler_are_there_without_a_compiler():
    text = "#include <stddef.h>\n#include <stdint.h>\n#include <stdbool.h>\n#include <stdarg.h>\n#include <limits.h>\n"
    found = declare(text + "struct s { size_t a; uint16_t b; bool c; va_list d; };\n#define M INT_MIN\n")
    types = [member.type for member in found.types["struct s"].members]
    assert [str(type_) for type_ in types[:3]] == ["uint64", "uint16", "bool"]
    assert found.constants["M"].value == -(2**31)


def test_names_of_the_kernel_need_no_header():
    found = struct("struct s { u8 a; __u64 b; uint32_t c; bool d; pid_t e; char f; }")
    assert [str(member.type) for member in found.members] == [
        "uint8",
        "uint64",
        "uint32",
        "bool",
        "int32",
        "int8",
    ]


def test_include_directories_and_files(tmp_path):
    (tmp_path / "mine.h").write_text("#define MINE 3\nstruct mine { int a; };\n")
    for found in (declare('#include "mine.h"', [str(tmp_path)]), declare("", (), [str(tmp_path / "mine.h")])):
        assert found.constants["MINE"].value == 3
        assert found.types["struct mine"].size == 4


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("#include <no_such.h>", "definitions.h:2:10: fatal error: 'no_such.h' file not found"),
        ("\n\nstruct s { foo a; };", "definitions.h:4:12: error: unknown type name 'foo'"),
        ("struct s { int a", "definitions.h:2:17: error: expected ';' at end of declaration list"),
        ("#error no", "definitions.h:2:2: error: no"),
    ],
)
def test_errors_are_the_compilers(text, line):
    with pytest.raises(DeclarationError) as raised:
        declare(text)
    assert raised.value.lines[0] == line


MACRO_BOMB = (
    "\n".join(f"#define A{i} A{i + 1} + A{i + 1}" for i in range(60)) + "\n#define A60 1\nenum { X = A0 };"
)


@pytest.mark.parametrize(
    "text",
    [MACRO_BOMB, '#include "/dev/zero"', "int x = " + "(" * 60000, "int x = " + "1+" * 60000 + "1;"],
    ids=["macros", "zeros", "parentheses", "sums"],
)
def test_malicious_text_is_refused_in_time(text):
    start = time.process_time()
    with pytest.raises(DeclarationError):
        declare(text)
    assert time.process_time() - start < 0.5


def test_pointers_to_any_depth():
    found = declare("struct s { int " + "*" * 20000 + "x; };").types["struct s"]
    assert found.size == 8


def test_a_process_that_crashes_or_waits_is_noticed(monkeypatch):
    import os

    monkeypatch.setattr("utrace.frontend.c_process.WALL_SECONDS", 0.2)
    with pytest.raises(LimitError):
        run_limited(lambda: os._exit(3))
    with pytest.raises(LimitError):
        run_limited(lambda: time.sleep(30))
    with pytest.raises(LimitError):
        run_limited(lambda: bytearray(1 << 32))
    assert run_limited(lambda: ("x" * 300_000, 1)) == ("x" * 300_000, 1)


WORDS = """
    struct union enum typedef int char long unsigned _Bool float void const static extern s t u x A B 0 1 -1 :3 ; , *
    ( ) { } [ ] [3] = + << "text" 'c' __attribute__((packed)) __int128 _Complex _Atomic typeof(x) sizeof ... /* */
"""
DIRECTIVES = ["#define A ", "#define B A", "#define A(x) x", "#undef A\n", "#if A\n", "#endif\n", "\\\n"]
TOKENS = [*WORDS.split(), *(f"\n{directive}" for directive in DIRECTIVES)]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(TOKENS), max_size=30).map(" ".join))
def test_token_soup_is_an_answer_or_an_error_of_the_compiler(text):
    try:
        found = declare(text)
    except DeclarationError as failure:
        assert all(failure.lines)
    else:
        for type_ in found.types.values():
            assert str(type_) and type_.size >= 0
        assert all(isinstance(constant.value, int | bytes) for constant in found.constants.values())


@pytest.mark.parametrize(
    ("text", "completed"),
    [
        ("struct a { int x; }\nstruct b { int y; }", "struct a { int x; };\nstruct b { int y; };"),
        ("struct a { struct { int x; } y; }", "struct a { struct { int x; } y; };"),
        ("enum e { A }\n#define B 1", "enum e { A };\n#define B 1"),
        ("struct a { int x; };", "struct a { int x; };"),
        ("struct a {} __attribute__((packed)) // {\n", "struct a {} __attribute__((packed)); // {\n"),
        ("struct a {} __attribute__((packed)) __attribute__((aligned(8))) struct b {}",
         "struct a {} __attribute__((packed)) __attribute__((aligned(8))); struct b {};"),
        ("typedef struct { int a; } t;", "typedef struct { int a; } t;"),
        ("#define A }\\\n }\nunion u {}", "#define A }\\\n }\nunion u {};"),
        ("/* { */ union u {} /* } */", "/* { */ union u {}; /* } */"),
        ('#include "x.h"', '#include "x.h"'), ("struct a {", "struct a {"), ("}", "};"), ("", ""),
    ],
)  # fmt: skip
def test_semicolons_may_be_left_out(text, completed):
    assert with_semicolons(text) == completed


# ---------------------------------------------------------------- random structs, against gcc

SCALARS = [
    "char",
    "short",
    "int",
    "long",
    "unsigned char",
    "unsigned",
    "unsigned long",
    "_Bool",
    "void *",
    "double",
]


@st.composite
def members(draw, depth=0):
    kind = draw(st.sampled_from(["scalar", "array", "bits"] + (["struct", "anonymous"] if depth < 2 else [])))
    name = f"m{draw(st.uuids()).hex[:10]}"
    if kind == "scalar":
        return f"{draw(st.sampled_from(SCALARS))} {name};", [name]
    if kind == "array":
        sizes = "".join(f"[{draw(st.integers(1, 4))}]" for _ in range(draw(st.integers(1, 3))))
        return f"{draw(st.sampled_from(SCALARS))} {name}{sizes};", [name]
    if kind == "bits":
        type_, width = draw(st.sampled_from([("char", 8), ("short", 16), ("int", 32), ("unsigned long", 64)]))
        if draw(st.integers(0, 9)) == 0:
            return f"{type_} :0;", []
        return f"{type_} {name}:{draw(st.integers(1, width))};", [f"{name}:"]
    inner = draw(st.lists(members(depth + 1), min_size=1, max_size=4))
    keyword, packed = (
        draw(st.sampled_from(["struct", "union"])),
        draw(st.sampled_from(["", " __attribute__((packed))"])),
    )
    body = f"{keyword} {{ {' '.join(text for text, _ in inner)} }}{packed}"
    if kind == "anonymous":
        return f"{body};", [path for _, paths in inner for path in paths]
    return f"{body} {name};", [name]


@st.composite
def structs(draw):
    inner = draw(st.lists(members(), min_size=1, max_size=8))
    packed = draw(st.sampled_from(["", " __attribute__((packed))", " __attribute__((packed, aligned(2)))"]))
    text = f"struct s {{ {' '.join(text for text, _ in inner)} }}{packed};"
    return text, [path for _, paths in inner for path in paths]


def layout_by_gcc(directory, text: str, paths: list[str]) -> list[int]:
    """Size, alignment, and the place of each member: bytes, or for bitfields a checksum of their bits."""
    lines = []
    for path in paths:
        if not path.endswith(":"):
            lines.append(f'printf("%zu\\n", offsetof(struct s, {path}));')
            continue
        # The lowest and the number of bits that change when all bits of the field are set.
        lines.append(
            f"memset(&x, 0, sizeof x); x.{path[:-1]} = -1; first = count = 0;"
            "for (size_t i = 0; i < 8 * sizeof x; i++) if (((unsigned char *)&x)[i / 8] >> i % 8 & 1)"
            ' { if (!count) first = i; count++; } printf("%ld\\n%ld\\n", first, count);'
        )
    body = "\n".join(lines)
    source = directory / "layout.c"
    source.write_text(
        f"#include <stddef.h>\n#include <stdio.h>\n#include <string.h>\n{text}\n"
        f"int main(void) {{ struct s x; long first, count; (void)first; (void)count;"
        f' printf("%zu\\n%zu\\n", sizeof x, _Alignof(struct s)); {body} }}'
    )
    subprocess.run(["gcc", "-w", "-o", directory / "layout", source], check=True, timeout=60)
    shown = subprocess.run([directory / "layout"], check=True, capture_output=True, timeout=10)
    return [int(line) for line in shown.stdout.split()]


def layout_by_us(text: str, paths: list[str]) -> list[int]:
    found = struct(text)
    numbers = [found.size, found.alignment]
    for path in paths:
        member = found.member(path.removesuffix(":"))
        if path.endswith(":"):
            numbers += [8 * member.offset + member.bit_offset, member.bits]
        else:
            numbers.append(member.offset)
    return numbers


@needs_gcc
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(structs())
def test_random_structs_have_the_layout_of_gcc(tmp_path, drawn):
    text, paths = drawn
    assert layout_by_us(text, paths) == layout_by_gcc(tmp_path, text, paths)


@needs_gcc
@pytest.mark.parametrize(
    ("header", "name", "paths"),
    [
        ("sys/stat.h", "struct stat", ["st_mode", "st_size", "st_atim", "st_ctim"]),
        ("sys/socket.h", "struct msghdr", ["msg_iov", "msg_control", "msg_flags"]),
        ("netinet/in.h", "struct sockaddr_in6", ["sin6_port", "sin6_addr", "sin6_scope_id"]),
        ("dirent.h", "struct dirent", ["d_ino", "d_type", "d_name"]),
    ],
)
def test_structs_of_the_system(tmp_path, header, name, paths):
    found = declare(f"#include <{header}>", words=[name.split()[1]]).types[name]
    program = f"#include <{header}>\n#define s {name.split()[1]}\n"
    ours = [found.size, found.alignment, *(found.member(path).offset for path in paths)]
    assert ours == layout_by_gcc(tmp_path, program, paths)
