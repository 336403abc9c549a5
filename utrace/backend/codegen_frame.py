"""One eBPF function under construction: blocks, helper calls, and memory on the stack or in the scratch map.

The kernel gives a program 512 bytes of stack.  What is small lives there; everything else in the per-CPU
(natively: per-thread) array `scratch`, at offsets fixed when the program is compiled.  LLVM turns scalar
stack slots into registers, so only buffers whose address is taken count.

A program with loops over maps is several functions: itself (the root) and the callbacks, each with a frame.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from llvmlite import ir

from utrace.backend.codegen_environment import RESULT, Cell, Environment, Exit
from utrace.backend.helpers import BY_NAME, Argument, Result
from utrace.frontend.types import round_up
from utrace.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from utrace.backend.codegen_globals import Globals

I1, I8, I16, I32, I64 = (ir.IntType(bits) for bits in (1, 8, 16, 32, 64))
PTR = ir.PointerType()
VOID = ir.VoidType()
WORD_BYTES = 8

STACK_BUDGET_BYTES = 224
"""For buffers.  The rest of the kernel's 512 is for what LLVM may spill: scalars that outlive a helper call."""
STACK_SCALARS = 12
"""So many scalar variables are left to LLVM, which keeps them in registers or spills them."""
STACK_BUFFER_BYTES = 128
"""A larger buffer goes to the scratch map even when the stack has room."""

_INTRINSIC_STORES = 128
"""LLVM's BPF backend expands memset and memcpy of up to so many stores; larger ones would be calls to nowhere."""

_POINTERS = {Argument.MAP, Argument.RING_MAP, Argument.MAP_KEY, Argument.MAP_VALUE}
_POINTERS |= {Argument.MEMORY_IN, Argument.MEMORY_OUT, Argument.CONTEXT}
_POINTERS |= {Argument.CALLBACK, Argument.CALLBACK_CONTEXT}


@dataclass(frozen=True)
class Place:
    """An address in the program's memory, and the alignment in bytes that it is known to have."""

    pointer: ir.Value
    alignment: int = WORD_BYTES


class Frame:
    """The function being built, with the position where code is added (`builder`)."""

    def __init__(
        self, function: ir.Function, global_data: Globals, root: Frame | None = None, levels: int = 1
    ) -> None:
        """Begin `function`: a program, whose argument is the context, or a callback of `root`.

        `levels` is how many functions may be active at once: they share the stack.
        """
        self.globals = global_data
        self.function = function
        self.watch: Callable[[str, Sequence[ir.Value], ir.Value], None] | None = None
        """Is told of every helper's call and its result, so that failures can be reported; kept in the root."""
        self.root: Frame = root or self
        self.shared: Environment = root.shared if root else Environment(self)
        self.scratch_bytes = 0
        """Bytes of the scratch map that the program needs, callbacks included: the root knows."""
        self.levels = levels
        self._context = function.args[0]
        self.environment: ir.Value | None = function.args[-1] if root else None
        self._pending: list[Exit] = []
        self._registers: dict[int, ir.Value] = {}
        self._stack_bytes = 0
        self._scalars = 0
        self._scratch: ir.Value | None = None
        self._prepare: ir.IRBuilder
        self._free: defaultdict[int, list[ir.Value]] = defaultdict(list)
        self._taken: list[list[tuple[int, ir.Value]]] = []
        self._entry = ir.IRBuilder(function.append_basic_block("entry"))
        self._body = function.append_basic_block("body")
        self._leave = function.append_basic_block("leave")
        self.next_round = function.append_basic_block("next") if root else self._leave
        """Where a callback ends in order to be called again."""
        self.exit: Exit = root.exit if root else Exit(self, self._leave)
        """The end of the program."""
        self.builder = ir.IRBuilder(self._body)

    @property
    def last_round(self) -> ir.Block:
        """Where a callback ends in order not to be called again."""
        return self._leave

    def finish(self) -> None:
        """Close the function; a program returns what `set_result` was given, or 0."""
        if not self.builder.block.is_terminated:
            self.builder.branch(self.next_round)
        if self._scratch is None:
            self._entry.branch(self._body)
        else:
            missing = self._entry.icmp_unsigned("==", self._scratch, PTR(None))
            self._entry.cbranch(missing, self._leave, self._prepare.block)
            self._prepare.branch(self._body)
        self._finish_exits()

    def _finish_exits(self) -> None:
        leave = ir.IRBuilder(self._leave)
        if self.root is not self:
            leave.ret(I64(1))
            ir.IRBuilder(self.next_round).ret(I64(0))
            # At the end, or jumps to them would look like those of a loop.
            for block in (self._leave, self.next_round):
                self.function.blocks.remove(block)
                self.function.blocks.append(block)
        elif not self.shared.has(RESULT):
            leave.ret(I64(0))
        else:
            self.builder = leave
            leave.ret(self.load(self.place(self.shared.word(RESULT)), I64))

    # ------------------------------------------------------------ control flow

    def leave(self) -> None:
        """End the program here, also from within a callback."""
        self.go_to(self.exit)

    def go_to(self, goal: Exit) -> None:
        """Go on at an exit of this function, or of one that waits for this callback."""
        if goal.frame is self:
            self.jump(goal.block)
            return
        if goal not in self._pending:
            self._pending.append(goal)
        self.store(I64(1), self.place(self.shared.word(goal)))
        self.jump(self.last_round)

    def go_on_after(self, callback: Frame) -> None:
        """Behind the loop that calls `callback`: go where its code wanted to go, if anywhere."""
        for goal in callback._pending:
            flag = self.place(self.shared.word(goal))
            with self.builder.if_then(self.builder.icmp_unsigned("!=", self.load(flag, I64), I64(0))):
                self.store(I64(0), flag)
                self.go_to(goal)

    def set_result(self, value: ir.Value) -> None:
        """Set what the program returns, an i64."""
        self.store(value, self.place(self.shared.word(RESULT)))

    def jump(self, block: ir.Block) -> None:
        """Continue at `block`; code added after this is unreachable."""
        self.builder.branch(block)
        self.builder.position_at_end(self.builder.append_basic_block("unreachable"))

    @contextmanager
    def when_present(self, pointer: ir.Value) -> Iterator[None]:
        """Add the code of the `with` block for the case that `pointer` is not null."""
        with self.builder.if_then(self.is_present(pointer), likely=True):
            yield

    def is_present(self, pointer: ir.Value) -> ir.Value:
        """Return whether a looked-up pointer is not null."""
        return self.builder.icmp_unsigned("!=", pointer, PTR(None))

    # ------------------------------------------------------------ helpers and context

    def call(self, name: str, *arguments: ir.Value) -> ir.Value:
        """Call the kernel helper `name`; the result is an i64 or, for a lookup, a pointer."""
        helper = BY_NAME[name]
        result = PTR if helper.result is Result.MAP_VALUE_OR_NULL else I64
        kinds = [PTR if kind in _POINTERS else I64 for kind in helper.arguments]
        callee = ir.FormattedConstant(PTR, f"inttoptr (i64 {helper.number} to ptr)")
        callee.function_type = ir.FunctionType(result, kinds)
        value = self.builder.call(callee, arguments)
        if self.root.watch is not None:
            self.root.watch(name, arguments, value)
        return value

    def register(self, offset: int) -> ir.Value:
        """Return the u64 at a byte offset of the context, `struct pt_regs` of the traced thread.

        Loaded once, on entry: later the optimiser might merge two loads into one at a computed offset, which
        the kernel refuses.
        """
        if self.root is not self:
            return self.load(self.place(self.shared.constant(offset, self.root.register(offset))), I64)
        if offset not in self._registers:
            address = self._entry.gep(self._context, [I64(offset)], source_etype=I8)
            self._registers[offset] = self._entry.load(address, typ=I64)
        return self._registers[offset]

    @property
    def context(self) -> ir.Value:
        """The context as a whole, for the helpers that want it."""
        if self.root is not self:
            return self.load(self.place(self.shared.constant("context", self.root.context)), PTR)
        return self._context

    # ------------------------------------------------------------ what the functions of a program share

    def place(self, cell: Cell) -> Place:
        """Return where shared memory is, seen from this function."""
        if cell.is_in_scratch:
            return Place(self._scratch_pointer(cell.offset))
        environment = self.shared.address if self.environment is None else self.environment
        return Place(self.builder.gep(environment, [I64(cell.offset)], source_etype=I8))

    def stack_block(self, size: int) -> ir.Value:
        """Return room on the stack, to be widened later (`allocated_type`)."""
        return self._alloca(ir.ArrayType(I64, size // WORD_BYTES))

    def reserve_scratch(self, size: int) -> int:
        """Return the offset of room in the scratch map."""
        offset = self.root.scratch_bytes
        self.root.scratch_bytes += round_up(size, WORD_BYTES)
        return offset

    def initialise(self, cell: Cell, value: ir.Value) -> None:
        """Store a value in shared memory when the program starts."""
        if cell.is_in_scratch:
            pointer = self._scratch_pointer(cell.offset)
            self._prepare.store(value, pointer)
            return
        pointer = self._entry.gep(self.shared.address, [I64(cell.offset)], source_etype=I8)
        self._entry.store(value, pointer)

    # ------------------------------------------------------------ memory

    def variable(self, value_type: ir.Type) -> ir.Value:
        """Return a slot for a scalar that lives as long as the program, zero at first."""
        if self._scalars >= STACK_SCALARS // self.levels:
            slot = self._allocate_scratch(WORD_BYTES)
            self._prepare.store(value_type(0), slot)
            return slot
        self._scalars += 1
        slot = self._alloca(value_type)
        self._entry.store(value_type(0), slot)
        return slot

    def spill_slot(self) -> Place:
        """Return room in the scratch map for a scalar that should take neither register nor stack."""
        return Place(self._allocate_scratch(WORD_BYTES))

    def buffer(self, size: int) -> Place:
        """Return `size` bytes that live as long as the program; their content is undefined."""
        return Place(self._allocate(round_up(max(size, 1), WORD_BYTES)))

    def temporary(self, size: int) -> Place:
        """Return `size` bytes, content undefined, that may be used again after the `temporaries` block."""
        rounded = round_up(max(size, 1), WORD_BYTES)
        free = self._free[rounded]
        pointer = free.pop() if free else self._allocate(rounded)
        self._taken[-1].append((rounded, pointer))
        return Place(pointer)

    @contextmanager
    def temporaries(self) -> Iterator[None]:
        """Give temporary buffers made in the `with` block free at its end."""
        self._taken.append([])
        yield
        for size, pointer in self._taken.pop():
            self._free[size].append(pointer)

    def at(self, place: Place, offset: int) -> Place:
        """Return the place `offset` bytes after `place`."""
        if offset == 0:
            return place
        pointer = self.builder.gep(place.pointer, [I64(offset)], source_etype=I8)
        return Place(pointer, min(place.alignment, offset & -offset))

    def load(self, place: Place, value_type: ir.Type) -> ir.Value:
        """Return the value of `value_type` at `place`."""
        return self.builder.load(place.pointer, align=_natural(value_type, place), typ=value_type)

    def store(self, value: ir.Value, place: Place) -> None:
        """Store a scalar at `place`."""
        self.builder.store(value, place.pointer, align=_natural(value.type, place))

    def zero(self, place: Place, size: int) -> None:
        """Fill `size` bytes with zeros."""
        for offset, length in _pieces(size):
            self._memory("llvm.memset", [PTR, I64], length, self._chunk(place, offset, length), I8(0))

    def copy(self, source: Place, destination: Place, size: int) -> None:
        """Copy `size` bytes between places that do not overlap."""
        for offset, length in _pieces(size):
            to, origin = self._chunk(destination, offset, length), self._chunk(source, offset, length)
            self._memory("llvm.memcpy", [PTR, PTR, I64], length, to, origin)

    def _chunk(self, place: Place, offset: int, length: int) -> Place:
        """As `at`, but so that LLVM doesn't join a long piece with what is done to its neighbours."""
        chunk = self.at(place, offset)
        is_long = length > STACK_BUFFER_BYTES
        return Place(opaque(self.builder, chunk.pointer), chunk.alignment) if is_long else chunk

    def atomic(self, operation: str, pointer: ir.Value, value: ir.Value) -> None:
        """Change the 64 bits at `pointer` by one instruction: add, sub, and, or, xor."""
        if operation == "sub":
            operation, value = "add", self.builder.neg(value)
        self.builder.atomic_rmw(operation, pointer, value, "monotonic")

    def fetch_and_add(self, pointer: ir.Value, value: ir.Value) -> ir.Value:
        """Add to the 64 bits at `pointer`; return what was there before."""
        # LLVM 22 compiles a monotonic one to an instruction without result, whether the result is used or not.
        return self.builder.atomic_rmw("add", pointer, value, "seq_cst")

    def exchange(self, place: Place, expected: ir.Value, value: ir.Value) -> ir.Value:
        """Store 64 bits if those at `place` are as expected; return what was there before."""
        pair = self.builder.cmpxchg(place.pointer, expected, value, "seq_cst", "seq_cst")
        return self.builder.extract_value(pair, 0)

    def _allocate(self, size: int) -> ir.Value:
        if size <= STACK_BUFFER_BYTES and self._stack_bytes + size <= STACK_BUDGET_BYTES // self.levels:
            self._stack_bytes += size
            return self._alloca(ir.ArrayType(I64, size // WORD_BYTES))
        return self._allocate_scratch(size)

    def _allocate_scratch(self, size: int) -> ir.Value:
        return self._scratch_pointer(self.reserve_scratch(size))

    def _scratch_pointer(self, offset: int) -> ir.Value:
        if self._scratch is None:
            self._scratch = self._look_up_scratch()
            self._prepare = ir.IRBuilder(self.builder.append_basic_block("prepare"))
        return self._prepare.gep(self._scratch, [I64(offset)], source_etype=I8)

    def _alloca(self, value_type: ir.Type) -> ir.Value:
        slot = self._entry.alloca(value_type)
        slot.align = WORD_BYTES
        slot.type = PTR  # llvmlite would have it a typed pointer, which LLVM no longer has
        return slot

    def _look_up_scratch(self) -> ir.Value:
        outer, self.builder = self.builder, self._entry
        key = self._alloca(I32)
        self._entry.store(I32(0), key)
        scratch = self.call("map_lookup_elem", self.globals.scratch, key)
        self.builder = outer
        return scratch

    def _memory(self, name: str, overloads: list[ir.Type], size: int, *operands: Place | ir.Value) -> None:
        intrinsic = self.builder.module.declare_intrinsic(name, overloads)
        values = [item.pointer if isinstance(item, Place) else item for item in operands]
        call = self.builder.call(intrinsic, [*values, I64(size), I1(0)])
        for index, item in enumerate(operands):
            if isinstance(item, Place):
                call.arg_attributes[index] = attributes = ir.ArgumentAttributes()
                attributes.align = item.alignment


def _pieces(size: int) -> Iterator[tuple[int, int]]:
    """Yield offsets and lengths of pieces, none of which takes more than `_INTRINSIC_STORES`."""
    most = _INTRINSIC_STORES * WORD_BYTES
    offset = 0
    while offset < size:
        length = min(size - offset, most)
        words, rest = divmod(length, WORD_BYTES)
        if words + rest.bit_count() > _INTRINSIC_STORES:
            length -= rest
        yield offset, length
        offset += length


def opaque(builder: ir.IRBuilder, value: ir.Value) -> ir.Value:
    """Return `value` such that LLVM knows nothing about it.

    Needed before a bounds check that is plain to LLVM but not to a verifier: LLVM would drop it.
    """
    signature = ir.FunctionType(value.type, [value.type])
    return builder.asm(signature, "", "=r,0", [value], side_effect=False)


def _natural(value_type: ir.Type, place: Place) -> int:
    size = WORD_BYTES if value_type == PTR else value_type.width // 8
    return min(size, place.alignment)
