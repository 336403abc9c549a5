"""How records lie in a batch: behind each other, each a header and the event, padded to 8 bytes.

The header is that of `utrace.backend.rings`: u32 size of the event without the padding, then the number of the
ring and a time stamp, which are of no use here.
"""

from __future__ import annotations

RECORD_HEADER_BYTES = 16
RECORD_ALIGNMENT = 8


def record_end(batch: memoryview) -> int:
    """Return the offset behind the first record of a batch.

    Raises ValueError when that is not within the batch.
    """
    size = int.from_bytes(batch[:4], "little")
    end = RECORD_HEADER_BYTES + -(-size // RECORD_ALIGNMENT) * RECORD_ALIGNMENT
    if end > len(batch):
        raise ValueError(f"a record of {size} bytes in a batch with {len(batch)} left")
    return end
