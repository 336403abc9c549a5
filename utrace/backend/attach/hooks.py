"""Finding functions of the C library that utrace hooks for its own purposes."""

from __future__ import annotations

from collections.abc import Mapping as Dictionary
from collections.abc import Sequence

from utrace.backend.attach.base import Site
from utrace.backend.attach.plan import LoadedSite
from utrace.errors import TargetError
from utrace.target.elf import ElfFile
from utrace.target.process import Mapping, Process
from utrace.target.scan import mappings_of
from utrace.target.symbols import SymbolTable


def files_named(mappings: Sequence[Mapping], prefixes: tuple[str, ...]) -> list[Mapping]:
    """The executable mappings of files whose name begins with one of the prefixes."""
    return [
        mapping
        for mapping in mappings
        if mapping.is_file and mapping.is_executable and mapping.path.rpartition("/")[2].startswith(prefixes)
    ]


def hooks_in(
    process: Process, mapping: Mapping, hooks: Dictionary[str, str], serves_unwinder: bool
) -> list[LoadedSite]:
    """Hooks for the functions of one mapped file: name of the function -> runtime function to call in front of it."""
    try:
        elf = ElfFile(process.readable_path(mapping))
    except TargetError:
        return []
    if elf.file_id is None:
        return []
    symbols = SymbolTable(elf)
    biases = elf.load_biases(mappings_of(process, elf.file_id))
    return [
        LoadedSite(
            Site(
                elf.file_id,
                elf.path,
                symbol.address,
                symbol.address,
                symbol.end,
                symbols.next_start(symbol.address),
            ),
            bias,
            hook,
            serves_unwinder,
        )
        for name, hook in hooks.items()
        for symbol in symbols.find(name)[:1]
        for bias in biases
    ]
