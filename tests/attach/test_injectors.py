"""The same core tests under both injectors: probes, counts, threads, a clean detach."""

import time

import pytest

from tests.programs.footprint import footprint
from utrace.target.process import Process

injectors = pytest.mark.parametrize("injector", ["ptrace", "frida"])


@pytest.fixture(autouse=True)
def _needs_frida(request):
    if request.node.callspec.params.get("injector") == "frida":
        pytest.importorskip("frida")


def assert_left_alone(before, pid, injector):
    """frida leaves mappings of its own; never code, nothing of ours, and no thread after a moment."""
    deadline = time.monotonic() + 5
    while (after := footprint(pid)).threads != before.threads and time.monotonic() < deadline:
        time.sleep(0.01)
    if injector == "ptrace":
        assert after == before, before.difference(after)
        return
    assert after.threads == before.threads
    assert_code_is_that_of_the_files(pid)
    assert not [place for place in after.mappings if "utrace" in place]


def assert_code_is_that_of_the_files(pid):
    with open(f"/proc/{pid}/mem", "rb") as memory:
        for mapping in Process(pid).maps():
            if not (mapping.is_executable and mapping.is_file):
                continue
            size = mapping.end - mapping.start
            memory.seek(mapping.start)
            with open(mapping.path, "rb") as file:
                file.seek(mapping.offset)
                content = file.read(size)
            assert memory.read(size).rstrip(b"\0") == content.rstrip(b"\0"), mapping


@injectors
def test_counts_of_eight_threads(trace, start, program, injector):
    target, path = start("threads"), program("threads")
    target.do("run 8 100")
    before = footprint(target.pid)
    script = f"uprobe:{path}:work {{ @in = count(); @keys[arg0] = count(); }}"
    script += f" uretprobe:{path}:work {{ @out = count(); }}"
    session = trace(script, "-p", target.pid, "--injector", injector).armed()
    target.do("run 8 100000 100")
    result = session.end()
    assert (result.count("@in"), result.count("@out")) == (800_000, 800_000)
    assert result.keys("@keys") == {str(key): 8000 for key in range(100)}
    assert_left_alone(before, target.pid, injector)
    target.do("run 8 1000")


@injectors
def test_busy_threads(trace, start, program, injector):
    target, path = start("threads"), program("threads")
    target.do("busy 8")
    before = footprint(target.pid)
    script = f"uprobe:{path}:work {{ @in = count(); }} uretprobe:{path}:work {{ @out = count(); }}"
    for _ in range(4):
        session = trace(script, "-p", target.pid, "--injector", injector).armed()
        result = session.end()
        assert "@in" in result.maps
        assert_left_alone(before, target.pid, injector)
    target.do("stop")


@injectors
@pytest.mark.parametrize("kind", ["pie", "nopie", "stripped"])
def test_kinds_of_programs(trace, start, program, injector, kind):
    target, path = start("functions", kind), program("functions", kind)
    before = footprint(target.pid)
    script = (
        f"uprobe:{path}:frame_add {{ @a = sum(arg1); }} uretprobe:{path}:frame_add {{ @r = sum(retval); }}"
    )
    session = trace(script, "-p", target.pid, "--injector", injector).armed()
    target.do("frame_add 100")
    assert session.end().maps == {"@a": "34650", "@r": "39600"}
    assert_left_alone(before, target.pid, injector)
    target.do("frame_add 100")


@injectors
def test_exceptions(trace, start, program, injector):
    target, path = start("exceptions"), program("exceptions")
    target.do("throw 10 9")
    before = footprint(target.pid)
    script = f'uprobe:{path}:cpp:"shop::thrower" {{ @in = count(); }}'
    script += f' uretprobe:{path}:cpp:"shop::thrower" {{ @out++; }}'
    session = trace(script, "-p", target.pid, "--injector", injector).armed()
    target.do("throw 100 9")
    result = session.end()
    assert result.count("@in") == 1000
    assert "@out" not in result.maps
    assert_left_alone(before, target.pid, injector)


@injectors
def test_a_command(trace, program, injector):
    path = program("threads")
    result = trace(
        f"uprobe:{path}:work {{ @ = count(); }}", "--injector", injector, "-c", f"{path} 4 1000"
    ).wait()
    assert (result.code, result.count()) == (0, 4000)


@injectors
def test_the_tracer_is_killed(trace, start, program, injector):
    target, path = start("threads"), program("threads")
    target.do("run 8 100")
    before = footprint(target.pid)
    session = trace(
        f"uprobe:{path}:work {{ @ = count(); }}", "-p", target.pid, "--injector", injector
    ).armed()
    session.process.kill()
    session.process.wait()
    deadline = time.monotonic() + 5
    while True:
        try:
            assert_left_alone(before, target.pid, injector)
            break
        except (AssertionError, OSError):
            if time.monotonic() > deadline:
                raise
    target.do("run 8 1000")


@pytest.mark.parametrize("injector", ["frida"])
def test_frida_is_gone_once_a_process_is_let_go(start, injector):
    """frida's `detach` returns before; a tracer that ended then took the process along (one time in thirty)."""
    from utrace.backend.inject.frida import FridaInjector

    target = start("threads")
    for _ in range(3):
        with FridaInjector().open(target.pid) as inferior:
            assert inferior.system_call(39) == target.pid
            assert any("frida-agent" in mapping.path for mapping in Process(target.pid).maps())
        left = Process(target.pid).maps()
        assert not [mapping for mapping in left if "frida-agent" in mapping.path or mapping.perms == "rwxp"]
        assert Process(target.pid).status().tracer_pid == 0
    target.do("run 8 1000")


@pytest.mark.parametrize("injector", ["frida"])
@pytest.mark.parametrize("kind", ["static", "static-pie", "musl-static"])
def test_frida_refuses_static_programs(trace, start, program, injector, kind):
    target, path = start("threads", kind), program("threads", kind)
    before = footprint(target.pid)
    result = trace(f"uprobe:{path}:work {{ @ = count(); }}", "-p", target.pid, "--injector", injector).wait()
    assert result.code == 255
    assert "is a static program" in result.err
    assert "--injector ptrace" in result.err
    assert footprint(target.pid) == before
