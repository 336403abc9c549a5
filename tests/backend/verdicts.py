# ruff: noqa: E501
"""Programs with the verdict they deserve, as `name: program` and `name: (program, reason)`."""

from __future__ import annotations

from utrace.backend.spec import RDONLY_PROG, MapSpec, MapType

MAPS = {
    "array": MapSpec("array", MapType.ARRAY, 4, 64, 4),
    "percpu": MapSpec("percpu", MapType.PERCPU_ARRAY, 4, 64, 4),
    "hash": MapSpec("hash", MapType.HASH, 8, 16, 100),
    "ring": MapSpec("ring", MapType.RINGBUF, 0, 0, 4096),
    "globals": MapSpec("globals", MapType.ARRAY, 4, 64, 1, initial=bytes(64)),
    "constants": MapSpec("constants", MapType.ARRAY, 4, 16, 1, RDONLY_PROG, (7).to_bytes(16, "little")),
}

KEY = "*(u64 *)(r10 -8) = 0; r2 = r10; r2 += -8"
LOOKUP = f"r1 = map[hash] ll; {KEY}; call map_lookup_elem"
FOUND = f"{LOOKUP}; if r0 == 0 goto out"
GLOBALS = "r6 = map_value[globals][0]+0 ll"
EACH = "r1 = map[hash] ll; r2 = func[each] ll; r3 = 0; r4 = 0"
ROUND = "r2 = func[each] ll; r3 = 0; r4 = 0"
OUT = "out: r0 = 0; exit"

ACCEPTED = {
    "shortest": "r0 = 0; exit",
    "context load": "r0 = *(u64 *)(r1 +112); exit",
    "last word of the context": "r0 = *(u64 *)(r1 +160); exit",
    "part of a context word": "r0 = *(u16 *)(r1 +114); exit",
    "whole stack": "*(u64 *)(r10 -512) = 1; *(u64 *)(r10 -8) = 1; r0 = *(u64 *)(r10 -512); exit",
    "pointer spilled and used": f"*(u64 *)(r10 -16) = r1; {LOOKUP}; r1 = *(u64 *)(r10 -16); r0 = *(u64 *)(r1 +0); exit",
    "null check": f"{FOUND}; r1 = *(u64 *)(r0 +8); *(u64 *)(r0 +0) = r1; {OUT}",
    "null check the other way": f"{LOOKUP}; if r0 != 0 goto found; goto out; found: *(u64 *)(r0 +0) = 1; {OUT}",
    "null check of a copy": f"{LOOKUP}; r6 = r0; if r0 == 0 goto out; *(u64 *)(r6 +0) = 1; {OUT}",
    "null check of a spilled copy": f"{LOOKUP}; *(u64 *)(r10 -16) = r0; if r0 == 0 goto out;"
    f"r6 = *(u64 *)(r10 -16); *(u64 *)(r6 +0) = 1; {OUT}",
    "array entry that always exists": "*(u32 *)(r10 -4) = 3; r2 = r10; r2 += -4; r1 = map[array] ll;"
    "call map_lookup_elem; *(u64 *)(r0 +0) = 1; r0 = 0; exit",
    "global variable": f"{GLOBALS}; *(u64 *)(r6 +56) = 1; r0 = 0; exit",
    "constant": "r6 = map_value[constants][0]+8 ll; r0 = *(u64 *)(r6 +0); exit",
    "index checked unsigned": f"r7 = *(u64 *)(r1 +112); {GLOBALS}; if r7 > 56 goto out; r6 += r7; *(u64 *)(r6 +0) = 1; {OUT}",
    "index checked signed": f"r7 = *(u64 *)(r1 +112); {GLOBALS}; if r7 s> 56 goto out; if r7 s< 0 goto out;"
    f"r6 += r7; *(u64 *)(r6 +0) = 1; {OUT}",
    "index checked as 32 bits": f"r7 = *(u64 *)(r1 +112); w7 = w7; {GLOBALS}; if w7 > 56 goto out; r6 += r7;"
    f"*(u64 *)(r6 +0) = 1; {OUT}",
    "index checked before it is zero-extended": f"r7 = *(u64 *)(r1 +112); {GLOBALS}; if w7 > 50 goto out; w7 = w7;"
    f"r6 += r7; *(u64 *)(r6 +0) = 1; {OUT}",
    "index checked signed as 32 bits": f"r7 = *(u64 *)(r1 +112); w7 = w7; {GLOBALS}; if w7 s< 0 goto out;"
    f"if w7 s> 50 goto out; r6 += r7; *(u8 *)(r6 +0) = 1; {OUT}",
    "index masked": f"r7 = *(u64 *)(r1 +112); r7 &= 7; r7 <<= 3; {GLOBALS}; r6 += r7; *(u64 *)(r6 +0) = 1; r0 = 0; exit",
    "index modulo": f"r7 = *(u64 *)(r1 +112); r7 %= 57; {GLOBALS}; r6 += r7; *(u64 *)(r6 +0) = 1; r0 = 0; exit",
    "index shifted right": f"r7 = *(u64 *)(r1 +112); r7 >>= 59; {GLOBALS}; r6 += r7; *(u64 *)(r6 +0) = 1; r0 = 0; exit",
    "index loaded as a byte": f"r7 = *(u8 *)(r1 +112); r7 >>= 3; {GLOBALS}; r6 += r7; *(u8 *)(r6 +0) = 1; r0 = 0; exit",
    "copy of the index checked": f"r7 = *(u64 *)(r1 +112); r8 = r7; {GLOBALS}; if r8 > 56 goto out; r6 += r7;"
    f"*(u64 *)(r6 +0) = 1; {OUT}",
    "spilled index checked": f"r7 = *(u64 *)(r1 +112); *(u64 *)(r10 -8) = r7; {GLOBALS}; if r7 > 56 goto out;"
    f"r8 = *(u64 *)(r10 -8); r6 += r8; *(u64 *)(r6 +0) = 1; {OUT}",
    "index compared with a register": f"r7 = *(u64 *)(r1 +112); r8 = 57; {GLOBALS}; if r7 >= r8 goto out; r6 += r7;"
    f"*(u64 *)(r6 +0) = 1; {OUT}",
    "index excluded by inequality": f"r7 = *(u64 *)(r1 +112); r7 &= 7; {GLOBALS}; if r7 == 7 goto out; r7 *= 8; r6 += r7;"
    f"*(u64 *)(r6 +8) = 1; {OUT}",
    "pointer moved back and forth": f"{GLOBALS}; r6 += 100; r6 -= 90; *(u64 *)(r6 +0) = 1; r0 = 0; exit",
    "number plus pointer": f"r7 = *(u64 *)(r1 +112); r7 &= 31; {GLOBALS}; r7 += r6; *(u8 *)(r7 +0) = 1; r0 = 0; exit",
    "variable index into the stack": "r7 = *(u64 *)(r1 +112); r7 &= 15; *(u64 *)(r10 -8) = 0; *(u64 *)(r10 -16) = 0;"
    "r2 = r10; r2 += -16; r2 += r7; *(u8 *)(r2 +0) = 1; r0 = *(u64 *)(r10 -8); exit",
    "path-dependent pointer": f"r7 = *(u64 *)(r1 +112); r6 = r10; r6 += -64; if r7 == 0 goto use;"
    f"{GLOBALS}; use: *(u64 *)(r6 +0) = 1; r0 = 0; exit",
    "correlated branches": f"r7 = *(u64 *)(r1 +112); r6 = 0; if r7 > 5 goto skip; {GLOBALS};"
    "skip: if r7 > 5 goto out; *(u64 *)(r6 +0) = 1; " + OUT,
    "bounded loop over an array": f"{GLOBALS}; r7 = 0; again: r8 = r6; r8 += r7; *(u64 *)(r8 +0) = r7; r7 += 8;"
    "if r7 != 64 goto again; r0 = 0; exit",
    "loop that counts down": "r7 = 100; again: r7 += -1; if r7 > 0 goto again; r0 = 0; exit",
    "function": "r1 = 5; call f; exit; f: r0 = r1; r0 += 1; exit",
    "function that writes to its caller's stack": "*(u64 *)(r10 -8) = 1; r1 = r10; r1 += -8; call f; r0 = *(u64 *)(r10 -8); exit;"
    "f: *(u64 *)(r1 +0) = 2; r0 = 0; exit",
    "function called twice with different pointers": f"{GLOBALS}; r1 = r6; call f; *(u64 *)(r10 -8) = 0; r1 = r10; r1 += -8;"
    "call f; r0 = 0; exit; f: *(u64 *)(r1 +0) = 2; r0 = 0; exit",
    "update": f"{KEY}; *(u64 *)(r10 -16) = 1; *(u64 *)(r10 -24) = 1; r3 = r10; r3 += -24; r4 = 0; r1 = map[hash] ll;"
    "call map_update_elem; r0 = 0; exit",
    "delete": f"{KEY}; r1 = map[hash] ll; call map_delete_elem; r0 = 0; exit",
    "user memory to the stack": "r3 = *(u64 *)(r1 +112); r1 = r10; r1 += -64; r2 = 64; call probe_read_user; r0 = *(u64 *)(r10 -8); exit",
    "string of bounded length": "r3 = *(u64 *)(r1 +112); r2 = *(u64 *)(r1 +104); r2 &= 63; r1 = r10; r1 += -64; call probe_read_user_str;"
    "r0 = 0; exit",
    "ring buffer": "*(u64 *)(r10 -8) = 1; r2 = r10; r2 += -8; r3 = 8; r4 = 0; r1 = map[ring] ll; call ringbuf_output; r0 = 0; exit",
    "comm": "r1 = r10; r1 += -16; r2 = 16; call get_current_comm; r0 = *(u64 *)(r10 -16); exit",
    "atomics": f"{FOUND}; r1 = 1; lock *(u64 *)(r0 +0) += r1; lock *(u32 *)(r0 +4) |= r1; r1 = atomic_fetch_add(*(u64 *)(r0 +8), r1);"
    "r1 = atomic_xchg(*(u64 *)(r0 +8), r1); r6 = r0; r0 = 1; r0 = atomic_cmpxchg(*(u64 *)(r6 +0), r0, r1);" + OUT,
    "sign extension": f"r7 = *(s8 *)(r1 +112); r7 = (s16)r7; w7 = (s8)w7; r7 &= 31; {GLOBALS}; r6 += r7; *(u8 *)(r6 +0) = 1; r0 = 0; exit",
    "signed remainder": f"r7 = *(u64 *)(r1 +112); r7 &= 255; r7 s%= 32; {GLOBALS}; r7 &= 31; r6 += r7; *(u8 *)(r6 +0) = 1; r0 = 0; exit",
    "byte swaps": "r0 = *(u64 *)(r1 +112); r0 = be16 r0; r0 = le32 r0; r0 = bswap64 r0; exit",
    "long jump": "gotol out; " + OUT,
    "unwritten stack": "r0 = *(u64 *)(r10 -8); exit",
    "index of a null-checked value": f"{FOUND}; r7 = *(u64 *)(r0 +0); if r7 > 15 goto out; r0 += r7; r1 = *(u8 *)(r0 +0); {OUT}",
    "bit test": f"r7 = *(u64 *)(r1 +112); if r7 & -32 goto out; {GLOBALS}; r6 += r7; *(u8 *)(r6 +0) = 1; {OUT}",
    "callback": f"{EACH}; call for_each_map_elem; r0 = 0; exit; each: r0 = 0; exit",
    "callback that reads key and value": f"{EACH}; call for_each_map_elem; r0 = 0; exit; each: r1 = *(u64 *)(r2 +0);"
    "r1 = *(u64 *)(r3 +8); r0 = 0; exit",
    "callback that writes into the value": f"{EACH}; call for_each_map_elem; r0 = 0; exit; each: *(u64 *)(r3 +8) = 1; r0 = 0; exit",
    "callback that counts on its caller's stack": f"*(u64 *)(r10 -8) = 0; {EACH}; r3 = r10; r3 += -8; call for_each_map_elem;"
    "r0 = *(u64 *)(r10 -8); exit; each: r1 = *(u64 *)(r4 +0); r1 += 1; *(u64 *)(r4 +0) = r1; r0 = 0; exit",
    "callback that stops": f"{EACH}; call for_each_map_elem; r0 = 0; exit; each: r0 = *(u64 *)(r3 +0); r0 &= 1; exit",
    "callback that looks its key up": f"{EACH}; call for_each_map_elem; r0 = 0; exit; each: call map_lookup_elem; r0 = 0; exit",
    "callback that deletes its key": f"{EACH}; call for_each_map_elem; r0 = 0; exit; each: call map_delete_elem; r0 = 0; exit",
    "callback that calls a function": f"{EACH}; call for_each_map_elem; r0 = 0; exit; each: r1 = 1; call f; r0 = 0; exit; f: r0 = r1; exit",
    "loops over maps in each other": f"{EACH}; call for_each_map_elem; r0 = 0; exit; each: r1 = map[array] ll; r2 = func[inner] ll;"
    "r3 = 0; r4 = 0; call for_each_map_elem; r0 = 0; exit; inner: r1 = *(u64 *)(r3 +56); r0 = 0; exit",
    "registers kept over a loop": f"r6 = r1; {EACH}; call for_each_map_elem; r0 = *(u64 *)(r6 +112); exit; each: r0 = 0; exit",
    "loop of unknown rounds": f"r1 = *(u64 *)(r1 +112); {ROUND}; call loop; r0 = 0; exit; each: r0 = 0; exit",
    "pointers subtracted": f"{GLOBALS}; r7 = r6; r7 += 8; r7 -= r6; r0 = r7; exit",
}  # fmt: skip

REFUSED = {
    "empty loop": ("again: goto again", "no exit"),
    "falls off the end": ("r0 = 0", "outside the function"),
    "jump behind the end": ("r0 = 0; goto +5; exit", "outside the function"),
    "jump before the start": ("r0 = 0; goto -3; exit", "outside the function"),
    "jump into a 64-bit load": ("goto +1; r0 = 1 ll; exit", "middle of instruction"),
    "no result": ("exit", "r0: not initialised"),
    "uninitialised register": ("r0 = r3; exit", "r3: not initialised"),
    "uninitialised on one path": ("r2 = *(u64 *)(r1 +0); if r2 == 0 goto skip; r6 = 1; skip: r0 = r6; exit", "r6: not initialised"),
    "register lost in a call": ("call get_prandom_u32; r0 = r1; exit", "r1: not initialised"),
    "saved register of the caller": ("r6 = 1; call f; r0 = 0; exit; f: r0 = r6; exit", "r6: not initialised"),
    "number as an address": ("r6 = 8; r0 = *(u64 *)(r6 +0); exit", "through a number"),
    "above the stack": ("*(u64 *)(r10 +0) = 1; r0 = 0; exit", "outside -512..-1"),
    "across the top of the stack": ("*(u64 *)(r10 -4) = 1; r0 = 0; exit", "outside -512..-1"),
    "below the stack": ("*(u64 *)(r10 -520) = 1; r0 = 0; exit", "outside -512..-1"),
    "behind the context": ("r0 = *(u64 *)(r1 +168); exit", "outside 0..167"),
    "before the context": ("r0 = *(u64 *)(r1 -8); exit", "outside 0..167"),
    "unaligned context": ("r0 = *(u64 *)(r1 +4); exit", "not aligned"),
    "variable context offset": ("r2 = *(u64 *)(r1 +0); r2 &= 8; r1 += r2; r0 = *(u64 *)(r1 +0); exit", "constant offsets"),
    "missing null check": (f"{LOOKUP}; r1 = *(u64 *)(r0 +0); r0 = 0; exit", "may be null"),
    "null check the wrong way": (f"{LOOKUP}; if r0 != 0 goto out; r1 = *(u64 *)(r0 +0); {OUT}", "through a number"),
    "null check of another lookup": (f"{LOOKUP}; r6 = r0; {LOOKUP}; if r0 == 0 goto out; r1 = *(u64 *)(r6 +0); {OUT}", "may be null"),
    "null check of an earlier round": (
        f"r7 = 0; r6 = r10; r6 += -16; again: *(u64 *)(r10 -24) = r6; {LOOKUP}; r8 = *(u64 *)(r10 -24); r6 = r0; r7 += 1;"
        "if r7 < 3 goto again; if r6 == 0 goto out; *(u64 *)(r8 +0) = 1; " + OUT, "may be null"),
    "arithmetic before the null check": (f"{LOOKUP}; r0 += 8; if r0 == 0 goto out; r1 = *(u64 *)(r0 +0); {OUT}", "before it is compared"),
    "behind the value": (f"{FOUND}; r1 = *(u64 *)(r0 +9); {OUT}", "outside 0..15"),
    "before the value": (f"{FOUND}; r1 = *(u8 *)(r0 -1); {OUT}", "outside 0..15"),
    "array entry that does not exist": (
        "*(u32 *)(r10 -4) = 4; r2 = r10; r2 += -4; r1 = map[array] ll; call map_lookup_elem; *(u64 *)(r0 +0) = 1; r0 = 0; exit", "may be null"),
    "value of a processor that may not exist": (
        "*(u32 *)(r10 -4) = 0; r2 = r10; r2 += -4; r3 = 0; r1 = map[percpu] ll; call map_lookup_percpu_elem; *(u64 *)(r0 +0) = 1; r0 = 0; exit", "may be null"),
    "index unchecked": (f"r7 = *(u64 *)(r1 +112); {GLOBALS}; r6 += r7; *(u8 *)(r6 +0) = 1; r0 = 0; exit", "outside 0..63"),
    "index checked too wide": (f"r7 = *(u64 *)(r1 +112); {GLOBALS}; if r7 > 57 goto out; r6 += r7; *(u64 *)(r6 +0) = 1; {OUT}", "outside 0..63"),
    "index checked at one end": (f"r7 = *(u64 *)(r1 +112); {GLOBALS}; if r7 s> 50 goto out; r6 += r7; *(u8 *)(r6 +0) = 1; {OUT}", "outside 0..63"),
    "index checked in its low half": (f"r7 = *(u64 *)(r1 +112); {GLOBALS}; if w7 > 50 goto out; r6 += r7; *(u8 *)(r6 +0) = 1; {OUT}", "outside 0..63"),
    "index changed after the check": (f"r7 = *(u64 *)(r1 +112); r8 = r7; {GLOBALS}; r7 += 1; if r8 > 63 goto out; r6 += r7; *(u8 *)(r6 +0) = 1; {OUT}", "outside 0..63"),
    "index multiplied": (f"r7 = *(u64 *)(r1 +112); r7 &= 15; r7 *= 5; {GLOBALS}; r6 += r7; *(u8 *)(r6 +0) = 1; r0 = 0; exit", "outside 0..63"),
    "loop runs over the array": (
        f"{GLOBALS}; r7 = 0; again: r8 = r6; r8 += r7; *(u64 *)(r8 +0) = r7; r7 += 8; if r7 != 72 goto again; r0 = 0; exit", "outside 0..63"),
    "loop with a step that misses its end": (
        f"{GLOBALS}; r7 = 0; again: r8 = r6; r8 += r7; *(u8 *)(r8 +0) = r7; r7 += 3; if r7 != 64 goto again; r0 = 0; exit", "outside 0..63"),
    "write to a constant": ("r6 = map_value[constants][0]+0 ll; *(u64 *)(r6 +0) = 1; r0 = 0; exit", "read-only"),
    "behind a global variable": ("r6 = map_value[globals][0]+60 ll; *(u64 *)(r6 +0) = 1; r0 = 0; exit", "outside 0..63"),
    "map as memory": ("r6 = map[hash] ll; r0 = *(u64 *)(r6 +1000); exit", ""),
    "unknown helper": ("call 9999; r0 = 0; exit", "helper 9999"),
    "map argument that is none": (f"{KEY}; r1 = 5; call map_lookup_elem; r0 = 0; exit", "is no map"),
    "key that is a number": ("r1 = map[hash] ll; r2 = 5; call map_lookup_elem; r0 = 0; exit", "through a number"),
    "key at the edge of the stack": ("r1 = map[hash] ll; r2 = r10; r2 += -4; call map_lookup_elem; r0 = 0; exit", "outside -512..-1"),
    "missing argument": ("r1 = map[hash] ll; call map_lookup_elem; r0 = 0; exit", "r2: not initialised"),
    "ring buffer as a hash": (f"{KEY}; r1 = map[ring] ll; call map_lookup_elem; r0 = 0; exit", "does not go with"),
    "hash as a ring buffer": (f"{KEY}; r3 = 8; r4 = 0; r1 = map[hash] ll; call ringbuf_output; r0 = 0; exit", "does not go with"),
    "size beyond the buffer": ("r3 = 0; r1 = r10; r1 += -64; r2 = 65; call probe_read_user; r0 = 0; exit", "outside -512..-1"),
    "size unbounded": ("r3 = 0; r2 = *(u64 *)(r1 +112); r1 = r10; r1 += -64; call probe_read_user; r0 = 0; exit", "unbounded"),
    "size negative": ("r3 = 0; r1 = r10; r1 += -64; r2 = -1; call probe_read_user; r0 = 0; exit", "unbounded"),
    "size zero where none is allowed": ("r1 = r10; r1 += -64; r2 = 0; call get_current_comm; r0 = 0; exit", "may be 0"),
    "output into a constant": ("r1 = map_value[constants][0]+0 ll; r2 = 8; r3 = 0; call probe_read_user; r0 = 0; exit", "read-only"),
    "arithmetic on an address": (f"{GLOBALS}; r6 *= 2; r0 = 0; exit", "arithmetic on an address"),
    "32-bit arithmetic on an address": (f"{GLOBALS}; w6 += 2; r0 = 0; exit", "32-bit arithmetic"),
    "arithmetic on a map": ("r6 = map[hash] ll; r6 += 8; r0 = 0; exit", "on a map"),
    "address made of two": (f"{GLOBALS}; r6 += r10; r0 = 0; exit", "arithmetic on an address"),
    "truncated pointer": (f"{GLOBALS}; w6 = w6; r0 = *(u8 *)(r6 +0); exit", "through a number"),
    "half-overwritten pointer": ("*(u64 *)(r10 -8) = r1; *(u8 *)(r10 -8) = 1; r1 = *(u64 *)(r10 -8); r0 = *(u64 *)(r1 +0); exit", "through a number"),
    "frame pointer written": ("r10 = 0; r0 = 0; exit", "read-only"),
    "frame pointer moved": ("r10 += 8; r0 = 0; exit", "read-only"),
    "division by zero": ("r0 = 1; r0 /= 0; exit", "division by zero"),
    "shift too far": ("r0 = 1; r0 <<= 64; exit", "shift by 64"),
    "32-bit shift too far": ("r0 = 1; w0 <<= 32; exit", "shift by 32"),
    "recursion": ("call f; exit; f: call f; exit", "calls itself"),
    "mutual recursion": ("call f; exit; f: call g; exit; g: call f; exit", "calls itself"),
    "stack of a function that returned": ("call f; r1 = *(u64 *)(r0 +0); exit; f: *(u64 *)(r10 -8) = 1; r0 = r10; r0 += -8; exit", "function that returns"),
    "jump between functions": ("call f; exit; f: r0 = 0; goto -3; exit", "outside the function"),
    "unaligned atomic": (f"{FOUND}; r1 = 1; lock *(u64 *)(r0 +4) += r1; {OUT}", "not aligned"),
    "atomic on the context": ("r2 = 1; lock *(u64 *)(r1 +0) += r2; r0 = 0; exit", "read-only"),
    "write to the context": ("*(u64 *)(r1 +0) = 1; r0 = 0; exit", "read-only"),
    "exit of a function without result": ("call f; exit; f: exit", "r0: not initialised"),
    "callback that is no function": (f"{EACH}; r2 = 5; call for_each_map_elem; r0 = 0; exit; each: r0 = 0; exit", "no function"),
    "callback in the middle of a function": ("r1 = map[hash] ll; r2 = func[+3] ll; r3 = 0; r4 = 0; call for_each_map_elem; r0 = 0; exit", ""),
    "callback that calls itself": (
        f"{EACH}; call for_each_map_elem; r0 = 0; exit; each: {EACH}; call for_each_map_elem; r0 = 0; exit", "calls itself"),
    "callback that returns 2": (f"{EACH}; call for_each_map_elem; r0 = 0; exit; each: r0 = 2; exit", "returns 0 or 1"),
    "callback that returns anything": (f"{EACH}; call for_each_map_elem; r0 = 0; exit; each: r0 = *(u64 *)(r3 +0); exit", "returns 0 or 1"),
    "callback that returns an address": (f"{EACH}; call for_each_map_elem; r0 = 0; exit; each: r0 = r3; exit", "returns 0 or 1"),
    "callback that writes into the key": (
        f"{EACH}; call for_each_map_elem; r0 = 0; exit; each: *(u64 *)(r2 +0) = 1; r0 = 0; exit", "a key is read-only"),
    "behind the key": (f"{EACH}; call for_each_map_elem; r0 = 0; exit; each: r1 = *(u64 *)(r2 +8); r0 = 0; exit", "outside 0..7"),
    "behind the element's value": (
        f"{EACH}; call for_each_map_elem; r0 = 0; exit; each: r1 = *(u64 *)(r3 +16); r0 = 0; exit", "outside 0..15"),
    "callback's context as memory": (f"{EACH}; call for_each_map_elem; r0 = 0; exit; each: r1 = *(u64 *)(r4 +0); r0 = 0; exit", "through a number"),
    "context of a callback that is no stack": (f"{GLOBALS}; {EACH}; r3 = r6; call for_each_map_elem; r0 = 0; exit; each: r0 = 0; exit", "no stack"),
    "callback below its caller's stack": (
        f"{EACH}; r3 = r10; r3 += -512; call for_each_map_elem; r0 = 0; exit; each: *(u64 *)(r4 -8) = 1; r0 = 0; exit", "outside -512..-1"),
    "index that a callback changed": (
        f"{GLOBALS}; *(u64 *)(r10 -8) = 0; {EACH}; r3 = r10; r3 += -8; call for_each_map_elem; r7 = *(u64 *)(r10 -8); r6 += r7;"
        "*(u8 *)(r6 +0) = 1; r0 = 0; exit; each: r1 = *(u64 *)(r4 +0); r1 += 1; *(u64 *)(r4 +0) = r1; r0 = 0; exit", "outside 0..63"),
    "register lost in a loop": (f"{EACH}; call for_each_map_elem; r0 = r1; exit; each: r0 = 0; exit", "r1: not initialised"),
    "loop over a ring": (f"{EACH}; r1 = map[ring] ll; call for_each_map_elem; r0 = 0; exit; each: r0 = 0; exit", "does not go with it"),
    "a function as memory": ("r6 = func[f] ll; r0 = *(u64 *)(r6 +0); exit; f: r0 = 0; exit", "no memory"),
    "arithmetic on a function": ("r6 = func[f] ll; r6 += 8; r0 = 0; exit; f: r0 = 0; exit", "on a function"),
    "helper result as an address": ("call get_current_pid_tgid; r0 = *(u64 *)(r0 +0); exit", "through a number"),
}  # fmt: skip

# Verdicts in which utrace and the kernel differ on purpose.
KERNEL_REFUSES = {
    "array entry that always exists": "it knows constant keys in stack words of 8 bytes only",
    "index modulo": "it does not bound remainders",
}
KERNEL_ACCEPTS = {
    "unaligned atomic": "would be a split lock",
    "write to the context": "kernels from 6.18 on let a uprobe change registers",
    "arithmetic on a function": "the kernel refuses only what is then done with it",
    "map as memory": "the kernel lets programs read some of its struct bpf_map",
}
