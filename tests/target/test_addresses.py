"""From addresses to places in files, in processes that live, have ended, or have unloaded the file."""

from __future__ import annotations

import ctypes
import os
import subprocess
import time
from pathlib import Path

import pytest

from utrace.errors import TargetError
from utrace.target.addresses import AddressSpaces
from utrace.target.process import Process, parse_maps


def until_mapped(pid: int, name: str) -> None:
    deadline = time.monotonic() + 20
    while name not in Path(f"/proc/{pid}/maps").read_text():
        assert time.monotonic() < deadline
        time.sleep(0.002)


@pytest.fixture
def sleeper():
    process = subprocess.Popen(["sleep", "60"])
    until_mapped(process.pid, "libc")
    yield process
    process.kill()
    process.wait()


def code_of(pid: int, name: str):
    mappings = parse_maps(Path(f"/proc/{pid}/maps").read_text())
    return next(mapping for mapping in mappings if mapping.is_executable and name in mapping.path)


def own_address(name: str) -> int:
    return ctypes.cast(getattr(ctypes.CDLL(None), name), ctypes.c_void_p).value


def test_a_function_of_a_library():
    spaces = AddressSpaces()
    spaces.remember(Process(os.getpid()))
    place = spaces.find(os.getpid(), own_address("getpid") + 3)
    assert "libc" in place.module.path
    assert (
        place.module.symbol_at(place.address) == ("getpid", 3)
        or place.module.symbol_at(place.address)[1] == 3
    )


def test_the_kernels_own_code():
    spaces = AddressSpaces()
    vdso = code_of(os.getpid(), "[vdso]")
    symbols = spaces.find(os.getpid(), vdso.start + 64).module.symbols.functions
    assert any("clock_gettime" in symbol.name for symbol in symbols)


def test_a_process_that_has_ended(sleeper):
    spaces = AddressSpaces()
    spaces.remember(Process(sleeper.pid))
    mapping = code_of(sleeper.pid, "libc")
    address = mapping.start + 100
    sleeper.kill()
    sleeper.wait()
    place = spaces.find(sleeper.pid, address)
    assert place.module.path == mapping.path
    assert place.offset == mapping.offset + 100


def test_a_process_that_was_never_remembered_but_lives(sleeper):
    mapping = code_of(sleeper.pid, "libc")
    assert AddressSpaces().find(sleeper.pid, mapping.start).module.path == mapping.path


def test_a_child_that_nobody_has_heard_of_is_like_the_first_process(sleeper):
    spaces = AddressSpaces()
    spaces.remember(Process(sleeper.pid))
    mapping = code_of(sleeper.pid, "libc")
    child = subprocess.Popen(["true"])
    child.wait()
    assert spaces.find(child.pid, mapping.start).module.path == mapping.path


def test_memory_without_a_file(sleeper):
    spaces = AddressSpaces()
    spaces.remember(Process(sleeper.pid))
    assert spaces.find(sleeper.pid, 0x1000) is None
    assert spaces.find(sleeper.pid, (1 << 64) - 1) is None
    assert spaces.find(0, 0x1000) is None


def test_a_file_that_is_mapped_later_and_unmapped_again(program):
    library = program("callback", "frame-pointers-shared")
    spaces = AddressSpaces()
    spaces.remember(Process(os.getpid()))
    handle = ctypes.CDLL(str(library))
    function = ctypes.cast(handle.call_back, ctypes.c_void_p).value
    place = spaces.find(os.getpid(), function + 1)
    assert place.module.symbol_at(place.address) == ("call_back", 1)
    dlclose = ctypes.CDLL(None).dlclose
    dlclose.argtypes = [ctypes.c_void_p]
    assert dlclose(handle._handle) == 0
    assert str(library) not in Path("/proc/self/maps").read_text()
    spaces.remember(Process(os.getpid()))
    again = spaces.find(os.getpid(), function + 1)
    assert again.module.symbol_at(again.address) == ("call_back", 1)


def test_a_program_that_was_deleted(tmp_path):
    copy = tmp_path / "copy"
    copy.write_bytes(Path("/bin/sleep").read_bytes())
    copy.chmod(0o755)
    process = subprocess.Popen([copy, "60"])
    try:
        spaces = AddressSpaces()
        until_mapped(process.pid, "/copy")
        spaces.remember(Process(process.pid))
        mapping = code_of(process.pid, "copy")
        copy.unlink()
        assert spaces.find(process.pid, mapping.start).module.path == str(copy)
    finally:
        process.kill()
        process.wait()


def test_functions_of_a_just_in_time_compiler(sleeper):
    spaces = AddressSpaces()
    spaces.remember(Process(sleeper.pid))
    path = Path(f"/tmp/perf-{sleeper.pid}.map")
    assert spaces.compiled_at_run_time(sleeper.pid, 0x1010) is None
    try:
        path.write_text("1000 20 LFirst;::run with blanks\nrubbish\n1020\n2000 zz x\n")
        assert spaces.compiled_at_run_time(sleeper.pid, 0x1010) == ("LFirst;::run with blanks", 0x10)
        assert spaces.compiled_at_run_time(sleeper.pid, 0x1020) is None
        assert spaces.compiled_at_run_time(sleeper.pid, 0xFFF) is None
        with path.open("a") as file:
            file.write("1020 8 second\n1000 20 third\n")
        assert spaces.compiled_at_run_time(sleeper.pid, 0x1021) == ("second", 1)
        assert spaces.compiled_at_run_time(sleeper.pid, 0x1000) == ("third", 0)
    finally:
        path.unlink()


def test_a_pid_that_is_used_again_is_another_process(sleeper):
    spaces = AddressSpaces()
    spaces.remember(Process(sleeper.pid))
    with pytest.raises(TargetError):
        Process(1 << 30)
    assert spaces.find(sleeper.pid, code_of(sleeper.pid, "sleep").start) is not None
