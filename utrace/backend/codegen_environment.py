"""What the functions of one program share: the program itself and the callbacks of its loops.

Shared words are on the program's own stack, in the `environment`, whose address every callback is given, or in the
scratch map.  On the stack: registers of the traced thread, and where code in a callback wants to go on.  Variables that
a loop's body shares with the code around it are in the scratch map, of whose content verifiers know nothing: of what is
on the stack the kernel's would follow the possible values from round to round, until there are too many.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from llvmlite import ir

from utrace.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from utrace.backend.codegen_frame import Frame

WORD_BYTES = 8
RESULT = "result"
"""The key of what the program returns."""
STACK_WORDS = 16
"""So many shared words are on the stack."""

_I64 = ir.IntType(64)


@dataclass(frozen=True)
class Cell:
    """Shared memory: at an offset of the environment, or of the scratch map."""

    offset: int
    is_in_scratch: bool


@dataclass(eq=False)
class Exit:
    """Where code in a callback may have to go on: at the end of the program, or of a function of the script."""

    frame: Frame
    block: ir.Block


class Environment:
    """The shared memory of one program, given out by keys."""

    def __init__(self, root: Frame) -> None:
        """Begin with nothing; `root` is the frame of the program itself."""
        self._root = root
        self._cells: dict[object, Cell] = {}
        self._words = 0
        self._block: ir.Value | None = None

    @property
    def address(self) -> ir.Value:
        """The address of the words on the stack, in the root's function."""
        if self._block is None:
            self._block = self._root.stack_block(WORD_BYTES)
        return self._block

    def word(self, key: object) -> Cell:
        """Return the word that belongs to a key, zero when the program starts."""
        if key not in self._cells:
            has_few_values = isinstance(key, Exit) or key == RESULT or self._root.levels == 1
            self._cells[key] = self._new_word() if has_few_values else self._scratch_word()
            self._root.initialise(self._cells[key], _I64(0))
        return self._cells[key]

    def has(self, key: object) -> bool:
        """Tell whether something belongs to a key already."""
        return key in self._cells

    def constant(self, key: object, value: ir.Value) -> Cell:
        """Return a word that holds a value which the root knows when it starts."""
        if key not in self._cells:
            self._cells[key] = self._new_word()
            self._root.initialise(self._cells[key], value)
        return self._cells[key]

    def buffer(self, key: object, size: int) -> Cell:
        """Return `size` bytes that belong to a key, content undefined."""
        if key not in self._cells:
            self._cells[key] = Cell(self._root.reserve_scratch(size), is_in_scratch=True)
        return self._cells[key]

    def _scratch_word(self) -> Cell:
        return Cell(self._root.reserve_scratch(WORD_BYTES), is_in_scratch=True)

    def _new_word(self) -> Cell:
        if self._words == STACK_WORDS:
            return self._scratch_word()
        self._words += 1
        self.address.allocated_type = ir.ArrayType(_I64, self._words)
        return Cell(WORD_BYTES * (self._words - 1), is_in_scratch=False)
