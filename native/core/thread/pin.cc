#include "pin.h"

#include <cerrno>

#if defined(__linux__)
#include <sched.h>
#endif

namespace ganglion::thread {

#if defined(__linux__)

int pinCurrent(int cpu) {
  if (cpu < 0 || cpu >= CPU_SETSIZE) return EINVAL;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<unsigned>(cpu), &set);
  // 0 is the calling thread, not the process.
  return sched_setaffinity(0, sizeof set, &set) == 0 ? 0 : errno;
}

#else

int pinCurrent(int) { return ENOSYS; }

#endif

}  // namespace ganglion::thread
