"""Reading /proc: real processes, and text that a kernel may write."""

import os
import subprocess
import sys

import pytest

from utrace.errors import TargetError
from utrace.target.process import Process, parse_maps, parse_status


def test_maps_fields():
    (mapping,) = parse_maps("7f00a000-7f00c000 r-xp 00001000 fe:01 4711   /usr/lib/a b.so\n")
    assert (mapping.start, mapping.end, mapping.offset, mapping.inode) == (
        0x7F00A000,
        0x7F00C000,
        0x1000,
        4711,
    )
    assert mapping.device == os.makedev(0xFE, 1)
    assert mapping.path == "/usr/lib/a b.so"
    assert mapping.is_executable and mapping.is_file and not mapping.deleted
    assert 0x7F00A000 in mapping and 0x7F00C000 not in mapping


def test_maps_deleted_escaped_and_special():
    deleted, newline, stack = parse_maps(
        "1000-2000 r--p 0 08:01 5 /tmp/x (deleted)\n"
        "2000-3000 r--p 0 08:01 6 /tmp/a\\012b\n"
        "3000-4000 rw-p 0 00:00 0 [stack]\n"
    )
    assert deleted.deleted and deleted.path == "/tmp/x"
    assert newline.path == "/tmp/a\nb"
    assert not stack.is_file


@pytest.mark.parametrize("text", ["", "junk\n", "1000-2000 r--p\n", "zz-yy r--p 0 08:01 5 /x\n", "\n\n"])
def test_maps_that_are_cut_short(text):
    assert parse_maps(text) == ()


def test_status_of_a_traced_and_sandboxed_process():
    status = parse_status(
        "Name:\ta b\nState:\tt (tracing stop)\nTgid:\t7\nPPid:\t1\nTracerPid:\t9\nUid:\t1\t2\t3\t4\n"
        "CapEff:\t0000000000080000\nSeccomp:\t2\nSeccomp_filters:\t3\n"
    )
    assert (status.name, status.state, status.tracer_pid, status.uids) == ("a b", "t", 9, (1, 2, 3, 4))
    assert (status.seccomp_mode, status.seccomp_filters, status.effective_capabilities) == (2, 3, 1 << 19)


def test_a_running_process(start):
    target = start("threads")
    process = Process(target.pid)
    assert process.is_alive()
    assert process.threads() == (target.pid,)
    target.begin("busy 8")
    target.finish()
    assert len(process.threads()) == 9
    target.do("stop")
    assert process.root == ""
    assert os.path.basename(process.exe()).startswith("threads-pie")
    assert process.auxv()[6] == os.sysconf("SC_PAGE_SIZE")  # AT_PAGESZ
    assert any(mapping.path == process.exe() and mapping.is_executable for mapping in process.maps())


def test_a_process_that_has_ended():
    child = subprocess.Popen(["true"])
    process = Process(child.pid)
    child.wait()
    assert not process.is_alive()
    with pytest.raises(TargetError, match=f"no process with PID {child.pid}"):
        process.maps()


@pytest.mark.parametrize("pid", [0, -1, 0x400001])
def test_impossible_pids(pid):
    with pytest.raises(TargetError, match="PID out of range"):
        Process(pid)


def test_a_deleted_file_is_still_readable(program, tmp_path):
    copy = tmp_path / "gone"
    copy.write_bytes(program("functions").read_bytes())
    copy.chmod(0o755)
    child = subprocess.Popen([copy], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert child.stdout.readline().startswith(b"ready")
        copy.unlink()
        process = Process(child.pid)
        mapping = next(mapping for mapping in process.maps() if mapping.path == str(copy))
        assert mapping.deleted
        with open(process.readable_path(mapping), "rb") as file:
            assert file.read(4) == b"\x7fELF"
    finally:
        child.stdin.close()
        assert child.wait(10) == 0


def test_start_time_tells_processes_apart():
    own = Process(os.getpid())
    other = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        assert Process(other.pid).id.start_time >= own.id.start_time
        assert Process(os.getpid()).id == own.id
    finally:
        other.communicate()
