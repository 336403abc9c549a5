/* Answers an unwinder that asks to which object a return thunk belongs. */
#include "runtime.h"

/* The leading members of glibc's struct dl_find_object (dlfcn.h, _dl_find_object(3)). */
struct found_object {
  u64 flags;
  u64 map_start;
  u64 map_end;
  u64 link_map;
  u64 eh_frame_header;
};

/* Written by the injector: the code range of the thunk pool and its .eh_frame_hdr. */
struct thunk_unwind_info {
  u64 start;
  u64 end;
  u64 eh_frame_header;
};

/* Stands in front of _dl_find_object(pc, result): true when the answer has been filled in. */
RT_EXPORT RT_PRESERVE u64 rt_find_object(u64 pc, struct found_object *result, const struct thunk_unwind_info *info) {
  if (pc < info->start || pc >= info->end) return 0;
  result->flags = 0;
  result->map_start = info->start;
  result->map_end = info->end;
  result->link_map = 0;
  result->eh_frame_header = info->eh_frame_header;
  return 1;
}
