"""Where the dynamic loader finds libraries: /etc/ld.so.cache and the usual directories.

Format of the cache: glibc `sysdeps/generic/dl-cache.h`, `struct cache_file_new`, possibly behind an old-style
cache at the beginning of the same file.
"""

from __future__ import annotations

import os
import re
import struct
from pathlib import Path

_MAGIC = b"glibc-ld.so.cache1.1"
_HEADER_BYTES = 48
_ENTRY = struct.Struct("<iIIIQ")
_FLAGS = {"x86_64": 0x0303, "aarch64": 0x0A03}  # FLAG_ELF_LIBC6 and the architecture
_MAX_CACHE_BYTES = 1 << 26


def library_paths(name: str, root: str = "") -> tuple[str, ...]:
    """Return the paths (without `root`) of the libraries that `name` can mean, best first.

    `libssl` means libssl.so and its versions, newest first; `libssl.so.3` that file name.  `root` is put
    before the cache's and the directories' paths, to look into another mount namespace.
    """
    cached = [path for key, path in _cache_entries(root) if _means(name, key)]
    present = [path for path in cached if Path(root + path).exists()]
    found = present or [
        f"{directory}/{file.name}"
        for directory in _directories(root)
        for file in _files(root + directory)
        if _means(name, file.name)
    ]
    return tuple(sorted(dict.fromkeys(found), key=_version, reverse=True))


def _means(name: str, file_name: str) -> bool:
    return file_name == name or (".so" not in name and file_name.startswith(f"{name}.so"))


def _version(path: str) -> tuple[int, ...]:
    """Order libssl.so.3 before libssl.so.1.1; the name without a version, made for linking, comes last."""
    suffix = path.rpartition(".so")[2]
    return tuple(int(number) for number in re.findall(r"\d+", suffix))


def _cache_entries(root: str) -> list[tuple[str, str]]:
    try:
        with open(f"{root}/etc/ld.so.cache", "rb") as file:
            data = file.read(_MAX_CACHE_BYTES)
    except OSError:
        return []
    start = data.find(_MAGIC)
    if start < 0 or start + _HEADER_BYTES > len(data):
        return []
    cache = data[start:]
    count = int.from_bytes(cache[20:24], "little")
    end = min(_HEADER_BYTES + count * _ENTRY.size, len(cache))
    end -= (end - _HEADER_BYTES) % _ENTRY.size
    wanted = _FLAGS.get(os.uname().machine)
    return [
        (_text(cache, key), _text(cache, value))
        for flags, key, value, _, _ in _ENTRY.iter_unpack(cache[_HEADER_BYTES:end])
        if flags == wanted
    ]


def _text(cache: bytes, offset: int) -> str:
    return cache[offset : max(cache.find(b"\0", offset, offset + 4096), offset)].decode("utf-8", "replace")


def _directories(root: str) -> list[str]:
    machine = os.uname().machine
    directories = [f"/lib/{machine}-linux-gnu", f"/usr/lib/{machine}-linux-gnu"]
    directories += ["/lib64", "/usr/lib64", "/lib", "/usr/lib", "/usr/local/lib"]
    try:
        text = Path(f"{root}/etc/ld-musl-{machine}.path").read_text()
    except OSError:
        text = ""
    return directories + [word for word in re.split(r"[:\n]", text) if word.startswith("/")]


def _files(directory: str) -> list[Path]:
    try:
        return sorted(Path(directory).iterdir())
    except OSError:
        return []
