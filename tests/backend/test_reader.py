"""Objects of clang are read, verified and compiled; broken ones are refused with a clear error."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.backend import kernel
from tests.backend.native_run import compile_programs
from utrace.backend.insn import ObjectError, loaded_function
from utrace.backend.reader import read_object
from utrace.backend.spec import MapRef, MapSpec, MapType
from utrace.backend.verifier import verify
from utrace.errors import VerifierError

SOURCE = Path(__file__).with_name("clang_objects.c")


def compile_c(source: Path, output: Path, *flags: str) -> bytes:
    command = [sys.executable, "-m", "ziglang", "clang", "-target", "bpf", "-O2", "-g", *flags]
    pytest.importorskip("ziglang")
    subprocess.run([*command, "-c", source, "-o", output], check=True, timeout=100)
    return output.read_bytes()


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return compile_c(SOURCE, tmp_path_factory.mktemp("objects") / "object.o")


def test_maps(data: bytes) -> None:
    maps = read_object(data).maps
    assert maps["hash"] == MapSpec("hash", MapType.HASH, 16, 8, 4096)
    assert maps["histogram"] == MapSpec("histogram", MapType.PERCPU_ARRAY, 4, 528, 1)
    assert maps["ringbuf"] == MapSpec("ringbuf", MapType.RINGBUF, 0, 0, 65536)
    assert maps[".rodata"].is_read_only and maps[".rodata"].initial == (5).to_bytes(8, "little")
    assert maps[".data"].initial == (7).to_bytes(4, "little") and not maps[".data"].is_read_only
    assert maps[".bss"].initial == bytes(4)


def test_programs(data: bytes) -> None:
    spec = read_object(data)
    assert set(spec.programs) == {"keyed", "functions", "callbacks", "bucket", "event"}
    assert spec.programs["bucket"].section == "uretprobe"
    assert spec.license == "GPL"
    functions = spec.programs["functions"]
    assert list(functions.functions.values()) == ["functions", "add"]
    refs = {insn.ref for insn in functions.insns if insn.ref}
    assert refs == {MapRef(name, 0, is_value=True) for name in (".rodata", ".data", ".bss")}
    assert {insn.ref for insn in spec.programs["keyed"].insns if insn.ref} == {MapRef("hash")}


def test_callbacks(data: bytes) -> None:
    spec = read_object(data)
    program = spec.programs["callbacks"]
    loaded = [loaded_function(insn) for insn in program.insns]
    names = [program.functions[slot] for slot in loaded if slot is not None]
    assert names == ["add_element", "add_round"]
    assert verify(program, spec.maps).writes_elements


def test_programs_are_verified(data: bytes) -> None:
    spec = read_object(data)
    for program in spec.programs.values():
        verify(program, spec.maps)


@pytest.mark.skipif(not kernel.is_available(), reason="bpf(2) is not allowed here")
def test_kernel_takes_them_too(data: bytes) -> None:
    spec = read_object(data)
    with kernel.kernel_maps(spec.maps) as descriptors:
        for program in spec.programs.values():
            assert kernel.verdict(program, descriptors) == ""


def test_functions_are_compiled(data: bytes) -> None:
    spec = read_object(data)
    image = compile_programs([spec.programs["functions"]], dict(spec.maps))
    assert "functions" in image.entries


@pytest.mark.parametrize("size", [0, 3, 4, 20, 63, 64, 200, 1000, -1, -10, -64, -65])
def test_truncated(data: bytes, size: int) -> None:
    with pytest.raises(ObjectError):
        read_object(data[:size])


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_corrupted(data: bytes, draw: st.DataObject) -> None:
    """Any bytes changed: an object or an error of ours, never anything else, also from the verifier."""
    broken = bytearray(data)
    for _ in range(draw.draw(st.integers(1, 4))):
        broken[draw.draw(st.integers(0, len(data) - 1))] = draw.draw(st.integers(0, 255))
    try:
        spec = read_object(bytes(broken))
        for program in spec.programs.values():
            verify(program, spec.maps)
    except (ObjectError, VerifierError):
        pass


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300))
def test_garbage(garbage: bytes) -> None:
    for content in (garbage, b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x01\0\xf7\0" + garbage):
        with pytest.raises(ObjectError):
            read_object(content)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("extern int missing(int); SEC int f(void) { return missing(1); }", "undefined symbol 'missing'"),
        ("extern int missing; SEC int f(void) { return missing; }", "undefined symbol 'missing'"),
        ("static int g(void) { return 1; } int (*volatile p)(void) = g; SEC int f(void) { return p(); }", "pointers"),
        (
            "struct { int (*type)[2]; int (*values)[1]; } m __attribute__((section(\".maps\"), used));"
            "static void *(*l)(void *, int *) = (void *)1; SEC int f(void) { int k = 0; l(&m, &k); return 0; }",
            "'values' is not supported",
        ),
        (
            "struct { int (*type)[13]; int (*max_entries)[1]; } m __attribute__((section(\".maps\"), used));"
            "SEC int f(void) { return 0; }",
            "map type 13 is not supported",
        ),
        (
            "struct s { int a; int b; } __attribute__((preserve_access_index));"
            "SEC int f(struct s *s) { return s->b; }",
            "CO-RE",
        ),
    ],
)  # fmt: skip
def test_what_is_not_supported_is_named(code: str, reason: str, tmp_path: Path) -> None:
    source = tmp_path / "source.c"
    source.write_text('#define SEC __attribute__((section("uprobe"), used))\n' + code + "\n")
    with pytest.raises(ObjectError, match=reason):
        read_object(compile_c(source, tmp_path / "object.o"))
