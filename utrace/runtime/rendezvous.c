/* Stops for the tracer whenever the dynamic loader has changed the list of loaded objects.
 *
 * Stands in front of _dl_debug_state(), which every loader calls for debuggers (the "SVR4 debug interface", link.h).
 * The tracer attaches to what has been loaded and lets the thread go on. A slow or dead tracer holds it up for half a
 * second at the most; that is counted, since calls may have been missed then. */
#include "runtime.h"

#define RENDEZVOUS_PAUSE_NS 5000000
#define RENDEZVOUS_PAUSES 100
#define FUTEX_WAIT 0
#define FUTEX_WAKE 1

struct rendezvous_timespec {
  u64 seconds;
  u64 nanoseconds;
};

RT_EXPORT RT_PRESERVE u64 rt_rendezvous(u64 first, u64 second, const void *data) {
  struct rt_control *control = RT_CONTROL;
  (void)first, (void)second, (void)data;
  if (rt_private.no_system_calls || (rt_config.filter_forks && !rt_private.enabled)) return 0;
  u64 ticket = __atomic_add_fetch(&control->rendezvous_asked, 1, __ATOMIC_SEQ_CST);
  rt_syscall(RT_SYS_futex, (u64)&control->rendezvous_asked, FUTEX_WAKE, 1, 0, 0, 0);
  for (int pause = 0; pause < RENDEZVOUS_PAUSES; pause++) {
    u64 served = __atomic_load_n(&control->rendezvous_served, __ATOMIC_SEQ_CST);
    if (served >= ticket) return 0;
    struct rendezvous_timespec timeout = {0, RENDEZVOUS_PAUSE_NS};
    rt_syscall(RT_SYS_futex, (u64)&control->rendezvous_served, FUTEX_WAIT, (u32)served, (u64)&timeout, 0, 0);
  }
  __atomic_fetch_add(&control->rendezvous_missed, 1, __ATOMIC_SEQ_CST);
  return 0;
}
