from __future__ import annotations

import pytest

from tests.frontend.support import expanded, messages
from utrace.errors import ScriptError
from utrace.frontend.attach_points import parse_attach_point
from utrace.frontend.nodes import AttachPoint
from utrace.source import Span


def point(text: str) -> AttachPoint:
    return parse_attach_point(text, Span(0, len(text)))


@pytest.mark.parametrize("text", ["begin", "BEGIN", "Begin"])
def test_begin(text):
    assert point(text).provider == "begin"
    assert point(text).name == "begin"


@pytest.mark.parametrize(
    ("text", "period_ns"),
    [
        ("interval:s:1", 10**9),
        ("i:s:3", 3 * 10**9),
        ("i:ms:100", 10**8),
        ("i:us:50", 50_000),
        ("i:hz:99", 10101010),
        ("i:1s", 10**9),
        ("i:100ms", 10**8),
        ("I:1000", 1000),
        ("interval:2m", 120 * 10**9),
    ],
)
def test_interval(text, period_ns):
    assert point(text).provider == "interval"
    assert point(text).period_ns == period_ns


@pytest.mark.parametrize(
    "text",
    [
        "i",
        "i:",
        "i:s",
        "i:s:0",
        "i:s:x",
        "i:999",
        "i:5ns",
        "i:hz:2000000",
        "i:d:1",
        "i:s:1:2",
        "i:s:-1",
        "i:9" + "9" * 30,
    ],
)
def test_bad_interval(text):
    with pytest.raises(ScriptError):
        point(text)


@pytest.mark.parametrize(
    ("text", "target", "function", "offset", "address"),
    [
        ("uprobe:/bin/sh:main", "/bin/sh", "main", 0, None),
        ("u:/bin/sh:main+16", "/bin/sh", "main", 16, None),
        ("u:/bin/sh:main+0x10", "/bin/sh", "main", 16, None),
        ("U:x:y", None, None, None, None),
        ("UPROBE:libc:mal*", "libc", "mal*", 0, None),
        ("u:/bin/sh:0x1234", "/bin/sh", "", 0, 0x1234),
        ("u:/bin/sh:4660", "/bin/sh", "", 0, 0x1234),
        ('u:/bin/sh:"a b::c<d:e>"', "/bin/sh", "a b::c<d:e>", 0, None),
        ('u:"/bin/my sh":f', "/bin/my sh", "f", 0, None),
        ('u:/bin/sh:"f"+3', "/bin/sh", "f", 3, None),
        ("u:f", "", "f", 0, None),
        ("ur:/bin/sh:main", "/bin/sh", "main", 0, None),
    ],
)
def test_uprobe(text, target, function, offset, address):
    if target is None:
        with pytest.raises(ScriptError, match="usdt probes are not supported yet"):
            point(text)
        return
    found = point(text)
    assert (found.target, found.function, found.offset, found.address) == (target, function, offset, address)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("u:/bin/sh@a.c:5", ("/bin/sh", "a.c", 5, 0)),
        ("u:/bin/sh@src/a.c:05:7", ("/bin/sh", "src/a.c", 5, 7)),
        ('u:"/bin/my@sh"@"a b.c":1', ("/bin/my@sh", "a b.c", 1, 0)),
        ("u:@a.c:1", ("", "a.c", 1, 0)),
        ("u:libc@/abs/a.c:12", ("libc", "/abs/a.c", 12, 0)),
    ],
)
def test_source_lines(text, expected):
    found = point(text)
    assert (found.target, found.source_file, found.source_line, found.source_column) == expected
    assert (found.function, found.offset, found.address) == ("", 0, None)


def test_cpp():
    found = point('uprobe:/bin/app:cpp:"ns::f(int, char)"')
    assert (found.language, found.function, found.is_exact) == ("cpp", "ns::f(int, char)", True)
    assert point("uprobe:/bin/app:cpp:f").language == "cpp"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("u:/bin/sh", None),
        ("u:/bin/sh:", "should be attached to a function"),
        ("u::::", "requires 2 or 3 arguments, found 4"),
        ("u:/bin/sh:+4", "no function name"),
        ("u:/bin/sh:main+x", "Invalid offset: invalid integer: x"),
        ('u:/bin/sh:"main', "Unterminated string"),
        ('u:/bin/sh:"main"x', "Unexpected text"),
        ("u:/bin/sh:ada:main", "unsupported language type: ada"),
        ("ur:/bin/sh@a.c:5", "uretprobes can not be attached to a source line"),
        ("u:/bin/sh@a.c", "look like uprobe:BINARY@FILE:LINE"),
        ("u:/bin/sh@a.c:x", "look like uprobe:BINARY@FILE:LINE"),
        ("u:/bin/sh@a.c:1:2:3", "look like uprobe:BINARY@FILE:LINE"),
        ("u:/bin/sh@a.c:0", "are counted from 1"),
        ("u:/bin/sh@a.c:1:0", "are counted from 1"),
        ("ur:/bin/sh:main+4", "can not be attached to a function offset"),
        ("ur:/bin/sh:0x44", "can not be attached to a function offset"),
        ("tracepoint:syscalls:sys_enter_open", "tracepoint probes are not supported yet"),
        ("k:vfs_read", "kprobe probes are not possible in user space"),
        ("kfunc:vfs_read", "fentry probes are not possible in user space"),
        ("*:x:y", "No probe type matched for"),
        ("nonsense:x", "Invalid probe type: nonsense"),
        ("u:/bin/sh:a+1+2", "more than one offset"),
        ("name=begin", "reserved"),
        ("p:hz:99", "profile probes are not supported yet: no timer"),
        ("t:sched:sched_switch", "not possible in user space but for system calls"),
        ("rt:sched_switch", "not possible in user space but for system calls"),
        ("rt:sys_enter", "rawtracepoint probes are not supported yet"),
        ("s:cs:1", "software probes are not supported yet"),
        ("h:cycles", "hardware probes are not supported yet"),
        ("w:0x10:8:w", "watchpoint probes are not supported yet"),
        ("it:task", "iter probes are not possible"),
        ("self:signal:SIGKILL", "SIGKILL is not a supported signal"),
        ("self:timer:1", "timer is not a supported trigger"),
        ("self:signal", "self probe type requires 2 arguments, found 1"),
        ("test", "test probe type requires 1 arguments, found 0"),
        ("bench:", "bench probes must have a name"),
        ("i:999", "Minimum is 1000 or 1us. Found: 999 nanoseconds"),
        ("i:d:1", "d is not an accepted unit of time"),
        ("i:s:0", "interval frequency should be a positive integer"),
        ("i:s:x", "Invalid rate of interval probe: invalid integer: x"),
        ("i", "interval probe type requires 1 or 2 arguments, found 0"),
        ("begin:x", "requires 0 arguments, found 1"),
    ],
)
def test_refused(text, message):
    if message is None:
        assert point(text).function == "/bin/sh"
        return
    with pytest.raises(ScriptError, match=message):
        point(text)


@pytest.mark.parametrize(
    ("text", "provider", "name"),
    [
        ("self:signal:SIGUSR1", "self", "self:signal:SIGUSR1"),
        ("SELF:signal:SIGUSR1", "self", "self:signal:SIGUSR1"),
        ("test:one", "test", "test:one"),
        ("bench:two", "bench", "bench:two"),
        ("int*:s:1", "interval", "interval:s:1"),
        ("begin:*", "begin", "begin"),
    ],
)
def test_other_providers(text, provider, name):
    assert (point(text).provider, point(text).name) == (provider, name)


@pytest.mark.parametrize("text", ["u*:/bin/sh:main", "[u]probe:/bin/sh:main", "upr*:/bin/sh:main"])
def test_wildcards_in_the_provider(text):
    assert (point(text).provider, point(text).target, point(text).function) == ("uprobe", "/bin/sh", "main")


def test_rust():
    found = point('uprobe:/bin/app:rust:"shop::cells::run"')
    assert (found.language, found.function, found.is_exact) == ("rust", "shop::cells::run", True)
    assert (point("u:rust:f").target, point("u:rust:f").language) == ("", "rust")


def test_cpp_without_binary():
    assert (point("u:cpp:f").target, point("u:cpp:f").language) == ("", "cpp")


def test_list_with_comments_and_trailing_comma():
    program = expanded("begin /* one */, // two\n end, { }")
    assert [probe.attach_points[0].provider for probe in program.probes] == ["begin", "end"]


def test_a_slash_after_a_colon_is_part_of_the_path():
    program = expanded(
        "uprobe:/bin/app:main /1/ { } u:/bin/app:main/* not a comment */{ }".replace(
            "/* not a comment */", " "
        )
    )
    assert program.probes[0].predicate is not None
    assert program.probes[1].predicate is None


def test_wildcards_make_a_probe_of_each_match_in_order():
    program = expanded("uprobe:/bin/app:read_*,ur:/bin/app:main { }")
    assert [probe.attach_points[0].name for probe in program.probes] == [
        "uprobe:/bin/app:read_line",
        "uprobe:/bin/app:read_word",
        "uretprobe:/bin/app:main",
    ]
    assert len({id(probe.body) for probe in program.probes}) == 1


def test_address_has_the_address_as_its_name():
    assert expanded("uprobe:/bin/app:0x1234 { }").probes[0].attach_points[0].name == "uprobe:/bin/app:0x1234"


def test_positional_parameters_in_attach_points():
    names = [p.attach_points[0].name for p in expanded("u:$1:ma$2, BEG$3 { }", "/bin/app", "in", "IN").probes]
    assert names == ["uprobe:/bin/app:main", "begin"]


def test_quoted_dollars_are_no_parameters():
    assert point('u:"/bin/$1":f').target == "/bin/$1"


def test_parameters_are_put_in_once():
    with pytest.raises(ScriptError, match=r"Invalid probe type: \$2"):
        expanded("$1 { }", "$2", "begin")


def test_a_dollar_that_is_no_parameter():
    assert messages("u:/bin/app:$x { }") == ["invalid trailing character for positional param: x"]


def test_missing_probe_is_an_error_with_near_misses():
    assert messages("uprobe:/bin/app:Main { }") == ["No matches for uprobe /bin/app:Main."]


@pytest.mark.parametrize(("how", "warnings"), [("warn", 2), ("ignore", 1)])
def test_missing_probe_can_be_survived(how, warnings):
    program = expanded(f"config = {{ missing_probes={how} }} uprobe:/bin/app:nope {{ }} begin {{ }}")
    assert len(program.probes) == 1
    assert len(program.warnings) == warnings


def test_nothing_left_to_attach():
    found = messages("config = { missing_probes=ignore } uprobe:/bin/app:nope { }")
    assert found == ["Probe has no valid attach points. It is being removed.", "No probes to attach"]


def test_too_many_probes():
    text = "config = { max_probes=2 } uprobe:/bin/app:* { }"
    assert messages(text) == ["Can't attach to 4 probes because it exceeds the current limit of 2 probes"]
