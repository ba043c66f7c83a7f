// The addon's exports. Each function receives its environment as callback data.
#include <napi.h>

#include "environment.h"

namespace {

using ganglion::binding::Environment;
using ganglion::binding::liveEnvironments;

void closeEnvironment(void* data) {
  Environment* environment = static_cast<Environment*>(data);
  for (napi_ref view : environment->arenaViews) {
    if (view != nullptr) napi_delete_reference(environment->env, view);
  }
  delete environment;
  liveEnvironments--;
}

Napi::Object initialize(Napi::Env env, Napi::Object exports) {
  namespace binding = ganglion::binding;
  Environment* environment = new Environment();
  environment->env = env;
  liveEnvironments++;
  napi_add_env_cleanup_hook(env, closeEnvironment, environment);
  const auto method = [environment](const char* name, napi_callback call) {
    return napi_property_descriptor{name,    nullptr, call,            nullptr,
                                    nullptr, nullptr, napi_enumerable, environment};
  };
  const napi_property_descriptor properties[] = {
      method("registerArena", binding::registerArena),
      method("run", binding::run),
      method("level", binding::level),
      method("levels", binding::levels),
      method("forceLevel", binding::forceLevel),
      method("usage", binding::usage),
      method("pinThread", binding::pinThread),
  };
  napi_define_properties(env, exports, std::size(properties), properties);
  exports.Set("formatVersion", Napi::Number::New(env, ganglion::cpu::kVersion));
  return exports;
}

}  // namespace

NODE_API_MODULE(ganglion_native, initialize)
