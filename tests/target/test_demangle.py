"""Names of C++ and Rust as people write them, and probes that are given by them."""

from __future__ import annotations

import subprocess
import time

import pytest

from utrace.frontend.attach_points import parse_attach_point
from utrace.source import Span
from utrace.target.catalogue import SymbolCatalogue
from utrace.target.demangle import demangle, demangle_rust

HASH = "17h0123456789abcdefE"


def mangled(*words: str) -> str:
    return "_ZN" + "".join(f"{len(word)}{word}" for word in words) + HASH


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("_ZN4shop5cells3run" + HASH, "shop::cells::run"),
        (mangled("_$LT$a..Cell$u20$as$u20$b..Show$GT$", "fmt"), "<a::Cell as b::Show>::fmt"),
        (mangled("core", "drop$RF$$BP$x"), "core::drop&*x"),
        (mangled("shop", "run$QQ$"), "shop::run$QQ$"),
        (mangled("$u7b$closure$u7d$", "$ud800$$uffffff$"), "{closure}::$ud800$$uffffff$"),
        ("_ZN9shop3run" + HASH, "_ZN9shop3run" + HASH),
        ("_ZN4shop99999999999run" + HASH, "_ZN4shop99999999999run" + HASH),
        ("_ZN4shop3runEi", "_ZN4shop3runEi"),
        ("_RNvCs1234_4shop3run", "_RNvCs1234_4shop3run"),
        ("main", "main"),
    ],
)
def test_rust(name, shown):
    assert demangle_rust(name) == shown


def test_cpp():
    assert demangle("_ZN4shop3runEi") == "shop::run(int)"
    assert demangle("main") == "main"


def test_long_names_take_no_time():
    start = time.process_time()
    demangle_rust("_ZN" + "1a" * 50_000)
    demangle_rust("_ZN" + "1" * 100_000 + HASH)
    assert time.process_time() - start < 1


def test_probes_by_names_of_rust(tmp_path):
    names = [f"_ZN4shop3run17h{index:016x}E" for index in range(2)]
    functions = "".join(
        f'int f{i}(void) __asm__("{n}"); int f{i}(void) {{ return {i}; }}' for i, n in enumerate(names)
    )
    (tmp_path / "rusty.c").write_text(f"{functions} int main(void) {{ return f0() + f1(); }}")
    subprocess.run(["gcc", "-o", tmp_path / "rusty", tmp_path / "rusty.c"], check=True)

    def sites(place: str) -> list[tuple[str, str]]:
        point = parse_attach_point(f"uprobe:{tmp_path / 'rusty'}:rust:{place}", Span(0, 1))
        return sorted((site.function, site.label) for site in SymbolCatalogue().match(point))

    both = [(name, "shop::run") for name in names]  # two instances of one generic function
    assert sites('"shop::run"') == both
    assert sites("*op*run") == both
    assert sites('"shop::walk"') == []
