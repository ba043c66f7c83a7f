// The cpu kernels for JavaScript: reads arguments, calls core, throws what core refuses. `run` is
// called once a training step, so everything here is plain Node-API.
#include <cstdio>

#include "cpu/dispatch.h"
#include "environment.h"

namespace ganglion::binding {
namespace {

// The arguments of a call and the environment that it belongs to; `ok` is false after a throw.
template <size_t kCount>
struct Call {
  Call(napi_env env, napi_callback_info info) {
    size_t count = kCount;
    void* data = nullptr;
    napi_get_cb_info(env, info, &count, arguments, nullptr, &data);
    environment = static_cast<Environment*>(data);
    ok = count >= kCount;
    if (!ok) napi_throw_type_error(env, kArgumentInvalid, "an argument is missing");
  }

  napi_value arguments[kCount == 0 ? 1 : kCount];
  Environment* environment = nullptr;
  bool ok = false;
};

napi_value text(napi_env env, const char* value) {
  napi_value result = nullptr;
  napi_create_string_utf8(env, value, NAPI_AUTO_LENGTH, &result);
  return result;
}

}  // namespace

napi_value registerArena(napi_env env, napi_callback_info info) {
  Call<2> call(env, info);
  if (!call.ok) return nullptr;
  double id = -1;
  napi_get_value_double(env, call.arguments[0], &id);
  if (!(id >= 0 && id < cpu::kMaxArenas) || id != static_cast<int32_t>(id)) {
    napi_throw_range_error(env, kArenaInvalid, "an arena's id is an integer from 0 to 63");
    return nullptr;
  }
  napi_typedarray_type type;
  size_t length = 0;
  void* bytes = nullptr;
  napi_value buffer = nullptr;
  const napi_status status = napi_get_typedarray_info(env, call.arguments[1], &type, &length,
                                                      &bytes, &buffer, nullptr);
  if (status != napi_ok || type != napi_uint8_array) {
    napi_throw_type_error(env, kArgumentInvalid, "an arena is given as a Uint8Array");
    return nullptr;
  }
  bool detachable = true;
  napi_is_arraybuffer(env, buffer, &detachable);
  if (detachable) {
    napi_throw_type_error(env, kArenaInvalid,
                          "an arena is shared memory: another buffer could be detached in use");
    return nullptr;
  }
  const int32_t index = static_cast<int32_t>(id);
  cpu::Arena& arena = call.environment->engine.arenas.arenas[index];
  if (arena.bytes != nullptr) {
    if (arena.bytes == bytes && arena.size == length) return nullptr;
    napi_throw_range_error(env, kArenaInvalid, "this arena id is registered with other memory");
    return nullptr;
  }
  napi_ref* view = &call.environment->arenaViews[index];
  if (napi_create_reference(env, call.arguments[1], 1, view) != napi_ok) return nullptr;
  arena = {static_cast<char*>(bytes), length};
  return nullptr;
}

napi_value run(napi_env env, napi_callback_info info) {
  Call<2> call(env, info);
  if (!call.ok) return nullptr;
  napi_typedarray_type type;
  size_t available = 0;
  void* words = nullptr;
  const napi_status status = napi_get_typedarray_info(env, call.arguments[0], &type, &available,
                                                      &words, nullptr, nullptr);
  double length = -1;
  if (status != napi_ok || type != napi_int32_array ||
      napi_get_value_double(env, call.arguments[1], &length) != napi_ok) {
    napi_throw_type_error(env, kArgumentInvalid, "run takes an Int32Array and a number of words");
    return nullptr;
  }
  cpu::Message message;
  if (!(length >= 0 && length <= static_cast<double>(available))) {
    snprintf(message.text, sizeof message.text, "%g words of an array of %zu", length, available);
    napi_throw_range_error(env, kProgramMalformed, message.text);
    return nullptr;
  }
  switch (cpu::run(&call.environment->engine, static_cast<const int32_t*>(words),
                   static_cast<uint64_t>(length), &message)) {
    case cpu::Outcome::done:
      break;
    case cpu::Outcome::malformed:
      napi_throw_range_error(env, kProgramMalformed, message.text);
      break;
    case cpu::Outcome::badLabel:
      napi_throw_range_error(env, kLabelOutOfRange, message.text);
      break;
    case cpu::Outcome::outOfMemory:
      napi_throw_error(env, nullptr, message.text);
      break;
    case cpu::Outcome::interrupted: {
      bool pending = false;
      napi_is_exception_pending(env, &pending);
      if (!pending) napi_throw_error(env, kInterrupted, "the thread is being terminated");
      break;
    }
  }
  return nullptr;
}

napi_value level(napi_env env, napi_callback_info info) {
  Call<0> call(env, info);
  return text(env, call.environment->engine.level->name);
}

napi_value levels(napi_env env, napi_callback_info) {
  const cpu::Levels& available = cpu::availableLevels();
  napi_value result = nullptr;
  napi_create_array(env, &result);
  for (int i = 0; i < available.count; i++) {
    napi_set_element(env, result, static_cast<uint32_t>(i), text(env, available.levels[i].name));
  }
  return result;
}

napi_value forceLevel(napi_env env, napi_callback_info info) {
  Call<1> call(env, info);
  if (!call.ok) return nullptr;
  char name[16] = {};
  size_t length = 0;
  if (napi_get_value_string_utf8(env, call.arguments[0], name, sizeof name, &length) != napi_ok) {
    napi_throw_type_error(env, kArgumentInvalid, "a level is named by a string");
    return nullptr;
  }
  const cpu::Level* found = cpu::findLevel(name);
  if (found == nullptr) {
    char reason[160];
    int at = snprintf(reason, sizeof reason, "level %s does not run here, known are", name);
    const cpu::Levels& available = cpu::availableLevels();
    for (int i = 0; i < available.count; i++) {
      at += snprintf(reason + at, sizeof reason - static_cast<size_t>(at), " %s",
                     available.levels[i].name);
    }
    napi_throw_range_error(env, kLevelUnknown, reason);
    return nullptr;
  }
  call.environment->engine.level = found;
  return nullptr;
}

napi_value setThreads(napi_env env, napi_callback_info info) {
  Call<2> call(env, info);
  if (!call.ok) return nullptr;
  double count = 0;
  bool spins = false;
  napi_get_value_double(env, call.arguments[0], &count);
  if (!(count >= 1 && count <= thread::kMaxLanes) || count != static_cast<int>(count)) {
    char reason[80];
    snprintf(reason, sizeof reason, "threads is an integer from 1 to %d", thread::kMaxLanes);
    napi_throw_range_error(env, kThreadsInvalid, reason);
    return nullptr;
  }
  if (napi_get_value_bool(env, call.arguments[1], &spins) != napi_ok) {
    napi_throw_type_error(env, kArgumentInvalid, "setThreads takes a number and a boolean");
    return nullptr;
  }
  if (!call.environment->engine.lanes.resize(static_cast<int>(count), spins)) {
    napi_throw_error(env, kThreadsInvalid, "the system starts no more threads");
  }
  return nullptr;
}

napi_value usage(napi_env env, napi_callback_info) {
  napi_value result = nullptr;
  napi_value environments = nullptr;
  napi_value workspaceBytes = nullptr;
  napi_create_object(env, &result);
  napi_create_uint32(env, liveEnvironments, &environments);
  napi_create_double(env, static_cast<double>(cpu::Workspace::liveBytes()), &workspaceBytes);
  napi_set_named_property(env, result, "environments", environments);
  napi_set_named_property(env, result, "workspaceBytes", workspaceBytes);
  return result;
}

}  // namespace ganglion::binding
