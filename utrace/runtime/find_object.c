/* Answers an unwinder that asks to which object the address of a return thunk belongs.
 *
 * The functions stand in front of the C library's own: ANSWERED | value makes the stub return `value`, 0 lets the C
 * library go on. The structures are written by utrace/backend/attach/unwind.py. */
#include "runtime.h"

#define ANSWERED (1ull << 32)

/* The leading members of glibc's struct dl_find_object (dlfcn.h, _dl_find_object(3)). */
struct found_object {
  u64 flags;
  u64 map_start;
  u64 map_end;
  u64 link_map;
  u64 eh_frame_header;
};

/* The members of struct dl_phdr_info that every version has (dl_iterate_phdr(3)). */
#define PHDR_INFO_BYTES 32

/* One pool of thunks; an entry with start 0 ends the list. */
struct thunk_object {
  u64 start;
  u64 end;
  u64 eh_frame_header;
  u8 phdr_info[64];
  u8 program_headers[112];
  u8 name[24];
};

/* In front of _dl_find_object(pc, result). */
RT_EXPORT RT_PRESERVE u64 rt_find_object(u64 pc, struct found_object *result, const struct thunk_object *objects) {
  for (const struct thunk_object *object = objects; object->start; object++) {
    if (pc < object->start || pc >= object->end) continue;
    result->flags = 0;
    result->map_start = object->start;
    result->map_end = object->end;
    result->link_map = 0;
    result->eh_frame_header = object->eh_frame_header;
    return ANSWERED;
  }
  return 0;
}

/* In front of dl_iterate_phdr(callback, data): shows the thunks as objects more, before all others. */
RT_EXPORT RT_PRESERVE u64 rt_iterate_phdr(int (*callback)(const void *, u64, void *), void *data,
                                          const struct thunk_object *objects) {
  for (const struct thunk_object *object = objects; object->start; object++) {
    int result = callback(object->phdr_info, PHDR_INFO_BYTES, data);
    if (result) return ANSWERED | (u32)result;
  }
  return 0;
}
