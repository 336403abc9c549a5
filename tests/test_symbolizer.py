"""Stacks and symbols as text, in all forms."""

from __future__ import annotations

import pytest

from utrace.frontend.config import Config
from utrace.frontend.types import USERNAME, USYM, StackType
from utrace.symbolizer import Symbolizer
from utrace.target.addresses import FilePlace
from utrace.target.dwarf_lines import SourceFrame

FRAMES = (0x1000, 0x2005, 0x3010, 0x9000)
PID = 42


class FakeModule:
    """`one` at 0x1000, `two` behind it, `_Z3addii` at 0x3000, with `inner` inlined at 0x300f."""

    path = "/bin/fake"
    build_id = bytes(range(4))
    functions = (("one", 0x1000, 0x100), ("two", 0x2000, 0x5), ("_Z3addii", 0x3000, 0x20))

    def symbol_at(self, address):
        for name, start, size in self.functions:
            if start <= address < start + size:
                return name, address - start
        return None

    def source_frames(self, address, function_start):
        if function_start != 0x3000:
            return ()
        return (SourceFrame("inner", "/src/a.c", 7, 1, True), SourceFrame("add", "/src/b.c", 9, 1, False))


class FakeSpaces:
    def __init__(self):
        self.module = FakeModule()

    def find(self, pid, address):
        assert pid == PID
        return FilePlace(self.module, address, address - 0xF00) if address < 0x9000 else None

    def compiled_at_run_time(self, pid, address):
        return ("jitted", address - 0xA000) if address >= 0xA000 else None


def stack(mode: str, frames=FRAMES, known=None, **settings: object) -> str:
    symbolizer = Symbolizer(Config(**settings), FakeSpaces(), {7: frames}.get if known is None else known)
    value = (7).to_bytes(8, "little") + PID.to_bytes(4, "little") + len(frames).to_bytes(4, "little")
    return symbolizer.resolve(StackType(mode, 127), value)


@pytest.mark.parametrize(
    ("mode", "lines"),
    [
        ("bpftrace", ["        one+0", "        two+5", "        [inlined] inner@/src/a.c:7",
                      "        add(int, int)+16@/src/b.c:9", "        0x9000"]),
        ("perf", ["\t1000 one+0 (/bin/fake)", "\t2005 two+5 (/bin/fake)", "\t3010 inner (inlined)",
                  "\t3010 add(int, int)+16 (/bin/fake)", "\t9000 0x9000 ([unknown])"]),
        ("raw", ["1000", "2005", "3010", "9000"]),
        ("build_id", ["00010203 0x100", "00010203 0x1105", "00010203 0x2110", "9000"]),
    ],
)  # fmt: skip
def test_modes(mode, lines):
    assert stack(mode) == "\n" + "".join(f"{line}\n" for line in lines)


def test_settings():
    assert "\n        add(int, int)+16\n" in stack("bpftrace", show_debug_info=False)
    assert "inner" not in stack("perf", show_debug_info=False)
    assert "\n        _Z3addii+16@/src/b.c:9\n" in stack("bpftrace", cpp_demangle=False)


def test_the_first_address_is_exact_and_the_others_are_behind_calls():
    assert stack("bpftrace", (0x2005, 0x2005)) == "\n        0x2005\n        two+5\n"
    assert stack("bpftrace", (0x1000, 0x1000)) == "\n        one+0\n        one+0\n"


def test_code_of_a_just_in_time_compiler():
    assert stack("bpftrace", (0xA000, 0xA011)) == "\n        jitted+0\n        jitted+17\n"
    assert stack("perf", (0xA000,)) == "\n\ta000 jitted+0 ([unknown])\n"


def test_no_frames_and_lost_frames():
    assert stack("bpftrace", ()) == "\n"
    assert stack("perf", known=lambda _: None) == "\n<stack not kept: too many different ones>\n"


def test_only_the_frames_of_the_stack_are_shown():
    symbolizer = Symbolizer(Config(), FakeSpaces(), {7: FRAMES}.get)
    value = (7).to_bytes(8, "little") + PID.to_bytes(4, "little") + (1).to_bytes(4, "little")
    assert symbolizer.resolve(StackType("raw", 127), value) == "\n1000\n"


def test_symbols_and_users():
    symbolizer = Symbolizer(Config(), FakeSpaces(), {}.get)

    def symbol(address):
        return symbolizer.resolve(USYM, address.to_bytes(8, "little") + PID.to_bytes(8, "little"))

    assert [symbol(0x1010), symbol(0x3000), symbol(0x9000), symbol(0)] == [
        "one",
        "add(int, int)",
        "0x9000",
        "0x0",
    ]
    assert symbolizer.resolve(USERNAME, bytes(8)) == "root"
