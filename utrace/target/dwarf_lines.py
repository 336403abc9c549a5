"""Source lines: which line an address comes from, through which inlined calls, and where a line's code is."""

from __future__ import annotations

import os
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from utrace.target.dwarf import Budget, DebugInfo, attribute, guarded, holds, name_of

_BLOCKS = frozenset({"DW_TAG_lexical_block", "DW_TAG_try_block", "DW_TAG_catch_block"})
_MAX_INLINED = 64


@dataclass(frozen=True, slots=True)
class SourceFrame:
    """A function and the line in it; `line` is 0 when it is not known."""

    function: str
    file: str
    line: int
    column: int
    is_inlined: bool


@dataclass(frozen=True, slots=True)
class _Row:
    address: int
    file: int
    line: int
    column: int
    is_statement: bool
    is_end: bool


class LineReader:
    """Answers questions about lines of one file's debug information; every method may raise TargetError."""

    def __init__(self, debug: DebugInfo) -> None:
        self._debug = debug
        self._tables: dict[int, _Table] = {}

    @guarded
    def frames_at(self, address: int, function_start: int) -> tuple[SourceFrame, ...]:
        """Return the functions that an address of the file is in, innermost first: inlined ones, then the real one.

        `function_start` is the address of the symbol that `address` is in. Empty when nothing is known.
        """
        unit = self._debug.unit_at(address)
        table = self._table(unit) if unit is not None else None
        row = table.row_at(address) if table is not None else None
        if table is None or row is None:
            return ()
        function = self._debug.function_holding(address, function_start)
        chain = [] if function is None else [function, *_inlined_at(function, address)]
        if not chain:
            return (SourceFrame("", table.path(row.file), row.line, row.column, False),)
        places = [(row.file, row.line, row.column)] + [
            tuple(attribute(entry, f"DW_AT_call_{what}") or 0 for what in ("file", "line", "column"))
            for entry in reversed(chain[1:])
        ]
        return tuple(
            SourceFrame(name_of(entry), table.path(file), line, column, entry is not function)
            for entry, (file, line, column) in zip(reversed(chain), places, strict=True)
        )

    @guarded
    def addresses_of(self, file: str, line: int, column: int = 0) -> tuple[int, ...]:
        """Return where statements of a source line begin, ascending; `column` 0 means any.

        `file` is a path or its end: `file.c`, `src/file.c`.
        """
        found: set[int] = set()
        for table, index in self._files(file):
            found |= {row.address for row in table.rows if _is_meant(row, index, line, column)}
        return tuple(sorted(found))

    @guarded
    def lines_of(self, file: str) -> tuple[int, ...]:
        """Return the lines of a source file that have code, ascending; empty for a file that is not known."""
        lines = {
            row.line
            for table, index in self._files(file)
            for row in table.rows
            if row.file == index and row.line
        }
        return tuple(sorted(lines))

    def _files(self, file: str) -> Iterator[tuple[_Table, int]]:
        """Yield the line tables with a file of this name, and its number there."""
        budget = Budget()
        for unit in self._debug.units:
            budget.check()
            table = self._table(unit)
            if table is not None:
                for index in table.numbers_of(file):
                    yield table, index

    def _table(self, unit: Any) -> _Table | None:
        if unit.cu_offset not in self._tables:
            program = self._debug.dwarf.line_program_for_CU(unit)
            if program is None:
                return None
            directory = attribute(unit.get_top_DIE(), "DW_AT_comp_dir")
            self._tables[unit.cu_offset] = _Table(program, _text(directory))
        return self._tables[unit.cu_offset]


class _Table:
    """The line table of one unit."""

    def __init__(self, program: Any, directory: str) -> None:
        self._program = program
        self._directory = directory
        self._is_v5 = program["version"] >= 5

    @cached_property
    def rows(self) -> list[_Row]:
        budget = Budget()
        found: list[_Row] = []
        for entry in self._program.get_entries():
            budget.check()
            state = entry.state
            if state is not None and (state.address or found):
                found.append(
                    _Row(
                        state.address, state.file, state.line, state.column, state.is_stmt, state.end_sequence
                    )
                )
        # The end of one sequence may be the start of another, and sequences come in any order.
        return sorted(found, key=lambda row: (row.address, not row.is_end))

    @cached_property
    def _addresses(self) -> list[int]:
        return [row.address for row in self.rows]

    def row_at(self, address: int) -> _Row | None:
        index = bisect_right(self._addresses, address) - 1
        row = self.rows[index] if index >= 0 else None
        return None if row is None or row.is_end else row

    def numbers_of(self, file: str) -> list[int]:
        """Return the numbers of the files whose path ends in `file`."""
        first = 0 if self._is_v5 else 1
        count = len(self._program["file_entry"])
        wanted = "/" + file.removeprefix("./").lstrip("/")
        numbers = range(first, first + count)
        base = os.path.basename(file)
        return [
            number
            for number in numbers
            if _text(self._entry(number).name).endswith(base) and ("/" + self.path(number)).endswith(wanted)
        ]

    def path(self, number: int) -> str:
        """Return the path of a file, as the compiler knew it; empty for a number that is wrong."""
        entry = self._entry(number)
        if entry is None:
            return ""
        directories = self._program["include_directory"]
        index = entry.dir_index if self._is_v5 else entry.dir_index - 1
        directory = _text(directories[index]) if 0 <= index < len(directories) else ""
        return os.path.join(self._directory, directory, _text(entry.name))

    def _entry(self, number: int) -> Any:
        files = self._program["file_entry"]
        index = number if self._is_v5 else number - 1
        return files[index] if 0 <= index < len(files) else None


def _is_meant(row: _Row, file: int, line: int, column: int) -> bool:
    is_place = row.file == file and row.line == line and column in (0, row.column)
    return is_place and row.is_statement and not row.is_end


def _inlined_at(function: Any, address: int) -> list[Any]:
    """Return the entries of the calls that were inlined around an address, outermost first."""
    budget = Budget()
    found: list[Any] = []
    pending = [function]
    while pending and len(found) < _MAX_INLINED:
        for child in pending.pop().iter_children():
            budget.check()
            is_call = child.tag == "DW_TAG_inlined_subroutine"
            if (is_call or child.tag in _BLOCKS) and holds(child, address):
                pending = [child]
                found += [child] if is_call else []
                break
    return found


def _text(value: object) -> str:
    return os.fsdecode(value) if isinstance(value, bytes) else ""
