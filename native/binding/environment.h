// What the addon keeps for one Node environment: the main thread's, or one worker's.
//
// ENVIRONMENT-1: environments share nothing but the counters below, so that any number of threads
//   may load the addon at once.
// ENVIRONMENT-2: a cleanup hook frees everything when the environment ends; arenas stay alive until
//   then because their views are referenced here.
// ENVIRONMENT-3: a program of an environment that is being terminated returns within milliseconds.
#pragma once

#include <node_api.h>

#include <atomic>
#include <cstdint>

#include "cpu/execute.h"

namespace ganglion::binding {

struct Environment {
  explicit Environment(napi_env of);

  napi_env env;
  cpu::Engine engine;
  napi_ref arenaViews[cpu::kMaxArenas] = {};
  // A function that does nothing: to call it fails once the environment is being terminated.
  napi_ref nothing = nullptr;
};

inline std::atomic<uint32_t> liveEnvironments{0};

// Codes of thrown errors; native/README.md describes them.
inline constexpr char kArenaInvalid[] = "NATIVE_ARENA_INVALID";
inline constexpr char kArgumentInvalid[] = "NATIVE_ARGUMENT_INVALID";
inline constexpr char kInterrupted[] = "NATIVE_INTERRUPTED";
inline constexpr char kLabelOutOfRange[] = "NATIVE_LABEL_OUT_OF_RANGE";
inline constexpr char kLevelUnknown[] = "NATIVE_LEVEL_UNKNOWN";
inline constexpr char kPinFailed[] = "NATIVE_PIN_FAILED";
inline constexpr char kProgramMalformed[] = "NATIVE_PROGRAM_MALFORMED";
inline constexpr char kThreadsInvalid[] = "NATIVE_THREADS_INVALID";

napi_value registerArena(napi_env env, napi_callback_info info);
napi_value run(napi_env env, napi_callback_info info);
napi_value level(napi_env env, napi_callback_info info);
napi_value levels(napi_env env, napi_callback_info info);
napi_value forceLevel(napi_env env, napi_callback_info info);
napi_value setThreads(napi_env env, napi_callback_info info);
napi_value usage(napi_env env, napi_callback_info info);
napi_value pinThread(napi_env env, napi_callback_info info);

}  // namespace ganglion::binding
