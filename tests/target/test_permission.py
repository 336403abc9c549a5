"""What may be traced, and the reasons given when it may not."""

import os
import signal
import subprocess
import sys
import time

import pytest

from tests.conftest import needs_root
from utrace.errors import TargetError
from utrace.target.permission import check_traceable
from utrace.target.process import Process

NOBODY = 65534


def test_a_child_may_be_traced(start):
    target = start("functions")
    assert check_traceable(target.pid).pid == target.pid


def test_not_ourselves():
    with pytest.raises(TargetError, match="the tracer itself"):
        check_traceable(os.getpid())


def test_a_zombie():
    child = subprocess.Popen(["true"])
    deadline = time.monotonic() + 10
    while Process(child.pid).is_alive() and time.monotonic() < deadline:
        time.sleep(0.01)
    with pytest.raises(TargetError, match="has ended: it is a zombie"):
        check_traceable(child.pid)
    child.wait()
    with pytest.raises(TargetError, match="no process with PID"):
        check_traceable(child.pid)


def test_a_thread_names_its_process(start):
    target = start("threads")
    target.do("busy 1")
    thread = Process(target.pid).threads()[1]
    with pytest.raises(TargetError, match=f"{thread} is a thread of process {target.pid}") as caught:
        check_traceable(thread)
    assert caught.value.hints == (f"use -p {target.pid}",)
    target.do("stop")


def test_a_kernel_thread():
    if not os.path.exists("/proc/2") or not Process(2).is_kernel_thread:
        pytest.skip("no kernel threads in sight")
    with pytest.raises(TargetError, match=r"process 2 \(kthreadd\) is a kernel thread"):
        check_traceable(2)


def test_an_already_traced_process_names_the_tracer(start):
    target = start("functions")
    script = (
        "import ctypes, sys\n"
        "libc = ctypes.CDLL(None)\n"
        "pid = int(sys.argv[1])\n"
        "assert libc.ptrace(0x4206, pid, None, None) == 0\n"  # PTRACE_SEIZE
        "print('seized', flush=True)\n"
        "sys.stdin.read()\n"
    )
    tracer = subprocess.Popen(
        [sys.executable, "-c", script, str(target.pid)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        if tracer.stdout.readline() != b"seized\n":
            pytest.skip("this machine lets no sibling process trace")
        with pytest.raises(TargetError, match=f"already traced by PID {tracer.pid} "):
            check_traceable(target.pid)
    finally:
        tracer.communicate()


def test_seccomp_mode_2(tmp_path):
    script = (
        "import ctypes, struct, sys\n"
        "libc = ctypes.CDLL(None)\n"
        "allow = ctypes.create_string_buffer(struct.pack('HBBI', 6, 0, 0, 0x7fff0000), 8)\n"  # SECCOMP_RET_ALLOW
        "program = ctypes.create_string_buffer(struct.pack('HxxxxxxQ', 1, ctypes.addressof(allow)), 16)\n"
        "assert libc.prctl(38, 1, 0, 0, 0) == 0\n"  # PR_SET_NO_NEW_PRIVS
        "assert libc.prctl(22, 2, program) == 0\n"  # PR_SET_SECCOMP, SECCOMP_MODE_FILTER
        "print('filtered', flush=True)\n"
        "sys.stdin.read()\n"
    )
    child = subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert child.stdout.readline() == b"filtered\n"
        with pytest.raises(TargetError, match="is in seccomp mode 2") as caught:
            check_traceable(child.pid)
        assert caught.value.hints == ("--unsafe traces it all the same",)
        assert check_traceable(child.pid, unsafe=True).pid == child.pid
    finally:
        child.communicate()


def test_a_32_bit_process(program):
    child = subprocess.Popen([program("threads", "32-bit")], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        if not child.stdout.readline():
            pytest.skip("this kernel runs no 32-bit programs")
        with pytest.raises(TargetError, match=f"process {child.pid} is a 32-bit program"):
            check_traceable(child.pid)
    finally:
        child.communicate()


def _reason_as(uid: int, pid: int) -> str:
    """Return what a process of another user is told about `pid`."""
    script = (
        "import os, sys\n"
        f"os.setresgid({uid}, {uid}, {uid}); os.setgroups([]); os.setresuid({uid}, {uid}, {uid})\n"
        "from utrace.errors import TargetError\n"
        "from utrace.target.permission import check_traceable\n"
        "try: check_traceable(int(sys.argv[1])); print('allowed')\n"
        "except TargetError as error: print(error)\n"
    )
    script = script.replace("os.setgroups([]); ", "").replace(
        "os.setresgid", "os.setgroups([]); os.setresgid"
    )
    # Import before the change of user, who may not be allowed to read the checkout.
    script = "from utrace.target import permission, process\nimport utrace.errors\n" + script
    done = subprocess.run(
        [sys.executable, "-c", script, str(pid)], capture_output=True, text=True, timeout=30, check=False
    )
    return done.stdout.strip() or done.stderr


@needs_root
def test_another_users_process(start):
    target = start("functions")
    reason = _reason_as(NOBODY, target.pid)
    assert f"not allowed to trace process {target.pid}" in reason
    assert f"it belongs to user 0, we are user {NOBODY} without CAP_SYS_PTRACE" in reason


@needs_root
def test_root_may_trace_other_users(program, tmp_path):
    copy = tmp_path / "copy"
    copy.write_bytes(program("functions").read_bytes())
    copy.chmod(0o755)
    for directory in (tmp_path, *tmp_path.parents):
        if not os.stat(directory).st_mode & 0o005:
            pytest.skip(f"user nobody cannot get into {directory}")
    child = subprocess.Popen([copy], stdin=subprocess.PIPE, stdout=subprocess.PIPE, user=NOBODY)
    try:
        assert child.stdout.readline().startswith(b"ready")
        assert check_traceable(child.pid).status().uids[0] == NOBODY
    finally:
        child.send_signal(signal.SIGKILL)
        child.communicate()
