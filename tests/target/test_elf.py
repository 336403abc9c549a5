"""ELF files: true ones, and files that lie."""

import os
import struct
import subprocess
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from utrace.errors import TargetError
from utrace.target.elf import ElfFile
from utrace.target.process import Process
from utrace.target.scan import mappings_of
from utrace.target.symbols import SymbolTable

KINDS = ["pie", "nopie", "stripped", "static", "static-pie", "musl", "musl-static"]


@pytest.mark.parametrize("kind", KINDS)
def test_addresses_and_biases(start, kind):
    """The bytes at a function's address, in the file and in the running process, are the same."""
    target = start("functions", kind)
    process = Process(target.pid)
    elf = ElfFile(process.exe())
    if kind in {"pie", "stripped", "static-pie", "musl"}:
        assert elf.is_position_independent
    (bias,) = elf.load_biases(mappings_of(process, elf.file_id))
    if not elf.is_position_independent:
        assert bias == 0
    symbols = SymbolTable(elf).find("frame_add")
    address = symbols[0].address
    assert elf.to_address(elf.to_offset(address)) == address
    with open(f"/proc/{target.pid}/mem", "rb") as memory:
        memory.seek(address + bias)
        assert memory.read(symbols[0].size) == elf.read_at(address, symbols[0].size)


def test_build_id_is_that_of_readelf(program):
    path = program("functions", "pie")
    try:
        notes = subprocess.run(["readelf", "-n", path], capture_output=True, text=True, check=True).stdout
    except FileNotFoundError:
        pytest.skip("no readelf")
    build_id = ElfFile(str(path)).build_id()
    assert (build_id.hex() in notes) if build_id else ("Build ID" not in notes)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is not an ELF file"),
        (b"#!/bin/sh\n", "is not an ELF file"),
        (b"\x7fELF", "the header is cut short"),
        (b"\x7fELF\x02\x01\x01" + bytes(30), "the header is cut short"),
    ],
)
def test_not_elf(tmp_path, content, message):
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(TargetError, match=message):
        ElfFile(str(path))


def test_other_machines(program):
    with pytest.raises(TargetError, match=r"is a 32-bit binary \(i386\)"):
        ElfFile(str(program("threads", "32-bit")))


def test_foreign_machine(program):
    with pytest.raises(TargetError, match=r"is a binary for another machine \(AArch64\)"):
        ElfFile(str(program("threads", "foreign")))


@pytest.mark.parametrize("path", ["/nonexistent", "/tmp", "/dev/null"])
def test_not_a_file(path):
    with pytest.raises(TargetError, match=r"No such file|not a regular file"):
        ElfFile(path)


def _use_everything(path):
    """Do all that tracing does with a file; only TargetError may come out."""
    try:
        elf = ElfFile(str(path))
        elf.build_id()
        table = SymbolTable(elf)
        table.find("main")
        for symbol in table.match("*a*")[:50]:
            assert elf.code_segment(symbol.address)
            assert table.at(symbol.address)
            elf.read_at(symbol.address, 16)
    except TargetError:
        pass


def test_every_truncation_is_an_error_or_works(program, tmp_path):
    whole = program("functions", "stripped").read_bytes()
    path = tmp_path / "cut"
    for size in [*range(0, 1200, 7), *range(1200, len(whole), len(whole) // 60)]:
        path.write_bytes(whole[:size])
        _use_everything(path)


@settings(max_examples=300, deadline=2000, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_lies_in_headers_and_tables(program, tmp_path_factory, data):
    """Overwrite a few numbers of the headers, section table or symbol tables with anything."""
    content = bytearray(program("functions", "pie").read_bytes())
    section_table = struct.unpack_from("<Q", content, 40)[0]
    areas = [range(4, 64), range(64, 64 + 56 * 8), range(section_table, len(content) - 8)]
    for _ in range(data.draw(st.integers(1, 6))):
        area = data.draw(st.sampled_from(areas))
        where = data.draw(st.sampled_from(area))
        width, code = data.draw(st.sampled_from([(1, "B"), (2, "H"), (4, "I"), (8, "Q")]))
        bits = 8 * width
        value = data.draw(st.sampled_from([0, 1, 2**bits - 1, 2 ** (bits - 1), 2 ** (bits - 1) - 1, 0x40]))
        if where + width <= len(content):
            struct.pack_into(f"<{code}", content, where, value)
    path = tmp_path_factory.getbasetemp() / f"lies-{os.getpid()}"
    path.write_bytes(content)
    _use_everything(path)


def test_names_that_add_up_to_all_memory(program, tmp_path):
    """A table of a million symbols, each with the same long name: refused in bounded time and memory."""
    content = bytearray(program("functions", "pie").read_bytes())
    sections, count = struct.unpack_from("<Q", content, 40)[0], struct.unpack_from("<H", content, 60)[0]
    long_names = b"\0" + b"x" * 60000 + b"\0"
    address = struct.unpack_from("<Q", content, 24)[0]
    table = struct.pack("<IBBHQQ", 1, 0x12, 0, 1, address, 8) * 300_000
    names_at, table_at = len(content), len(content) + len(long_names)
    content += long_names + table
    for index in range(count):
        header = sections + 64 * index
        kind = struct.unpack_from("<I", content, header + 4)[0]
        if kind == 2:
            struct.pack_into("<QQ", content, header + 24, table_at, len(table))
            strings = sections + 64 * struct.unpack_from("<I", content, header + 40)[0]
            struct.pack_into("<QQ", content, strings + 24, names_at, len(long_names))
    path = tmp_path / "bomb"
    path.write_bytes(content)
    started = time.monotonic()
    _use_everything(path)
    assert time.monotonic() - started < 10
