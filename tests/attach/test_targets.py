"""Programs of every make, processes of every owner, and ways to choose them."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.attach.session import Session
from tests.conftest import needs_root
from tests.programs.footprint import footprint

NOBODY = 65534
AS_NOBODY = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
ROOT = Path(__file__).parents[2]
KINDS = "pie nopie stripped cet frame-pointers static static-pie musl musl-static".split()
BOTH = "uprobe:{path}:{name} {{ @in = count(); }} uretprobe:{path}:{name} {{ @out = count(); @sum = sum(retval); }}"


def assert_same(before, pid):
    after = footprint(pid)
    assert after == before, before.difference(after)


@pytest.mark.parametrize("kind", KINDS)
def test_kinds_of_programs(trace, start, program, kind):
    target = start("threads", kind)
    target.do("run 8 100")
    before = footprint(target.pid)
    session = trace(BOTH.format(path=program("threads", kind), name="work"), "-p", target.pid).armed()
    target.do("run 8 10000 100")
    expected = {"@in": "80000", "@out": "80000", "@sum": str(800 * sum(2 * key + 1 for key in range(100)))}
    assert session.end().maps == expected
    assert_same(before, target.pid)


@pytest.mark.parametrize("kind", KINDS)
def test_kinds_of_programs_started_by_us(trace, program, kind, start):
    start("threads", kind)  # skips what does not run here
    path = program("threads", kind)
    result = trace(BOTH.format(path=path, name="work"), "--", path, "8", "10000").wait()
    assert result.code == 0
    assert (result.count("@in"), result.count("@out")) == (80000, 80000)


@pytest.mark.parametrize("kind", ["pie", "static", "static-pie", "musl", "musl-static"])
def test_exceptions_through_probed_functions(trace, start, program, kind):
    target = start("exceptions", kind)
    target.do("throw 10 9")
    before = footprint(target.pid)
    path = program("exceptions", kind)
    script = f'uprobe:{path}:cpp:"shop::thrower" {{ @in = count(); }}'
    script += (
        f' uretprobe:{path}:cpp:"shop::thrower",uretprobe:{path}:cpp:"shop::rethrower" {{ @out = count(); }}'
    )
    session = trace(script, "-p", target.pid).armed()
    target.do("throw 1000 9")
    result = session.end()
    assert result.count("@in") == 10000
    assert "@out" not in result.maps
    assert_same(before, target.pid)
    target.do("throw 10 9")


def test_children_are_seen_without_a_process_given(trace, run, own_program):
    path = own_program("threads")
    target = run(path)
    session = trace(f"uprobe:{path}:work {{ @ = count(); @who[pid] = count(); }}").armed()
    target.do("fork 5 1000")
    result = session.end()
    assert result.count() == 5000
    assert len(result.keys("@who")) == 5
    assert target.quit() == 0


@pytest.mark.parametrize("provider", ["uprobe", "uretprobe"])
def test_children_are_filtered_out_when_a_process_is_given(trace, run, program, provider):
    target = run(program("threads"))
    session = trace(f"{provider}:{program('threads')}:work {{ @ = count(); }}", "-p", target.pid).armed()
    target.do("fork 5 1000")
    target.do("run 1 10")
    assert session.end().count() == 10
    assert target.quit() == 0


def test_several_processes(trace, run, program):
    targets = [run(program("threads")) for _ in range(3)]
    befores = []
    for target in targets:
        target.do("run 4 10")
        befores.append(footprint(target.pid))
    others = run(program("threads"))
    pids = [word for target in targets for word in ("-p", target.pid)]
    session = trace(f"uprobe:{program('threads')}:work {{ @[pid] = count(); }}", *pids).armed()
    others.do("run 4 1000")
    for index, target in enumerate(targets):
        target.do(f"run 4 {1000 * (index + 1)}")
    assert session.end().keys("@") == {str(t.pid): 4000 * (i + 1) for i, t in enumerate(targets)}
    for target, before in zip(targets, befores, strict=True):
        assert_same(before, target.pid)
        assert target.quit() == 0


def test_every_process_that_has_the_file_mapped(trace, run, own_program):
    path = own_program("threads")
    targets = [run(path) for _ in range(3)]
    session = trace(f"uprobe:{path}:work {{ @[pid] = count(); }}").armed()
    for target in targets:
        target.do("run 2 100")
    assert session.end().keys("@") == {str(target.pid): 200 for target in targets}
    assert [target.quit() for target in targets] == [0, 0, 0]


def test_a_session_ends_with_its_last_process(trace, run, program):
    targets = [run(program("threads")) for _ in range(2)]
    pids = [word for target in targets for word in ("-p", target.pid)]
    session = trace(f"uprobe:{program('threads')}:work {{ @ = count(); }}", *pids).armed()
    for target in targets:
        target.do("run 1 500")
        assert target.quit() == 0
    result = session.wait()
    assert (result.code, result.count()) == (0, 1000)


def test_a_library_loaded_later(trace, start, program):
    library = program("library", "shared")
    target = start("loader", "pie", str(library))
    session = trace(f"uprobe:{library}:library_work {{ @ = count(); }}", "-p", target.pid).armed()
    target.do("load")
    target.do("call 1000")
    target.do("unload")
    target.do("load")
    target.do("call 10")
    assert session.end().count() == 1010
    target.do("call 10")
    assert target.quit() == 0


def test_a_library_loaded_at_start(trace):
    script = "uprobe:libc:malloc { @ = count(); } uretprobe:libc:malloc { @r = count(); }"
    result = trace(script, "-c", "/bin/ls /").wait()
    assert result.code == 0
    assert result.count() == result.count("@r") > 10


def test_a_library_that_a_command_loads_later(trace):
    names = [
        line.split()[-1] for line in Path("/proc/self/maps").read_text().splitlines() if "libssl" in line
    ]
    import _ssl

    library = subprocess.run(["ldd", _ssl.__file__], capture_output=True, text=True, check=True).stdout
    paths = [word for word in library.split() if word.startswith("/") and "libssl" in word] or names
    if not paths:
        pytest.skip("this Python has OpenSSL linked in")
    code = "import os;os.getpid();import ssl;ssl.create_default_context();ssl.create_default_context()"
    command = ["--", sys.executable, "-c", code]
    result = trace(f"uprobe:{paths[0]}:SSL_CTX_new {{ @ = count(); }}", *command).wait()
    assert result.code == 0
    assert result.count() == 2


@pytest.fixture
def public_program(program):
    """A copy that every user can run: pytest's own directories are closed to others."""
    with tempfile.TemporaryDirectory(prefix="utrace-test-", dir="/tmp") as directory:
        Path(directory).chmod(0o755)
        copy = Path(shutil.copy(program("threads"), directory))
        copy.chmod(0o755)
        yield copy


@needs_root
def test_another_users_process(trace, run, public_program):
    path = public_program
    target = run(path, **AS_NOBODY)
    target.do("run 4 100")
    before = footprint(target.pid)
    session = trace(BOTH.format(path=path, name="work"), "-p", target.pid).armed()
    target.do("run 4 1000")
    result = session.end()
    assert (result.count("@in"), result.count("@out")) == (4000, 4000)
    assert_same(before, target.pid)
    assert target.quit() == 0


@needs_root
def test_a_child_of_a_user_without_rights(public_program):
    path = public_program
    python, environment = python_for_everybody()
    words = ("-e", BOTH.format(path=path, name="work"), "-c", f"{path} 4 1000")
    session = Session(*words, environment=environment, python=python, cwd="/", **AS_NOBODY)
    try:
        result = session.wait()
    finally:
        session.kill()
    assert result.code == 0, result
    assert (result.count("@in"), result.count("@out")) == (4000, 4000)


@needs_root
def test_a_foreign_process_is_refused_to_a_user_without_rights(program, run):
    target = run(program("threads"))
    before = footprint(target.pid)
    python, environment = python_for_everybody()
    words = ("-e", "uprobe:libc:malloc { @ = count(); }", "-p", target.pid)
    session = Session(*words, environment=environment, python=python, cwd="/", **AS_NOBODY)
    try:
        result = session.wait()
    finally:
        session.kill()
    assert result.code == 1
    assert f"ERROR: not allowed to trace process {target.pid}" in result.err
    assert_same(before, target.pid)
    assert target.quit() == 0


def python_for_everybody():
    """An interpreter that other users can run with our packages, and its environment."""
    packages = os.pathsep.join([str(ROOT), *(path for path in sys.path if path.endswith("site-packages"))])
    environment = {"PYTHONDONTWRITEBYTECODE": "1", "HOME": "/nonexistent", "PYTHONPATH": packages}
    for python in (sys.executable, "/usr/bin/python3"):
        command = [
            python,
            "-c",
            f"import sys, utrace.cli, llvmlite.binding; assert sys.version_info[:2] == {sys.version_info[:2]}",
        ]
        try:
            done = subprocess.run(
                command,
                env={**os.environ, **environment},
                cwd="/",
                capture_output=True,
                check=False,
                **AS_NOBODY,
            )
        except OSError:
            continue
        if done.returncode == 0:
            return python, environment
    pytest.skip("no interpreter here lets other users run utrace")
