"""Imports: what is read, in which order, and within which limits."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from utrace.errors import ScriptError
from utrace.frontend.imports import MAX_CHARACTERS, MAX_FILES, Imported, resolve_imports
from utrace.frontend.parse import parse
from utrace.source import Source


def imported(path: Path) -> tuple[Imported, Source]:
    source = Source(str(path), path.read_text())
    return resolve_imports(parse(source), source), source


def refused(path: Path) -> list[str]:
    with pytest.raises(ScriptError) as caught:
        imported(path)
    return [diagnostic.message for diagnostic in caught.value.diagnostics]


def write(directory: Path, **files: str) -> Path:
    """Write `name=text` as name.bt; return the path of main.bt."""
    for name, text in files.items():
        (directory / f"{name}.bt").write_text(text)
    return directory / "main.bt"


def test_items_are_joined(tmp_path):
    main = write(
        tmp_path,
        main='import "b.bt"; import "a.bt"; let @m = hash(1); begin { }',
        a="macro one() { 1 } end { }",
        b="struct s { int x; } let @n = hash(2); interval:s:1 { }",
    )
    result, source = imported(main)
    program = result.program
    assert [probe.attach_points[0].provider for probe in program.probes] == ["begin", "end", "interval"]
    assert [macro.name for macro in program.macros] == ["one"]
    assert [declaration.name for declaration in program.map_declarations] == ["@m", "@n"]
    assert "struct s" in program.c_part
    assert program.imports == ()
    assert source.text_of(program.macros[0].name_span) == "one"


def test_headers_are_named(tmp_path):
    (tmp_path / "x.h").write_text("struct s { int x; };")
    result, _ = imported(write(tmp_path, main='import "x.h"; begin { }'))
    assert result.headers == (str(tmp_path / "x.h"),)


@pytest.mark.parametrize("place", ["file", "directory"])
def test_what_anybody_may_write_is_refused(tmp_path, place):
    main = write(tmp_path, main='import "sub/a.bt"; begin { }')
    directory = tmp_path / "sub"
    directory.mkdir()
    write(directory, a="begin { }")
    (directory / "a.bt" if place == "file" else directory).chmod(0o777)
    assert refused(main) == [
        f'cowardly refusing to import from a directory with global write permissions: "{directory / "a.bt"}"'
    ]


def test_a_long_chain_ends(tmp_path):
    for number in range(2 * MAX_FILES):
        (tmp_path / f"f{number}.bt").write_text(f'import "f{number + 1}.bt"; macro m{number}() {{ 1 }}')
    main = write(tmp_path, main='import "f0.bt"; begin { }')
    assert refused(main) == [f"Too many imports: the limit is {MAX_FILES} files"]


def test_large_imports_are_refused_quickly(tmp_path):
    text = "// " + "x" * (MAX_CHARACTERS // 3) + "\nbegin { }"
    main = write(
        tmp_path, main='import "a.bt"; import "b.bt"; import "c.bt"; begin { }', a=text, b=text, c=text
    )
    start = time.process_time()
    assert refused(main) == [f"The imports are too large: the limit is {MAX_CHARACTERS} characters"]
    assert time.process_time() - start < 1


def test_binary_files_are_refused(tmp_path):
    main = write(tmp_path, main='import "a.bt"; begin { }')
    (tmp_path / "a.bt").write_bytes(b"\xff\xfe\x00")
    assert refused(main) == [f"error reading import '{tmp_path / 'a.bt'}': it is not text in UTF-8"]


def test_syntax_errors_of_several_files(tmp_path):
    main = write(tmp_path, main='import "a.bt"; import "b.bt"; begin { }', a="begin { @ = ; }", b="macro { }")
    assert len(refused(main)) == 2
