"""Values that become text only when they are shown, and strings for numbers: their bytes."""

from __future__ import annotations

import pytest

from tests.codegen.compiling import compile_script, number, words

SIGNAL_NAMES = {0: b"Unknown signal 0", 9: b"Killed", 64: b"Real-time signal 30", 65: b"N/A", 2**63: b"N/A"}
ERRORS = {2: b"No such file or directory", -13: b"Permission denied", 999: b"Unknown error"}
SYSCALLS = {
    0: b"read",
    59: b"execve",
    334: b"rseq",
    335: b"unknown system call",
    435: b"clone3",
    -1: b"unknown system call",
}


def value_of(machine, name, key=bytes(4)):
    return machine.entries(name)[key]


def text(data):
    return data.partition(b"\0")[0]


@pytest.mark.parametrize(
    ("function", "expected"),
    [("signal_name", SIGNAL_NAMES), ("strerror", ERRORS), ("syscall_name", SYSCALLS)],
)
def test_names_of_numbers(function, expected):
    compiled = compile_script(f"@x = {function}(arg0);")
    for value, name in expected.items():
        machine = compiled.machine()
        compiled.hit(machine, value % 2**64)
        assert text(value_of(machine, "AT_x")) == name


def test_a_name_as_a_key_and_in_a_comparison():
    compiled = compile_script(
        '@[signal_name(arg0)]++; if (strerror(arg1) == "Permission denied") { @same++; }'
    )
    machine = compiled.machine()
    compiled.hit(machine, 9, 13)
    compiled.hit(machine, 9, 14)
    ((key, count),) = machine.entries("AT_").items()
    assert (text(key), number(count), key.strip(b"\0")) == (b"Killed", 2, b"Killed")
    assert number(value_of(machine, "AT_same")[:8]) == 1


def test_strftime_keeps_time_and_format():
    compiled = compile_script(
        '@a[1] = strftime("%H", arg0); @b[1] = strftime("%M", arg0); @c[1] = strftime("%H", 7);'
    )
    assert compiled.typed.time_formats == ("%H", "%M")
    machine = compiled.machine()
    compiled.hit(machine, 5)
    found = [words(next(iter(machine.entries(f"AT_{name}").values()))) for name in "abc"]
    assert found == [(5, 0), (5, 1), (7, 0)]


def test_addresses():
    compiled = compile_script(
        '@a[1] = ntop(arg0); @b[1] = ntop(pton("::1")); @c[1] = ntop(10, pton("fe80::2")); @d[1] = macaddr("abcde");'
    )
    machine = compiled.machine()
    compiled.hit(machine, 0x0100007F)
    found = {name: next(iter(machine.entries(f"AT_{name}").values())) for name in "abcd"}
    assert found["a"][:20] == b"\2\0\0\0\x7f\0\0\1" + bytes(12)
    assert found["b"][:20] == b"\x0a\0\0\0" + bytes(15) + b"\1"
    assert found["c"][:20] == b"\x0a\0\0\0\xfe\x80" + bytes(13) + b"\2"
    assert found["d"][:6] == b"abcde\0"


def test_buffers():
    compiled = compile_script(
        '@a[1] = buf("ok_key", 8); @b[1] = buf("ab"); @c[1] = buf(arg0, 4); @d[1] = buf(arg0, arg1);',
        max_strlen=8,
    )
    machine = compiled.machine(user_memory={0x1000: b"abcdefghijkl"})
    compiled.hit(machine, 0x1000, 5)
    found = {name: next(iter(machine.entries(f"AT_{name}").values())) for name in "abcd"}
    assert found["a"][:12] == b"\x08\0\0\0ok_key\0\0"
    assert found["b"][:8] == b"\3\0\0\0ab\0\0"
    assert found["c"][:8] == b"\4\0\0\0abcd"
    assert found["d"][:12] == b"\5\0\0\0abcde\0\0\0"
    machine = compiled.machine()
    compiled.hit(machine, 0x1000, 500)  # not readable
    assert next(iter(machine.entries("AT_d").values()))[:12] == b"\x08\0\0\0" + bytes(8)


KERNEL = {
    "names": "@[strerror(arg0), signal_name(arg1)] = count(); print(syscall_name(arg2));",
    "buffers": "@[buf(arg0, 16)] = count(); print(buf(arg1, arg2)); @b = buf(arg0, 100);",
    "addresses": '@[ntop(arg0)] = count(); @m[macaddr("abcde")] = count(); @p = pton("::1"); print(ntop(2, arg0));',
    "time": '@[strftime("%H", nsecs)] = count(); print(username); @u[username] = 1;',
    "said": 'errorf("%d %s", arg0, str(arg1)); warnf("x"); cat("/proc/%d/maps", pid);',
    "series": '@ = tseries(arg0, 1ms, 100); @k[tid] = tseries(arg0, 1s, 7, "avg"); @m = tseries(arg0, 1s, 7, "max");',
    "printf": 'printf("%s %s %r %s %s %c %p\\n", username, ntop(arg0), buf(arg1, 4), strftime("%M", nsecs), '
    "strerror(arg2), arg3, arg4);",
}


@pytest.mark.parametrize("name", KERNEL)
def test_the_kernel_accepts(name):
    assert compile_script(KERNEL[name], unstable_tseries="enable").data
