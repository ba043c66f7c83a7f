// Binds threads to CPUs.
#pragma once

namespace ganglion::thread {

// 0, or the errno of the system: EINVAL for a CPU that this process may not use, ENOSYS where the
// system cannot bind threads.
int pinCurrent(int cpu);

// Lets the calling thread run where the process's first thread may.
void unpinCurrent();

}  // namespace ganglion::thread
