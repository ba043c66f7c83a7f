#include "pin.h"

#include <cerrno>

#if defined(__linux__)
#include <sched.h>
#include <unistd.h>
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

void unpinCurrent() {
  cpu_set_t set;
  // A thread's number that is the process's own is its first thread's.
  if (sched_getaffinity(getpid(), sizeof set, &set) == 0) sched_setaffinity(0, sizeof set, &set);
}

#else

int pinCurrent(int) { return ENOSYS; }

void unpinCurrent() {}

#endif

}  // namespace ganglion::thread
