/*
 * What every file of the in-target runtime shares: types, attributes, and the layout of the memory.
 *
 * The runtime is freestanding: no libc, no thread-local storage, no floating point, no vector register.  Its one
 * translation unit is runtime.c.  utrace/backend/layout.py mirrors every structure and constant of this file;
 * tests/runtime/test_layout.py keeps the two equal.
 */
#ifndef UTRACE_RUNTIME_H
#define UTRACE_RUNTIME_H

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef long long s64;
typedef int s32;
typedef unsigned __int128 u128;

/* A function that lifted programs call: inlined, so that constant arguments fold. */
#define RT_INLINE static inline __attribute__((always_inline))
#define RT_HELPER __attribute__((always_inline))
/*
 * The sources are compiled twice when utrace is built: to an object file, and to bitcode that is compiled again with
 * every script.  In the bitcode, slow paths and exports are declarations (a function that may not be inlined has no
 * body there), and their code comes from the object file: a script need not wait for what it rarely runs.
 */
#ifdef RT_DECLARE_SLOW
#define RT_ELSEWHERE extern inline __attribute__((gnu_inline, noinline))
#else
#define RT_ELSEWHERE
#endif
/* A slow path: keeps every register of its caller, so that the fast path need save none. */
#define RT_PRESERVE __attribute__((preserve_all, noinline))
#define RT_SLOW RT_ELSEWHERE __attribute__((preserve_all, noinline, cold))
/* A function that other parts of utrace find by name in the finished image: all of this section are kept. */
#define RT_EXPORT RT_ELSEWHERE __attribute__((used, section(".text.rt_export")))
#define RT_LIKELY(x) __builtin_expect(!!(x), 1)
#define RT_UNLIKELY(x) __builtin_expect(!!(x), 0)

#define RT_OFFSET_OF(type, member) __builtin_offsetof(type, member)

/* The kernel's error numbers, as helpers return them (negated). */
enum {
  RT_EPERM = 1,
  RT_ENOENT = 2,
  RT_ESRCH = 3,
  RT_E2BIG = 7,
  RT_ENOMEM = 12,
  RT_EFAULT = 14,
  RT_EBUSY = 16,
  RT_EEXIST = 17,
  RT_EINVAL = 22,
  RT_ENOSPC = 28,
  RT_ENOSYS = 38,
  RT_EOPNOTSUPP = 95,
};

/* enum bpf_map_type, and the flags of bpf_map_update_elem. */
enum { RT_HASH = 1, RT_ARRAY = 2, RT_PERCPU_HASH = 5, RT_PERCPU_ARRAY = 6, RT_LRU_HASH = 9, RT_LRU_PERCPU_HASH = 10, RT_RINGBUF = 27 };
enum { RT_UPDATE_ANY = 0, RT_UPDATE_NOEXIST = 1, RT_UPDATE_EXIST = 2 };

/* How a thread finds its thread id. */
enum {
  RT_THREAD_POINTER_SEGMENT = 0, /* a load relative to fs: needs a thread that has its TLS set up */
  RT_THREAD_POINTER_RDFSBASE = 1, /* the rdfsbase instruction: sees a missing TLS; needs HWCAP2_FSGSBASE */
  RT_THREAD_POINTER_NONE = 2, /* gettid(2) at every hit */
};

/* Constants of a session: the compiler sees their values.  All members are u64 so that the writer needs no layout. */
struct rt_config {
  u64 thread_pointer;
  u64 filter_forks; /* 1: programs do nothing in a process that no injector enabled */
  u64 owners_offset; /* in shared memory, as all other offsets: u64 owners[slot_count + 1], the first unused */
  u64 slots_offset;
  u64 slot_bytes; /* a multiple of 64 */
  u64 slot_count;
  u64 rings_offset;
  u64 ring_stride;
  u64 ring_bytes; /* data bytes of one ring, a power of two */
  u64 ring_count;
  u64 zeros_offset; /* as many zero bytes as the longest value has */
};
extern const struct rt_config rt_config __attribute__((visibility("hidden")));

/* Constants of one map. */
struct rt_map {
  u64 type;
  u64 key_size;
  u64 value_size;
  u64 max_entries;
  u64 flags;
  u64 index; /* of its generation in the control page */
  u64 shared_offset; /* ARRAY: the values.  Hashes: struct rt_hash */
  u64 slot_offset; /* per-CPU maps: their part of a slot */
  u64 value_stride; /* bytes from one value to the next: arrays and per-CPU hashes */
  u64 bucket_bits; /* hashes: log2 of the number of buckets */
  u64 node_bytes; /* hashes: stride of the nodes, a multiple of 32 */
  u64 node_count; /* hashes: nodes 1 … node_count */
  u64 nodes_offset; /* hashes: of node 0 (never used), in shared memory */
  u64 value_offset; /* hashes with shared values: of the value in a node */
  u64 blocks_offset; /* per-CPU hashes of large values: of the first block; else 0 */
  u64 block_bytes;
  u64 block_count;
};

/* The slots of one pool of return thunks, and their entries; `end` is 0 behind the last one. */
#define RT_THUNK_RANGES 32
struct rt_thunk_range {
  u64 start;
  u64 entries;
  u64 end;
};

/* Memory private to a process, zero at first.  The cached part is also zero again in the child of a fork. */
#define RT_CACHE_ENTRIES 4096
struct rt_private {
  /* wiped on fork (MADV_WIPEONFORK) */
  u32 enabled; /* set by the injector */
  u32 process_id; /* in its own namespace; set by the injector, needed only where no_system_calls is */
  u64 owner_prefix; /* namespace and process id as in an owner word, see thread.h; 0: not asked yet */
  u8 rest_of_first_page[4080];
  u64 cache[RT_CACHE_ENTRIES]; /* by thread id: unit of the slot << 32 | index of the slot */
  /* kept on fork: written by the injector once */
  u64 tid_offset; /* of the thread id (u32) from the thread pointer; 0: unknown */
  u32 no_system_calls; /* 1: a seccomp filter might kill the process for any of ours */
  u32 tid_attempts;
  u64 tid_candidate; /* becomes tid_offset once a thread finds its id there: for a process that has no TLS yet */
  struct rt_thunk_range thunk_ranges[RT_THUNK_RANGES]; /* of all regions in the process */
  u8 rest_of_settings[3304];
};
extern struct rt_private rt_private __attribute__((visibility("hidden")));
extern char rt_shm[] __attribute__((visibility("hidden")));

/* The start of the shared memory. */
struct rt_clock {
  u64 is_tsc; /* 0: ask the kernel */
  u64 base_tsc;
  u64 base_boot_ns;
  u64 multiplier; /* nanoseconds per tick * 2^32 */
  u64 boot_minus_monotonic_ns;
  u64 reserved[3];
};

#define RT_NAMESPACES 64
#define RT_GENERATIONS 512
struct rt_control {
  u64 magic;
  u64 layout_bytes;
  u64 lost_hits; /* hits of threads that found no slot */
  u64 rendezvous_asked; /* see rendezvous.c */
  u64 rendezvous_served;
  u64 rendezvous_missed;
  u64 loops_cut; /* programs that were ended because of a loop */
  u64 child; /* the process that the tracer has started */
  u64 slots_used; /* slots 1 … slots_used have had an owner */
  u64 slot_hand; /* where to look for the next dead owner */
  u64 rings_used;
  u64 process_serial;
  u64 reserved2[4];
  u64 clock_sequence; /* the valid clock is clocks[clock_sequence & 1] */
  u64 reserved3[7];
  struct rt_clock clocks[2];
  u64 namespaces[RT_NAMESPACES]; /* inode numbers of pid namespaces */
  u64 reserved4[152];
  u32 generations[RT_GENERATIONS]; /* of per-CPU arrays: values of another generation count as zero */
};
#define RT_MAGIC 0x3165636172747500ull /* "\0utrace1" */

/* The start of a slot: the state of one thread at a time. */
struct rt_thread {
  u32 process_id;
  u32 thread_id;
  u64 last_ns;
  u64 random;
  u32 index; /* of the slot, from 1 */
  u32 ring; /* 0: none yet, else index of the ring + 1 */
  u32 depth; /* programs with temporary memory that are running: more than one in signal handlers */
  u32 reserved;
};

#define RT_CONTROL ((struct rt_control *)(void *)rt_shm)

/* Sizes that the compiler knows are expanded by callers of these; the loops never become calls of libc. */
struct rt_unaligned {
  u64 word;
} __attribute__((packed, may_alias, aligned(1)));
struct rt_unaligned32 {
  u32 word;
} __attribute__((packed, may_alias, aligned(1)));
struct rt_unaligned16 {
  u16 word;
} __attribute__((packed, may_alias, aligned(1)));
#define RT_WORD(p, offset) (((struct rt_unaligned *)((char *)(p) + (offset)))->word)
#define RT_WORD32(p, offset) (((struct rt_unaligned32 *)((char *)(p) + (offset)))->word)
#define RT_WORD16(p, offset) (((struct rt_unaligned16 *)((char *)(p) + (offset)))->word)
#define RT_BYTE(p, offset) (*(u8 *)((char *)(p) + (offset)))

#include "arch.h"

#endif
