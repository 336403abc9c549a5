"""memcmp, strstr, str_concat, bswap, container_of, and what is asked about types."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.codegen.compiling import Compiled
from tests.codegen.printing import compile_with, printed, run_compiled
from utrace.errors import ScriptError

C_PART = "struct list { struct list *next; }; struct item { int n; struct { struct list links; } in; };"


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ('strstr("hello world", "wor")', "6"),
        ('strstr("abc", "x")', "-1"),
        ('strstr("abc", "")', "0"),
        ('strstr("", "")', "0"),
        ('strstr("", "a")', "-1"),
        ('strstr("ab", "abc")', "-1"),
        ('strstr("aab", "ab")', "1"),
        ('strstr((int8[])"abc", "bc")', "1"),
        ('str_concat("foo", "bar")', "foobar"),
        ('str_concat("", "")', ""),
        ("str_concat(comm, comm)", "testtest"),
        ("bswap((uint32)0x01020304)", "67305985"),
        ("bswap((uint16)0x102)", "513"),
        ("bswap((int8)5)", "5"),
        ("bswap(arg0)", str(int.from_bytes((7).to_bytes(8, "little"), "big"))),
        ("sizeof(bswap((int32)arg0))", "4"),
        ("bswap((int16)arg0)", "1792"),
        ('memcmp("abc", "abd", 3)', "-1"),
        ('memcmp("abc", "abd", 2)', "0"),
        ('memcmp("b", "a", 1)', "1"),
        ("memcmp((1, 2), (1, 2), 2)", "0"),
        ("memcmp(arg0, arg0, arg0)", "0"),
        ('memcmp("abc", "xbc", 0)', "0"),
        ("uptr((int8 *)16)", "0x10"),
        ("container_of(4096, typeof(struct item), in.links)", "0xff8"),
        ("container_of((struct list *)16, typeof(struct item), n)", "0x10"),
        ("is_literal(5)", "true"),
        ("is_literal(arg0)", "false"),
        ('is_literal("x")', "true"),
    ],
)
def test_calls(expression: str, expected: str) -> None:
    assert printed(f"print({expression});", 7, c_part=C_PART) == [expected]


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("memcmp(1, 2, 2)", "memcmp() can not compare 2 bytes of int8 and int8"),
        ("strstr(5, 6)", "strstr() expects strings (int8 provided)"),
        ('bswap("x")', "bswap() only supports integer arguments (string[2] provided)"),
        (
            "container_of(1, typeof(struct item), m)",
            "Struct/union of type 'struct item' does not contain a field named 'm'",
        ),
        ("container_of(1, typeof(int8), m)", "container_of() expects a struct or union, not 'int8'"),
        ("container_of(1, typeof(struct item), 5)", "container_of() expects the name of a member"),
        ('uptr("x")', "uptr() only supports integer or pointer arguments (string[2] provided)"),
    ],
)  # fmt: skip
def test_errors(expression: str, message: str) -> None:
    with pytest.raises(ScriptError) as caught:
        compile_with(C_PART, f"print({expression});")
    assert message in [diagnostic.message for diagnostic in caught.value.diagnostics]


_TEXT = st.text("ab", max_size=12).map(str.encode)
_compiled: dict[str, Compiled] = {}


def _strings(body: str, *texts: bytes) -> list[str]:
    compiled = _compiled.get(body) or _compiled.setdefault(body, compile_with("", body, max_strlen=16))
    memory = {0x1000 * (index + 1): text + b"\0" for index, text in enumerate(texts)}
    return run_compiled(compiled, tuple(memory), memory)


@settings(max_examples=150, deadline=None)
@given(_TEXT, _TEXT)
def test_strstr_is_that_of_c(text: bytes, wanted: bytes) -> None:
    assert _strings("print(strstr(str(arg0), str(arg1)));", text, wanted) == [str(text.find(wanted))]


@settings(max_examples=100, deadline=None)
@given(_TEXT, _TEXT)
def test_concatenation(first: bytes, second: bytes) -> None:
    body = "$c = str_concat(str(arg0), str(arg1)); print($c); print(strlen($c));"
    assert _strings(body, first, second) == [(first + second).decode(), str(len(first + second))]


@settings(max_examples=100, deadline=None)
@given(st.binary(min_size=8, max_size=8), st.binary(min_size=8, max_size=8), st.integers(0, 8))
def test_memcmp_is_that_of_c(first: bytes, second: bytes, count: int) -> None:
    body = "print(memcmp(arg0, arg1, arg2));"
    compiled = _compiled.get(body) or _compiled.setdefault(body, compile_with("", body))
    numbers = (int.from_bytes(first, "little"), int.from_bytes(second, "little"), count)
    differences = [a - b for a, b in zip(first[:count], second[:count], strict=True) if a != b]
    assert run_compiled(compiled, numbers) == [str(differences[0] if differences else 0)]
