"""The functions through which unwinders look for unwind information; they must learn of the return thunks.

libgcc (since GCC 12) and LLVM's libunwind ask glibc's `_dl_find_object` for the object that an address belongs to;
older ones, and all of them with musl, go through the objects with `dl_iterate_phdr`. A hook in front of either adds
the thunks. A static program has the functions inside itself.
"""

from __future__ import annotations

from collections.abc import Sequence

from utrace.backend.attach.hooks import files_named, hooks_in
from utrace.backend.attach.plan import LoadedSite
from utrace.errors import AttachError, TargetError
from utrace.target.elf import ElfFile
from utrace.target.process import Mapping, Process
from utrace.target.symbols import SymbolTable

_HOOKS = {"_dl_find_object": "rt_find_object", "dl_iterate_phdr": "rt_iterate_phdr"}
_ENTRY = "_Unwind_RaiseException"
_UNWINDER_FUNCTIONS = (
    "_Unwind_",
    "uw_",
    "unw_",
    "_ZN9libunwind",
    "_ZNK9libunwind",
    "execute_",
    "search_object",
)
_EXCEPTION_CLASSES = tuple(name[::-1] for name in (b"GNUCC++\0", b"CLNGC++\0", b"MOZ\0RUST"))
_C_LIBRARIES = ("libc.so", "libc-2", "ld-musl-")


def unwinder_sites(process: Process, mappings: Sequence[Mapping]) -> list[LoadedSite]:
    """Where to hook in this process: in its C library, which a static program carries in itself."""
    candidates = files_named(mappings, _C_LIBRARIES) or _own(process, mappings)
    return [
        hook
        for mapping in candidates[:1]
        for hook in hooks_in(process, mapping, _HOOKS, serves_unwinder=True)
    ]


def check_exceptions_pass(process: Process, mappings: Sequence[Mapping]) -> None:
    """Raise AttachError for a program that can throw exceptions, whose unwinder we can't find (no hooks).

    Such a program is static and stripped. Every exception names its language by a constant in the code that throws.
    """
    for mapping in _own(process, mappings):
        content = ElfFile(process.readable_path(mapping)).read(mapping.offset, mapping.end - mapping.start)
        if any(name in content for name in _EXCEPTION_CLASSES):
            raise AttachError(
                f"no return probes in process {process.pid}: exceptions could not pass through them",
                hints=(
                    "it is a static program without symbols, so its unwinder can't be found; use uprobes",
                ),
            )


def _own(process: Process, mappings: Sequence[Mapping]) -> list[Mapping]:
    program = process.exe()
    return [mapping for mapping in mappings if mapping.path == program and mapping.is_executable]


def unwinder_code(process: Process, mappings: Sequence[Mapping]) -> tuple[tuple[int, int], ...]:
    """Address ranges of the functions of an unwinder that is linked into the program itself."""
    own = _own(process, mappings)
    if not own:
        return ()
    try:
        elf = ElfFile(process.readable_path(own[0]))
        functions = SymbolTable(elf)
        if not functions.find(_ENTRY):
            return ()
        spans = [
            (function.address, function.end)
            for function in functions.functions
            if function.name.startswith(_UNWINDER_FUNCTIONS)
        ]
    except TargetError:
        return ()
    return tuple((start + bias, end + bias) for bias in elf.load_biases(own) for start, end in spans)
