"""Ask the live kernel for its verdict on a program, through bpf(2); nothing stays loaded."""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from utrace.backend.insn import encode
from utrace.backend.spec import MapSpec, MapType, ProgramSpec

SYS_BPF = {"x86_64": 321, "aarch64": 280}.get(os.uname().machine, 0)
MAP_CREATE, MAP_UPDATE, PROG_LOAD, BTF_LOAD, MAP_FREEZE = 0, 2, 5, 18, 22
PROG_TYPE_KPROBE = 2
ATTRIBUTE_BYTES = 144
FUNCTION_TYPE = 3
_libc = ctypes.CDLL(None, use_errno=True)


def bpf(command: int, attributes: bytes) -> int:
    buffer = ctypes.create_string_buffer(attributes.ljust(ATTRIBUTE_BYTES, b"\0"), ATTRIBUTE_BYTES)
    result = _libc.syscall(SYS_BPF, command, buffer, ATTRIBUTE_BYTES)
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return result


def is_available() -> bool:
    """Whether this process may create maps and load programs."""
    try:
        os.close(bpf(MAP_CREATE, struct.pack("<5I", MapType.ARRAY, 4, 8, 1, 0)))
    except OSError:
        return False
    return True


@contextmanager
def kernel_maps(maps: Mapping[str, MapSpec]) -> Iterator[dict[str, int]]:
    """Create the maps; gives their descriptors."""
    descriptors: dict[str, int] = {}
    try:
        for name, spec in maps.items():
            fields = (spec.type, spec.key_size, spec.value_size, spec.max_entries, spec.flags)
            descriptors[name] = bpf(MAP_CREATE, struct.pack("<5I", *fields))
            if spec.initial is not None:
                _fill(descriptors[name], spec.initial)
            if spec.is_read_only:
                bpf(MAP_FREEZE, struct.pack("<I", descriptors[name]))
        yield descriptors
    finally:
        for descriptor in descriptors.values():
            os.close(descriptor)


def _fill(descriptor: int, value: bytes) -> None:
    key, content = ctypes.create_string_buffer(4), ctypes.create_string_buffer(value, len(value))
    bpf(
        MAP_UPDATE,
        struct.pack("<IIQQQ", descriptor, 0, ctypes.addressof(key), ctypes.addressof(content), 0),
    )


def verdict(program: ProgramSpec, descriptors: Mapping[str, int]) -> str:
    """Give "" where the kernel accepts the program, else the end of its log."""
    code = encode(_with_descriptor(insn, descriptors) for insn in program.insns)
    text = ctypes.create_string_buffer(code, len(code))
    license_text = ctypes.create_string_buffer(program.license.encode())
    log = ctypes.create_string_buffer(1 << 20)
    attributes = struct.pack(
        "<IIQQIIQ",
        PROG_TYPE_KPROBE,
        len(code) // 8,
        ctypes.addressof(text),
        ctypes.addressof(license_text),
        1,
        len(log),
        ctypes.addressof(log),
    )
    functions = b"".join(
        struct.pack("<II", start, FUNCTION_TYPE) for start in sorted({0, *program.functions})
    )
    info = ctypes.create_string_buffer(functions, len(functions))
    try:
        with function_btf() as btf:
            attributes = attributes.ljust(72, b"\0")
            attributes += struct.pack("<IIQI", btf, 8, ctypes.addressof(info), len(functions) // 8)
            os.close(bpf(PROG_LOAD, attributes))
    except OSError as error:
        lines = log.value.decode(errors="replace").strip().splitlines()
        return "\n".join(lines[-6:]) or str(error)
    return ""


@contextmanager
def function_btf() -> Iterator[int]:
    """Load BTF in which FUNCTION_TYPE is a static function: without, the kernel takes no callbacks."""
    number = struct.pack("<IIII", 1, 1 << 24, 4, 1 << 24 | 32)
    prototype = struct.pack("<III", 0, 13 << 24, 1)
    function = struct.pack("<III", 5, 12 << 24, 2)
    types, strings = number + prototype + function, b"\0int\0f\0"
    header = struct.pack("<HBBIIIII", 0xEB9F, 1, 0, 24, 0, len(types), len(types), len(strings))
    data = ctypes.create_string_buffer(header + types + strings)
    descriptor = bpf(BTF_LOAD, struct.pack("<QQI", ctypes.addressof(data), 0, len(data) - 1))
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _with_descriptor(insn, descriptors):
    if insn.ref is None:
        return insn
    return replace(insn, imm=insn.ref.offset << 32 | descriptors[insn.ref.map])
