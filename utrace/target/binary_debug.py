"""Everything that the debug information of one binary tells."""

from __future__ import annotations

from collections.abc import Sequence

from utrace.lazy_dataclass import dataclass
from utrace.target.debug_files import find_debug_file
from utrace.target.dwarf import DebugInfo
from utrace.target.dwarf_functions import Function, declared_parameters, function_at
from utrace.target.dwarf_lines import LineReader
from utrace.target.dwarf_types import TypeReader
from utrace.target.elf import ElfFile


@dataclass(frozen=True)
class BinaryDebug:
    """The readers of one file's debug information; addresses are those of the file."""

    info: DebugInfo
    types: TypeReader
    lines: LineReader

    def function_at(self, address: int, symbol: str = "") -> Function | None:
        """Return the function that starts at an address, None when it is not described; TargetError as all here.

        `symbol` is its name in the symbol table: clones whose parameters the compiler changed are not described.
        """
        return function_at(self.info, self.types, address, symbol)

    def declared_parameters(self, address: int, symbol: str = "") -> list[str]:
        """Return `type name`, as C declares it, for each parameter of the function that starts at an address."""
        return declared_parameters(self.info, address, symbol)


def open_debug(elf: ElfFile, directories: Sequence[str] = ()) -> BinaryDebug | None:
    """Return what is known about a binary, None when no file has debug information about it.

    `directories` (`--debuginfo`) are searched before the system's. TargetError when the information is damaged.
    """
    file = find_debug_file(elf, directories)
    if file is None:
        return None
    info = DebugInfo(file, elf.path, directories)
    return BinaryDebug(info, TypeReader(info), LineReader(info))
