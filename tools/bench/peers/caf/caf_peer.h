// Serves samples of one workload on the C++ Actor Framework (0.17): a ready line, then one JSON
// line per line of standard input. Figures are measured around the workload only.
//
// 1. A workload returns what its actors have received, which is what the sample completed.
// 2. The scheduler has as many workers as were asked for, or the peer refuses.
// 3. Actors of a sample end with it; the system and its workers stay.
#pragma once

#include <time.h>

#include <caf/all.hpp>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>

namespace caf_peer {

// Runs one sample of `amount` messages; `parent` is what its last actor sends the total to.
using Workload = uint64_t (*)(caf::scoped_actor& parent, uint64_t amount);

inline double seconds_of(clockid_t clock) {
  timespec t;
  clock_gettime(clock, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

// Waits for the total of a sample.
inline uint64_t total_for(caf::scoped_actor& parent) {
  uint64_t total = 0;
  parent->receive([&](uint64_t sum) { total = sum; });
  return total;
}

// Arguments: the way in which the workload is done, amount, warm-ups, scheduler's workers.
inline int serve(int argc, char** argv, const std::map<std::string, Workload>& ways) {
  if (argc != 5 || ways.count(argv[1]) == 0) return 2;
  const Workload workload = ways.at(argv[1]);
  const auto amount = static_cast<uint64_t>(atoll(argv[2]));
  const auto threads = static_cast<size_t>(atoi(argv[4]));
  caf::actor_system_config config;
  config.set("scheduler.max-threads", threads);
  caf::actor_system system{config};
  if (system.scheduler().num_workers() != threads) {
    printf("{\"refused\":\"%zu workers, not %zu\"}\n", system.scheduler().num_workers(), threads);
    return 0;
  }
  caf::scoped_actor parent{system};
  for (int i = 0; i < atoi(argv[3]); i++) workload(parent, amount);
  printf("{\"ready\":true,\"note\":\"CAF %d.%d.%d, workers %zu\"}\n", CAF_MAJOR_VERSION,
         CAF_MINOR_VERSION, CAF_PATCH_VERSION, threads);
  fflush(stdout);
  char line[64];
  while (fgets(line, sizeof line, stdin) != nullptr) {
    const double cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
    const double start = seconds_of(CLOCK_MONOTONIC);
    const auto completed = static_cast<unsigned long long>(workload(parent, amount));
    const double wall = seconds_of(CLOCK_MONOTONIC) - start;
    const double busy = seconds_of(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    printf("{\"seconds\":%.9f,\"cpuSeconds\":%.9f,\"completed\":%llu,\"check\":\"count %llu\"}\n",
           wall, busy, completed, completed);
    fflush(stdout);
  }
  return 0;
}

}  // namespace caf_peer
