"""Names of binaries to files, and the processes that have them mapped."""

import os
import shutil
import subprocess

import pytest

from utrace.errors import TargetError
from utrace.target.binary import follow_links, mapped_binaries, resolve_binary
from utrace.target.elf import FileId
from utrace.target.loader_cache import library_paths
from utrace.target.process import Process
from utrace.target.scan import mappings_of, processes_mapping


def test_paths_and_programs(tmp_path, monkeypatch):
    (file,) = resolve_binary(shutil.which("env"))
    assert resolve_binary("env") == (file,)
    shutil.copy(file.path, tmp_path / "own program")
    monkeypatch.chdir(tmp_path)
    assert resolve_binary("./own program")[0].name == "./own program"
    assert resolve_binary("own program")[0].path == str(tmp_path / "own program")


def test_libraries():
    (named,) = resolve_binary("libc.so.6")
    (short,) = resolve_binary("libc")
    assert named.id == short.id and named.name.endswith("/libc.so.6")


def test_the_newest_version_is_meant(tmp_path):
    directory = tmp_path / "usr/lib"
    directory.mkdir(parents=True)
    for name in ("libx.so", "libx.so.1.1", "libx.so.3", "libx.so.10", "libxy.so.99"):
        (directory / name).touch()
    paths = library_paths("libx", str(tmp_path))
    assert [os.path.basename(path) for path in paths] == ["libx.so.10", "libx.so.3", "libx.so.1.1", "libx.so"]
    assert library_paths("libx.so.3", str(tmp_path)) == ("/usr/lib/libx.so.3",)


@pytest.mark.parametrize(
    "junk", [b"", b"glibc-ld.so.cache1.1", b"glibc-ld.so.cache1.1" + b"\xff" * 90, b"\0" * 99]
)
def test_a_damaged_loader_cache(tmp_path, junk):
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/ld.so.cache").write_bytes(junk)
    assert library_paths("libnothing", str(tmp_path)) == ()


def test_patterns_of_paths(tmp_path):
    env = shutil.which("env")
    for name in ("one", "two"):
        shutil.copy(env, tmp_path / name)
    os.link(tmp_path / "one", tmp_path / "one-again")
    (tmp_path / "text").write_text("no program")
    found = resolve_binary(f"{tmp_path}/*")
    assert [os.path.basename(file.name) for file in found] == ["one", "two"] or len(found) == 2
    with pytest.raises(TargetError, match="no program or library matches"):
        resolve_binary(f"{tmp_path}/none*")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("/no/such/file", "cannot open /no/such/file: No such file"),
        ("no_such_program", "unknown file 'no_such_program'"),
        ("/tmp", "is not a regular file"),
        ("", "not a file name"),
        ("a\0b", "not a file name"),
    ],
)
def test_unknown(name, message):
    with pytest.raises(TargetError, match=message):
        resolve_binary(name)


def test_near_miss_of_a_file(tmp_path):
    shutil.copy(shutil.which("env"), tmp_path / "program")
    with pytest.raises(TargetError) as caught:
        resolve_binary(f"{tmp_path}/porgram")
    assert caught.value.hints == (f"did you mean {tmp_path}/program?",)


def test_links_are_followed_inside_a_root(tmp_path):
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib/real").touch()
    (tmp_path / "absolute").symlink_to("/lib/real")
    (tmp_path / "lib/relative").symlink_to("../absolute")
    (tmp_path / "escape").symlink_to("../../../../lib/real")
    (tmp_path / "loop").symlink_to("loop")
    root = str(tmp_path)
    for name in ("/absolute", "/lib/relative", "/escape"):
        assert follow_links(name, root) == f"{root}/lib/real"
    with pytest.raises(TargetError, match="too many levels"):
        follow_links("/loop", root)


def test_processes_that_have_a_file_mapped(start, program):
    file = resolve_binary(str(program("functions")))[0].id
    first, second = start("functions"), start("functions")
    found = processes_mapping(file).found
    assert {first.pid, second.pid} <= {entry.process.pid for entry in found}
    assert all(entry.mappings for entry in found)
    assert os.getpid() not in {entry.process.pid for entry in found}
    assert mappings_of(Process(first.pid), FileId(file.device, file.inode + 1)) == ()


def test_the_files_of_a_process(start, program):
    target = start("loader", "pie", str(program("library", "shared")))
    names = [file.name for file in mapped_binaries(Process(target.pid))]
    assert names[0] == str(program("loader"))
    library = str(program("library", "shared"))
    assert library not in names
    target.do("load")
    assert library in [file.name for file in mapped_binaries(Process(target.pid))]
    assert resolve_binary("libc", Process(target.pid))[0].name in names


def test_root_of_another_mount_namespace(program, tmp_path):
    """A process in its own mount namespace and root: paths are found as it sees them."""
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        pytest.skip("needs root and unshare")
    root = tmp_path / "root"
    (root / "bin").mkdir(parents=True)
    shutil.copy(program("functions", "static"), root / "bin/program")
    os.symlink("/bin/program", root / "link")
    child = subprocess.Popen(
        ["unshare", "-m", "chroot", str(root), "/bin/program"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        line = child.stdout.readline().split()
        if not line:
            pytest.skip("unshare is not allowed here")
        process = Process(int(line[1]))
        (file,) = resolve_binary("/link", process)
        assert file.name == "/link" and file.id.inode == os.stat(root / "bin/program").st_ino
        assert mappings_of(process, file.id)
        assert mapped_binaries(process)[0].id == file.id
    finally:
        child.communicate()
