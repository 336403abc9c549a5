"""Functions that a probe would break, although their code looks like any other's."""

from __future__ import annotations

from utrace.target.elf import ElfFile

_UNTOUCHABLE = {
    "__restore_rt": "unwinders know signal frames by its very bytes",
    "__restore": "unwinders know signal frames by its very bytes",
}
_NO_RETURN_PROBE = {
    **dict.fromkeys(("_start", "_dl_start_user", "_dl_start"), "it has no return address"),
    **dict.fromkeys(
        (
            "setjmp",
            "_setjmp",
            "__setjmp",
            "sigsetjmp",
            "__sigsetjmp",
            "getcontext",
            "swapcontext",
            "vfork",
            "__vfork",
        ),
        "it keeps its return address for a second return",
    ),
    **dict.fromkeys(
        ("dlopen", "dlsym", "dlvsym", "dlmopen", "mcount", "_mcount", "__fentry__"),
        "what it does depends on its return address",
    ),
}
_NO_RETURN_PREFIXES = {"_dl_runtime_": "its stack is not that of a C function"}
_GO_SECTION = ".go.buildinfo"


def refusal(name: str, address: int, elf: ElfFile, is_return: bool) -> str:
    """Why a function can't be probed, as the end of a sentence; an empty string if it can."""
    if elf.section(_GO_SECTION) is not None:
        return "Go programs are not supported yet: the stacks of goroutines are too small for a probe"
    if name in _UNTOUCHABLE:
        return _UNTOUCHABLE[name]
    if not is_return:
        return ""
    if address == elf.entry:
        return _NO_RETURN_PROBE["_start"]
    for prefix, reason in _NO_RETURN_PREFIXES.items():
        if name.startswith(prefix):
            return reason
    return _NO_RETURN_PROBE.get(name, "")
