// The addon's exports. Each function receives its environment as callback data.
#include <napi.h>

#include "environment.h"

namespace {

using ganglion::binding::Environment;
using ganglion::binding::liveEnvironments;

bool isTerminating(void* data) {
  const auto* environment = static_cast<const Environment*>(data);
  const napi_env env = environment->env;
  napi_handle_scope scope = nullptr;
  napi_value nothing = nullptr, undefined = nullptr;
  if (napi_open_handle_scope(env, &scope) != napi_ok) return true;
  napi_get_undefined(env, &undefined);
  const bool called =
      napi_get_reference_value(env, environment->nothing, &nothing) == napi_ok &&
      napi_call_function(env, undefined, nothing, 0, nullptr, nullptr) == napi_ok;
  napi_close_handle_scope(env, scope);
  return !called;
}

void closeEnvironment(void* data) {
  Environment* environment = static_cast<Environment*>(data);
  for (napi_ref view : environment->arenaViews) {
    if (view != nullptr) napi_delete_reference(environment->env, view);
  }
  napi_delete_reference(environment->env, environment->nothing);
  delete environment;
  liveEnvironments--;
}

Napi::Object initialize(Napi::Env env, Napi::Object exports) {
  namespace binding = ganglion::binding;
  Environment* environment = new Environment(env);
  const Napi::Value nothing = env.RunScript("(() => {})");
  napi_create_reference(env, nothing, 1, &environment->nothing);
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
      method("setThreads", binding::setThreads),
      method("usage", binding::usage),
      method("pinThread", binding::pinThread),
  };
  napi_define_properties(env, exports, std::size(properties), properties);
  exports.Set("formatVersion", Napi::Number::New(env, ganglion::cpu::kVersion));
  return exports;
}

}  // namespace

ganglion::binding::Environment::Environment(napi_env of)
    : env(of), engine({isTerminating, this}) {}

NODE_API_MODULE(ganglion_native, initialize)
