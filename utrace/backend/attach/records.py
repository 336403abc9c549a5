"""What was done to a process, as pure data: enough to undo it from another process, at any later time.

The tracer detaches by these records, and so does the guardian when the tracer is gone; they travel between the two
as JSON.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class RegionRecord:
    """One block of memory that utrace mapped: thunk data, thunk slots, stubs, code image, private and shared memory.

    All members are absolute addresses; [thunk_slots, private) is code. In [callback_start, callback_end) it calls
    a function of the target.
    """

    base: int
    thunk_slots: int
    stubs: int
    code: int
    private: int
    shared: int
    end: int
    callback_start: int
    callback_end: int
    unwind_header: int = 0
    """Address of the .eh_frame_hdr for the thunks, 0 without thunks."""

    @property
    def size(self) -> int:
        """Bytes of address space."""
        return self.end - self.base


@dataclass(frozen=True, slots=True)
class PatchRecord:
    """Bytes of the target that a jump replaced.

    `moves` pairs the start of each relocated instruction: (address in the target, address in the stub). A hook serves
    the return thunks and must stay in place as long as one is on a stack.
    """

    address: int
    original: bytes
    patched: bytes
    moves: tuple[tuple[int, int], ...]
    is_hook: bool = False


@dataclass(frozen=True, slots=True)
class AttachRecord:
    """Everything changed in one process. A process forked from it carries the same changes.

    `mark` is the name of the shared memory in /proc/PID/maps by which such children are known. `unwinder_code` are
    the address ranges of unwinders that are linked into the program itself.
    """

    pid: int
    start_time: int
    mark: str
    regions: tuple[RegionRecord, ...]
    patches: tuple[PatchRecord, ...]
    unwinder_code: tuple[tuple[int, int], ...] = ()
    thunk_objects: int = 0
    """Address of the list by which the unwinders' hooks know all thunks of the process, 0 without hooks."""

    def to_json(self) -> str:
        """One line of JSON."""
        return json.dumps(asdict(self), default=lambda content: content.hex())

    @classmethod
    def from_json(cls, line: str) -> AttachRecord:
        """The inverse of `to_json`."""
        fields = json.loads(line)
        return cls(
            pid=fields["pid"],
            start_time=fields["start_time"],
            mark=fields["mark"],
            regions=tuple(RegionRecord(**region) for region in fields["regions"]),
            patches=tuple(
                PatchRecord(
                    patch["address"],
                    bytes.fromhex(patch["original"]),
                    bytes.fromhex(patch["patched"]),
                    tuple((there, here) for there, here in patch["moves"]),
                    patch["is_hook"],
                )
                for patch in fields["patches"]
            ),
            unwinder_code=tuple((start, end) for start, end in fields["unwinder_code"]),
            thunk_objects=fields["thunk_objects"],
        )
