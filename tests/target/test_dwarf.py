"""Debug information: types, functions, parameters' places, lines; files that hold it; files that lie."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from hypothesis import HealthCheck, given, settings

from tests.frontend.test_c_declarations import structs
from tests.programs.builder import SOURCES
from utrace.errors import TargetError
from utrace.frontend.c_declarations import declare
from utrace.frontend.nodes import AttachPoint
from utrace.frontend.types import (
    BOOL,
    INT8,
    INT32,
    INT64,
    NONE,
    UINT32,
    UINT64,
    ArrayType,
    PointerType,
    StringType,
    StructType,
)
from utrace.source import Span
from utrace.target.binary_debug import BinaryDebug, open_debug
from utrace.target.catalogue import SymbolCatalogue
from utrace.target.elf import ElfFile
from utrace.target.symbols import SymbolTable

SOURCE = (SOURCES / "described.c").read_text().splitlines()


def line_of(text: str) -> int:
    return next(number for number, line in enumerate(SOURCE, 1) if text in line)


class Described:
    """The test program with its debug information."""

    def __init__(self, path: str) -> None:
        self.elf = ElfFile(path)
        self.symbols = SymbolTable(self.elf)
        debug = open_debug(self.elf)
        assert debug is not None
        self.debug: BinaryDebug = debug

    def address(self, function: str) -> int:
        return self.symbols.find(function)[0].address

    def function(self, name: str):
        return self.debug.function_at(self.address(name), name)


@pytest.fixture(params=["pie", "dwarf-4", "split", "split-4", "compressed", "clang", "static"])
def described(request, program):
    return Described(str(program("described", request.param)))


@pytest.fixture
def plain(program):
    return Described(str(program("described", "pie")))


def shown(function) -> list[tuple[str, str, tuple[int, ...]]]:
    return [(str(member.type), member.name, member.words) for member in function.parameters.members]


# ---------------------------------------------------------------- functions


def test_parameters_and_their_places(described):
    function = described.function("many")
    assert (function.name, function.result) == ("many", INT64)
    assert shown(function) == [
        ("struct outer*", "o", (0,)),
        ("int32", "n", (1,)),
        ("int8*", "text", (2,)),
        ("double", "d", ()),
        ("enum color", "color", (3,)),
        ("struct inner", "by_value", (4, 5)),
        ("uint8", "byte", (6,)),
        ("uint64", "word", (7,)),
        ("int64", "eight", (8,)),
        ("int16", "nine", (9,)),
    ]


def test_results_in_memory_take_the_first_register(described):
    function = described.function("returns_large")
    assert str(function.result) == "struct large"
    assert shown(function) == [("int32", "number", (1,))]


def test_vector_registers_and_memory(described):
    assert shown(described.function("vectors")) == [
        ("float", "a", ()),
        ("struct mixed", "b", ()),  # half of it is in a vector register, and the other takes arg0
        ("union both", "c", (1,)),
        ("int32", "d", (2,)),
        ("long double", "e", (6, 7)),
        ("int32", "f", (3,)),
    ]


def test_functions_without_parameters_and_with_an_ellipsis(described):
    nothing = described.function("nothing")
    assert shown(nothing) == [] and nothing.result is NONE
    assert shown(described.function("variadic")) == [("int32", "count", (0,))]
    assert described.function("variadic").result == PointerType(UINT64)


@pytest.mark.parametrize("name", ["same_one", "same_two"])
def test_functions_with_the_same_code(described, name):
    assert shown(described.function(name)) == [("int32", "first", (0,)), ("int8*", "second", (1,))]


def test_parameters_are_a_struct(described):
    found = described.function("many").parameters
    assert [member.offset for member in found.members] == [0, 8, 16, 24, 32, 36, 52, 56, 64, 72]
    assert (found.size, found.alignment, found.is_complete) == (80, 8, True)


def test_parameters_as_c_declares_them(tmp_path):
    source = tmp_path / "declared.c"
    source.write_text(
        "typedef unsigned long word; struct s { int x; }; union u { int i; }; typedef struct { int a; } unnamed;\n"
        "int f(const char *a, char *const b, volatile int *c, void *d, word e, unnamed *f, struct s g, union u *h,\n"
        "      int (*i)(int), const void *j, double k, int m[4], struct { int z; } *n) { return 0; }\n"
        "int main(void) { return 0; }\n"
    )
    subprocess.run(["gcc", "-g", "-w", "-o", tmp_path / "declared", source], check=True)
    found = Described(str(tmp_path / "declared"))
    assert found.debug.declared_parameters(found.address("f"), "f") == [
        "const char* a", "char* const b", "volatile int* c", "void* d", "word e", "unnamed* f", "struct s g",
        "union u* h", "<unknown type>* i", "const void* j", "double k", "int* m", "struct <anonymous>* n",
    ]  # fmt: skip
    assert found.debug.declared_parameters(0) == []


def test_places_that_are_no_functions(described):
    assert described.debug.function_at(described.address("many") + 1) is None
    assert described.debug.function_at(0) is None


# ---------------------------------------------------------------- types


def test_structs(described):
    outer = described.debug.types.named("struct outer")
    assert (str(outer), outer.size, outer.alignment, outer.is_complete) == ("struct outer", 120, 8, True)
    types = {member.name: member.type for member in outer.members}
    assert types["next"].pointee is outer
    assert types["matrix"] == ArrayType(ArrayType(INT32, 3), 2)
    assert (types["word"], types["flag"]) == (UINT64, BOOL)
    assert types["text"] == PointerType(INT8)
    assert types["bytes"] == ArrayType(INT8, 4)
    assert types["tail"] == ArrayType(INT64, 0)
    assert str(types["call"]) == "void*"
    assert str(types["ratio"]) == "double"
    assert outer.member("in").type.member("name").type == StringType(12, is_array=True)
    assert outer.member("number").offset == outer.member("real").offset == 40
    hidden = types["hidden"].pointee
    assert (hidden.name, hidden.is_complete, hidden.size) == ("hidden", False, 0)


def test_bitfields(described):
    outer = described.debug.types.named("struct outer")
    places = {name: outer.member(name) for name in ("low", "high")}
    assert {name: (8 * m.offset + m.bit_offset, m.bits, m.type) for name, m in places.items()} == {
        "low": (224, 3, UINT32),
        "high": (227, 5, UINT32),
    }
    packed = described.debug.types.named("struct packed")
    assert (packed.size, packed.alignment) == (14, 1)
    assert [(8 * m.offset + m.bit_offset, m.bits) for m in packed.members] == [
        (0, 0),
        (8, 0),
        (72, 30),
        (102, 5),
    ]


def test_enums(described):
    color = described.debug.types.named("enum color")
    assert (color.constants, color.integer) == ((("RED", 0), ("GREEN", 5), ("BLUE", 6)), UINT32)
    level = described.debug.types.named("enum level")
    assert (level.constants, level.integer) == ((("LOW", -1), ("HIGH", 1)), INT32)


@pytest.mark.parametrize(
    ("name", "type_"), [("word_t", UINT64), ("int", INT32), ("unsigned char", None), ("nothing_such", None),
                        ("struct color", None), ("enum inner", None), ("struct hidden", None), ("union inner", None)]
)  # fmt: skip
def test_names(plain, name, type_):
    found = plain.debug.types.named(name)
    if name == "struct hidden":
        assert not found.is_complete
    else:
        assert found == type_


def test_unions(described):
    assert described.debug.types.named("union both").member("number").type == INT32
    assert described.debug.types.named("struct both") is None


@pytest.mark.parametrize(
    "name", ["struct inner", "struct outer", "struct packed", "struct mixed", "struct large"]
)
def test_the_c_part_lays_structs_out_alike(described, name):
    lines = [line for line in SOURCE[: line_of("volatile int sink")] if not line.startswith("#")]
    theirs = described.debug.types.named(name)
    ours = declare("\n".join(lines[:-1])).types[name]
    places = [[(m.name, m.offset, m.bit_offset, m.bits, str(m.type).replace("none", "void")) for m in struct.members]
              for struct in (ours, theirs)]  # fmt: skip
    assert places[0] == places[1]
    assert (ours.size, ours.alignment) == (theirs.size, theirs.alignment)


@pytest.mark.skipif(shutil.which("gcc") is None, reason="no gcc")
@pytest.mark.parametrize("version", ["-gdwarf-2", "-gdwarf-3", "-gdwarf-5"])
@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(structs())
def test_random_structs_are_laid_out_as_in_the_c_part(tmp_path, version, drawn):
    text, _ = drawn
    source, library = tmp_path / "s.c", tmp_path / "s.so"
    source.write_text(f"{text}\nstruct s kept;\n")
    flags = ["-w", "-shared", "-fPIC", "-nostdlib", "-gstrict-dwarf", version]
    subprocess.run(["gcc", *flags, "-o", library, source], check=True, timeout=60)
    theirs, ours = open_debug(ElfFile(str(library))).types.named("struct s"), declare(text).types["struct s"]
    assert theirs.size == ours.size
    assert list(leaves(theirs)) == list(leaves(ours))


def leaves(struct, offset: int = 0):
    """All members with their bits, through nested structs."""
    for member in struct.members:
        if isinstance(member.type, StructType):
            yield from leaves(member.type, offset + member.offset)
        else:
            kind = str(member.type).replace("none", "void")
            yield member.name, 8 * (offset + member.offset) + member.bit_offset, member.bits, kind


def test_types_of_cpp(program):
    path = program("exceptions", "pie")
    debug = open_debug(ElfFile(str(path)))
    function = debug.function_at(SymbolTable(ElfFile(str(path))).find("_ZN4shop7throwerEl")[0].address)
    assert function.name == "thrower"
    assert [str(member.type) for member in function.parameters.members] == ["int64"]


# ---------------------------------------------------------------- lines


def frames(described, address: int, function: str):
    found = described.debug.lines.frames_at(address, described.address(function))
    return [(frame.function, frame.file.rsplit("/", 1)[-1], frame.line, frame.is_inlined) for frame in found]


def test_lines_of_addresses(described):
    line = line_of("KEPT void nothing")
    assert frames(described, described.address("nothing"), "nothing") == [
        ("nothing", "described.c", line, False)
    ]


def test_inlined_calls(described):
    (symbol,) = described.symbols.find("many")
    found = [frames(described, address, "many") for address in range(symbol.address, symbol.end)]
    assert [("inlined", "described.c", line_of("line of inlined"), True),
            ("many", "described.c", line_of("inlined(n)"), False)] in found  # fmt: skip
    assert all(frame[-1][0] == "many" and not frame[-1][-1] for frame in found)


def test_addresses_of_lines(described):
    lines = described.debug.lines
    line = line_of("first line of returns_large")
    assert described.address("returns_large") in lines.addresses_of("described.c", line)
    assert lines.addresses_of("programs/described.c", line) == lines.addresses_of("described.c", line)
    assert lines.addresses_of("other/described.c", line) == ()
    assert lines.addresses_of("escribed.c", line) == ()
    assert lines.addresses_of("described.c", 1) == ()
    assert line in lines.lines_of("described.c") and 1 not in lines.lines_of("described.c")
    assert lines.lines_of("no_such.c") == ()


def test_columns(described):
    lines = described.debug.lines
    line = line_of("KEPT void nothing")
    every = set(lines.addresses_of("described.c", line))
    by_column = [set(lines.addresses_of("described.c", line, column)) for column in range(1, 40)]
    assert every >= set().union(*by_column) != set()
    assert min(map(len, by_column)) == 0


def test_addresses_without_lines(plain):
    assert plain.debug.lines.frames_at(0, 0) == ()
    assert plain.debug.lines.frames_at(plain.address("_start"), plain.address("_start")) == ()


# ---------------------------------------------------------------- files

needs_objcopy = pytest.mark.skipif(shutil.which("objcopy") is None, reason="no objcopy")


@pytest.fixture
def separate(program, tmp_path):
    """A stripped copy, and the file with its debug information, both in tmp_path."""
    stripped, debug = tmp_path / "stripped", tmp_path / "full.debug"
    original = str(program("described", "pie"))
    subprocess.run(["objcopy", "--only-keep-debug", original, debug], check=True, timeout=30)
    subprocess.run(["objcopy", "--strip-all", original, stripped], check=True, timeout=30)
    return stripped, debug


def parameters_of(path, *directories: str):
    elf = ElfFile(str(path))
    debug = open_debug(elf, directories)
    return None if debug is None else len(debug.function_at(ADDRESS["many"]).parameters.members)


ADDRESS: dict[str, int] = {}


@pytest.fixture(autouse=True)
def _known_address(program):
    ADDRESS["many"] = SymbolTable(ElfFile(str(program("described", "pie")))).find("many")[0].address


@needs_objcopy
def test_without_debug_information(separate):
    assert parameters_of(separate[0]) is None


@needs_objcopy
def test_debug_file_by_build_id(separate, tmp_path):
    stripped, debug = separate
    build_id = ElfFile(str(stripped)).build_id().hex()
    place = tmp_path / "debug" / ".build-id" / build_id[:2] / f"{build_id[2:]}.debug"
    place.parent.mkdir(parents=True)
    debug.rename(place)
    assert parameters_of(stripped) is None
    assert parameters_of(stripped, "/nonexistent", str(tmp_path / "debug")) == 10


@needs_objcopy
@pytest.mark.parametrize("directory", ["", ".debug"])
def test_debug_file_by_link(separate, tmp_path, directory):
    stripped, debug = separate
    subprocess.run(["objcopy", f"--add-gnu-debuglink={debug}", stripped], check=True, timeout=30)
    (tmp_path / directory).mkdir(exist_ok=True)
    debug.rename(tmp_path / directory / debug.name)
    assert parameters_of(stripped) == 10


@needs_objcopy
def test_functions_of_a_stripped_program_are_known_from_its_debug_file(separate):
    stripped, debug = separate
    point = AttachPoint(Span(0, 0), "", "uprobe", str(stripped), "many")
    assert SymbolCatalogue().match(point) == ()
    subprocess.run(["objcopy", f"--add-gnu-debuglink={debug}", stripped], check=True, timeout=30)
    catalogue = SymbolCatalogue()
    (site,) = catalogue.match(point)
    assert (site.function, catalogue.address_of(site)) == ("many", ADDRESS["many"])
    assert len(catalogue.parameters(site).members) == 10


@needs_objcopy
def test_debug_file_of_another_build_is_not_taken(separate, program, tmp_path):
    stripped, debug = separate
    subprocess.run(["objcopy", f"--add-gnu-debuglink={debug}", stripped], check=True, timeout=30)
    other = str(program("functions", "pie"))
    subprocess.run(["objcopy", "--only-keep-debug", other, debug], check=True, timeout=30)
    assert parameters_of(stripped) is None


def test_damaged_debug_information_is_an_error_and_never_a_hang(program, tmp_path):
    """Every eighth byte of the sections is overwritten, one byte at a time: an answer or a TargetError."""
    original = bytearray(program("described", "pie").read_bytes())
    elf = ElfFile(str(program("described", "pie")))
    address = ADDRESS["many"]
    damaged = tmp_path / "damaged"
    outcomes = set()
    for name in (".debug_abbrev", ".debug_info", ".debug_line", ".debug_aranges", ".debug_rnglists"):
        section = elf.section(name)
        for offset in range(section.offset, section.offset + min(section.size, 600), 17):
            data = bytearray(original)
            data[offset] ^= 0xA5
            damaged.write_bytes(data)
            try:
                debug = open_debug(ElfFile(str(damaged)))
                debug.function_at(address)
                debug.types.named("struct outer")
                debug.lines.frames_at(address, address)
                outcomes.add("answer")
            except TargetError:
                outcomes.add("error")
    assert outcomes == {"answer", "error"}


def test_zeroed_sections(program, tmp_path):
    data = bytearray(program("described", "pie").read_bytes())
    section = ElfFile(str(program("described", "pie"))).section(".debug_abbrev")
    data[section.offset : section.offset + section.size] = bytes(section.size)
    damaged = tmp_path / "damaged"
    damaged.write_bytes(data)
    with pytest.raises(TargetError, match="damaged debug information"):
        open_debug(ElfFile(str(damaged))).function_at(ADDRESS["many"])
