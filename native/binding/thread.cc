// Thread pinning for JavaScript.
#include <cstdio>
#include <cstring>

#include "environment.h"
#include "thread/pin.h"

namespace ganglion::binding {

napi_value pinThread(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value argument = nullptr;
  napi_get_cb_info(env, info, &count, &argument, nullptr, nullptr);
  double cpu = -1;
  if (count < 1 || napi_get_value_double(env, argument, &cpu) != napi_ok) {
    napi_throw_type_error(env, kArgumentInvalid, "a CPU is named by a number");
    return nullptr;
  }
  const bool whole = cpu >= 0 && cpu < 65536 && cpu == static_cast<int>(cpu);
  const int error = thread::pinCurrent(whole ? static_cast<int>(cpu) : -1);
  if (error == 0) return nullptr;
  char reason[128];
  snprintf(reason, sizeof reason, "the system does not pin this thread to CPU %g: %s", cpu,
           strerror(error));
  napi_throw_error(env, kPinFailed, reason);
  return nullptr;
}

}  // namespace ganglion::binding
