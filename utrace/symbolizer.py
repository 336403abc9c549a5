"""Stacks and symbols as text: what `ustack()` and `usym()` have left as ids and addresses.

The four forms of a stack are those of bpftrace:

- bpftrace: eight blanks and `function+offset`, with `@file:line` where there is debug information; an inlined function
  is a line of its own, `[inlined] function@file:line`, before the one that it is in;
- perf: a tab, the address, and `function+offset (file)` or `function (inlined)`;
- raw: the address; build_id: the build id and the offset in the file, for which symbols can be found elsewhere.

All but the first address are return addresses.  The calls before them are what is looked for: a call that never comes
back may be the last instruction of its function, and its line is not the one of what comes after it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from utrace.frontend.config import Config
from utrace.frontend.typed import TypedProgram
from utrace.frontend.types import USYM, StackType, Type
from utrace.output.model import Primitive
from utrace.output.resolver import HostResolver
from utrace.target.demangle import demangle

if TYPE_CHECKING:
    from utrace.target.addresses import AddressSpaces
    from utrace.target.dwarf_lines import SourceFrame

_LOST = "<stack not kept: too many different ones>"


class Frame(NamedTuple):
    """A function at an address: its name (empty when unknown), and the place in its source, if known."""

    name: str
    offset: int
    module: str
    source: str = ""
    is_inlined: bool = False


class Symbolizer(HostResolver):
    """Resolves what values refer to: stacks by `frames_of(id)`, their addresses by what is mapped in `spaces`."""

    def __init__(
        self, config: Config, spaces: AddressSpaces, frames_of: Callable[[int], Sequence[int] | None]
    ) -> None:
        """Show names and lines as `config` says."""
        self._config = config
        self._spaces = spaces
        self._frames_of = frames_of
        self._texts: dict[tuple[str, bytes], str] = {}
        self._known: dict[tuple[int, int, bool], tuple[Frame, ...]] = {}
        self._modes: dict[str, Callable[[int, int, bool], Iterator[str]]] = {
            "bpftrace": self._bpftrace_lines,
            "perf": self._perf_lines,
            "raw": lambda _pid, address, _is_return: iter((f"{address:x}",)),
            "build_id": self._build_id_lines,
        }

    def resolve(self, type_: Type, value: bytes) -> Primitive:
        """Return the text of a stack, or the name at an address."""
        if isinstance(type_, StackType):
            return self._stack(type_, value)
        if type_ is USYM:
            address, pid = int.from_bytes(value[:8], "little"), int.from_bytes(value[8:12], "little")
            return self._symbol(pid, address).name or f"{address:#x}"
        return super().resolve(type_, value)

    def _stack(self, type_: StackType, value: bytes) -> str:
        key = (type_.mode, value)
        if key not in self._texts:
            self._texts[key] = "\n" + "".join(f"{line}\n" for line in self._stack_lines(type_, value))
        return self._texts[key]

    def _stack_lines(self, type_: StackType, value: bytes) -> Iterator[str]:
        pid, count = int.from_bytes(value[8:12], "little"), int.from_bytes(value[12:16], "little")
        if not count:
            return
        frames = self._frames_of(int.from_bytes(value[:8], "little"))
        if frames is None:
            yield _LOST
            return
        for index, address in enumerate(frames[:count]):
            yield from self._modes[type_.mode](pid, address, index > 0)

    def _bpftrace_lines(self, pid: int, address: int, is_return: bool) -> Iterator[str]:
        for frame in self._frames(pid, address, is_return):
            if frame.is_inlined:
                yield f"        [inlined] {frame.name}{frame.source}"
            elif frame.name:
                yield f"        {frame.name}+{frame.offset}{frame.source}"
            else:
                yield f"        {address:#x}"

    def _perf_lines(self, pid: int, address: int, is_return: bool) -> Iterator[str]:
        for frame in self._frames(pid, address, is_return):
            if frame.is_inlined:
                yield f"\t{address:x} {frame.name} (inlined)"
            elif frame.name:
                yield f"\t{address:x} {frame.name}+{frame.offset} ({frame.module})"
            else:
                yield f"\t{address:x} {address:#x} ([unknown])"

    def _build_id_lines(self, pid: int, address: int, _is_return: bool) -> Iterator[str]:
        place = self._spaces.find(pid, address)
        if place is None or place.module.build_id is None:
            yield f"{address:x}"
        else:
            yield f"{place.module.build_id.hex()} 0x{place.offset:02x}"

    def _frames(self, pid: int, address: int, is_return: bool) -> tuple[Frame, ...]:
        """Return the functions at an address: inlined ones, the innermost first, then the one that has a symbol."""
        key = (pid, address, is_return)
        if key not in self._known:
            at = address - is_return
            frame = self._symbol(pid, at)
            if is_return and not frame.name:  # where signal handlers return to is no call
                at, frame = address, self._symbol(pid, address)
            *inlined, outer = self._with_source(pid, at, frame)
            self._known[key] = (*inlined, outer._replace(offset=outer.offset + address - at))
        return self._known[key]

    def _with_source(self, pid: int, address: int, frame: Frame) -> tuple[Frame, ...]:
        place = self._spaces.find(pid, address) if frame.name and self._config.show_debug_info else None
        if place is None:
            return (frame,)
        sources = place.module.source_frames(place.address, place.address - frame.offset)
        inlined = [
            Frame(source.function, 0, frame.module, _line(source), is_inlined=True)
            for source in sources
            if source.is_inlined
        ]
        outer = next((_line(source) for source in sources if not source.is_inlined), "")
        return (*inlined, frame._replace(source=outer))

    def _symbol(self, pid: int, address: int) -> Frame:
        place = self._spaces.find(pid, address)
        found = place.module.symbol_at(place.address) if place else None
        if found is None:
            found = self._spaces.compiled_at_run_time(pid, address)
        module = place.module.path if place else "[unknown]"
        if found is None:
            return Frame("", 0, module)
        name, offset = found
        return Frame(demangle(name) if self._config.cpp_demangle else name, offset, module)


def _line(source: SourceFrame) -> str:
    return f"@{source.file}:{source.line}" if source.file and source.line else ""


def uses_addresses(typed: TypedProgram) -> bool:
    """Tell whether a script has stacks or symbols, so that it must be known what processes have mapped."""
    return any(isinstance(kind, StackType) or kind is USYM for kind in typed.types.values())
