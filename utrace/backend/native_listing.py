"""Machine code as text (`-d native`); loads the disassembler."""

from __future__ import annotations

from collections.abc import Iterator

import iced_x86 as x86

from utrace.backend.code_image import CodeImage


def list_code(image: CodeImage) -> str:
    """List every entry point and exported function in the notation of Intel's manuals, one instruction a line."""
    names = {entry.offset: f"{name} ({entry.context.value})" for name, entry in image.entries.items()}
    names |= {offset: name for name, offset in image.functions.items()}
    return "\n\n".join("\n".join(_list_function(image, start, names)) for start in sorted(names))


def _list_function(image: CodeImage, start: int, names: dict[int, str]) -> Iterator[str]:
    later = [offset for offset in names if offset > start]
    end = min(later, default=len(image.code))
    yield f"{names[start]}:"
    formatter = x86.Formatter(x86.FormatterSyntax.INTEL)
    formatter.rip_relative_addresses = False
    for instruction in _reachable(image.code[start:end], start):
        data = image.code[instruction.ip : instruction.next_ip]
        yield f"{instruction.ip:6x}: {data.hex():<22} {formatter.format(instruction)}"


def _reachable(code: bytes, start: int) -> Iterator[x86.Instruction]:
    """Decode up to the last instruction that anything before it leads to: constants may follow."""
    furthest = start
    for instruction in x86.Decoder(64, code, ip=start):
        yield instruction
        flow = instruction.flow_control
        if flow in (x86.FlowControl.CONDITIONAL_BRANCH, x86.FlowControl.UNCONDITIONAL_BRANCH):
            furthest = max(furthest, instruction.near_branch_target)
        ends = flow in (x86.FlowControl.RETURN, x86.FlowControl.UNCONDITIONAL_BRANCH)
        if ends and instruction.next_ip > furthest:
            return
