"""Debug information that lies in `.dwo` files and `.dwp` packages."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from utrace.errors import TargetError
from utrace.target.binary_debug import open_debug
from utrace.target.elf import ElfFile
from utrace.target.symbols import SymbolTable

FIRST = "struct pair { int left; long right; }; int first(struct pair *p, char c) { return p->left + c; }\n"
SECOND = """
struct pair { int left; long right; };
int first(struct pair *, char);
static inline int twice(int number) { return number * first(&(struct pair){number, 2}, 'c'); }
int main(int count, char **words) { return twice(count); }
"""
PACKERS = {"4": ("dwp", "-e", "{0}", "-o", "{0}.dwp"), "5": ("llvm-dwp", "-e", "{0}", "-o", "{0}.dwp")}


class Split:
    """A program of two units, each with a `.dwo` file."""

    def __init__(self, directory, version: str, first: str = FIRST) -> None:
        self.directory, self.path = directory, directory / "split"
        directory.mkdir(exist_ok=True)
        (directory / "first.c").write_text(first)
        (directory / "second.c").write_text(SECOND)
        for name in ("first", "second"):
            flags = ["-O1", "-g", f"-gdwarf-{version}", "-gsplit-dwarf"]
            subprocess.run(["gcc", *flags, "-c", f"{name}.c"], cwd=directory, check=True)
        subprocess.run(["gcc", "-o", "split", "first.o", "second.o"], cwd=directory, check=True)

    def remove_parts(self) -> None:
        for path in self.directory.glob("*.dwo"):
            path.unlink()

    def parameters(self, name: str, *directories: str) -> list[str]:
        elf = ElfFile(str(self.path))
        symbol = SymbolTable(elf).find(name)[0]
        return open_debug(elf, directories).declared_parameters(symbol.address, name)


@pytest.fixture(params=["4", "5"])
def version(request):
    return request.param


BOTH = {"first": ["struct pair* p", "char c"], "main": ["int count", "char** words"]}


def test_parts_of_each_unit(tmp_path, version):
    split = Split(tmp_path, version)
    assert {name: split.parameters(name) for name in BOTH} == BOTH


def test_types_and_lines(tmp_path, version):
    split = Split(tmp_path, version)
    debug = open_debug(ElfFile(str(split.path)))
    pair = debug.types.named("struct pair")
    assert [(member.name, str(member.type), member.offset) for member in pair.members] == [
        ("left", "int32", 0),
        ("right", "int64", 8),
    ]
    (address, *_) = debug.lines.addresses_of("second.c", 4)
    main = SymbolTable(ElfFile(str(split.path))).find("main")[0].address
    assert [(frame.function, frame.line) for frame in debug.lines.frames_at(address, main)] == [
        ("twice", 4),
        ("main", 5),
    ]


def test_parts_that_have_moved(tmp_path, version):
    split = Split(tmp_path / "old", version)
    split.remove_parts()
    assert split.parameters("first") == []
    other = Split(tmp_path / "new", version)
    moved = tmp_path / "debug"
    moved.mkdir()
    for path in (tmp_path / "new").glob("*.dwo"):
        path.rename(moved / path.name)
    assert other.parameters("first") == []
    assert {name: other.parameters(name, str(moved)) for name in BOTH} == BOTH


def test_parts_of_another_build(tmp_path, version):
    split = Split(tmp_path / "one", version)
    other = Split(tmp_path / "two", version, FIRST.replace("char c", "short c"))
    shutil.copy(other.directory / "first.dwo", split.directory / "first.dwo")
    assert split.parameters("first") == []
    assert split.parameters("main") == BOTH["main"]


def test_packages(tmp_path, version):
    packer = PACKERS[version]
    if shutil.which(packer[0]) is None:
        pytest.skip(f"no {packer[0]}")
    split = Split(tmp_path, version)
    subprocess.run([word.format(split.path) for word in packer], cwd=tmp_path, check=True)
    split.remove_parts()
    assert {name: split.parameters(name) for name in BOTH} == BOTH


def test_damage_is_an_error_or_nothing(tmp_path, version):
    packer = PACKERS[version]
    split = Split(tmp_path, version)
    files = sorted(tmp_path.glob("first.dwo"))
    if shutil.which(packer[0]):
        subprocess.run([word.format(split.path) for word in packer], cwd=tmp_path, check=True)
        files.append(tmp_path / "split.dwp")
    for path in files:
        original = path.read_bytes()
        for offset in range(64, len(original), 23):
            path.write_bytes(original[:offset] + bytes([original[offset] ^ 0xA5]) + original[offset + 1 :])
            try:
                assert len(split.parameters("first")) <= 8
            except TargetError:
                continue
        path.write_bytes(original)
