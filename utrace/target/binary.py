"""From the name of a binary in a probe to the files that it means."""

from __future__ import annotations

import glob
import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass

from utrace.errors import TargetError
from utrace.target.elf import FileId
from utrace.target.loader_cache import library_paths
from utrace.target.names import is_pattern, near_misses
from utrace.target.process import Mapping, Process

_MAX_LINKS = 40
_MAX_MATCHES = 10_000


@dataclass(frozen=True, slots=True)
class BinaryFile:
    """A file that probes can go into.

    `name` is its path as messages and the `probe` builtin show it, `path` the one by which we can open it
    (another one when the file is in another mount namespace), `id` what it is compared by.
    """

    name: str
    path: str
    id: FileId


def resolve_binary(name: str, process: Process | None = None) -> tuple[BinaryFile, ...]:
    """Return the files that `name` means: several only for a pattern; raises `TargetError` when none does.

    `name` is a path, a path with wildcards, a library as the loader knows it (`libssl`, `libssl.so.3`) or a
    program in PATH.  With `process` it is looked up as that process sees the file system, libraries that it
    has loaded first.
    """
    if "\0" in name or not name:
        raise TargetError(f"not a file name: {name!r}")
    root = process.root if process is not None else ""
    if is_pattern(name) and not os.path.lexists(root + name):
        return _resolve_pattern(name, root)
    if "/" in name:
        return (_resolve_path(name, root),)
    if process is not None and (loaded := _loaded(name, process)):
        return loaded
    for path in _search(name, root):
        try:
            return (_resolve_path(path, root),)
        except TargetError:
            continue
    raise TargetError(f"unknown file {name!r}: neither in PATH nor a library of the loader", _hints(name))


def _resolve_path(name: str, root: str) -> BinaryFile:
    path = follow_links(os.path.abspath(name), root) if root else name
    try:
        status = os.stat(path)
    except OSError as error:
        raise TargetError(f"cannot open {name}: {error.strerror}", _hints(name)) from error
    if not stat.S_ISREG(status.st_mode):
        raise TargetError(f"{name} is not a regular file")
    # Symbolic links are resolved in the shown name only as far as the script's author wrote them.
    return BinaryFile(name, path, FileId(status.st_dev, status.st_ino))


def _resolve_pattern(pattern: str, root: str) -> tuple[BinaryFile, ...]:
    found: dict[FileId, BinaryFile] = {}
    full = glob.escape(root) + pattern
    for count, path in enumerate(glob.iglob(full)):
        if count >= _MAX_MATCHES:
            raise TargetError(f"more than {_MAX_MATCHES} files match {pattern!r}")
        try:
            file = _resolve_path(path.removeprefix(root), root)
        except TargetError:
            continue
        if _is_elf(file.path):
            found.setdefault(file.id, file)
    if not found:
        raise TargetError(f"no program or library matches {pattern!r}")
    return tuple(sorted(found.values(), key=lambda file: file.name))


def _loaded(name: str, process: Process) -> tuple[BinaryFile, ...]:
    for mapping in process.maps():
        base = os.path.basename(mapping.path)
        if mapping.is_executable and (base == name or base.startswith(f"{name}.so")):
            return (mapped_binary(process, mapping),)
    return ()


def mapped_binary(process: Process, mapping: Mapping) -> BinaryFile:
    """Return the file behind a mapping of `process`; raises `TargetError` when it cannot be opened."""
    path = process.readable_path(mapping)
    status = os.stat(path)
    return BinaryFile(mapping.path, path, FileId(status.st_dev, status.st_ino))


def mapped_binaries(process: Process) -> tuple[BinaryFile, ...]:
    """Return all files of which `process` has executable mappings, its program first."""
    found: dict[FileId, BinaryFile] = {}
    for mapping in process.maps():
        if mapping.is_file and mapping.is_executable:
            try:
                file = mapped_binary(process, mapping)
            except (TargetError, OSError):
                continue
            found.setdefault(file.id, file)
    exe = process.exe()
    return tuple(sorted(found.values(), key=lambda file: file.name != exe))


def _search(name: str, root: str) -> Iterable[str]:
    """Give the paths at which a bare name may be found."""
    if name.startswith("lib"):
        yield from library_paths(name, root)
    for directory in os.environ.get("PATH", os.defpath).split(os.pathsep):
        candidate = os.path.join(directory or ".", name)
        if os.access(root + candidate, os.X_OK) and os.path.isfile(root + candidate):
            yield candidate
    if os.path.isfile(root + os.path.abspath(name)):
        yield os.path.abspath(name)
    if not name.startswith("lib"):
        yield from library_paths(name, root)


def follow_links(path: str, root: str) -> str:
    """Return `root` + `path` with symbolic links resolved inside `root`, as the process in there does.

    Opening `root` + `path` directly would take an absolute link out of `root`.
    """
    parts = [part for part in path.split("/") if part][::-1]
    resolved: list[str] = []
    links = 0
    while parts:
        part = parts.pop()
        if part == ".":
            continue
        if part == "..":
            del resolved[-1:]
            continue
        here = f"{root}/{'/'.join([*resolved, part])}"
        try:
            link = os.readlink(here)
        except OSError:
            resolved.append(part)
            continue
        links += 1
        if links > _MAX_LINKS:
            raise TargetError(f"cannot open {path}: too many levels of symbolic links")
        if link.startswith("/"):
            resolved.clear()
        parts += [part for part in link.split("/") if part][::-1]
    return f"{root}/{'/'.join(resolved)}"


def _is_elf(path: str) -> bool:
    try:
        with open(path, "rb") as file:
            return file.read(4) == b"\x7fELF"
    except OSError:
        return False


def _hints(name: str) -> list[str]:
    directory = os.path.dirname(name)
    try:
        entries = os.listdir(directory) if directory else []
    except OSError:
        return []
    near = near_misses(os.path.basename(name), entries)
    return [f"did you mean {', '.join(os.path.join(directory, entry) for entry in near)}?"] if near else []
