#include "thread/lanes.h"

#include <system_error>

#if defined(__linux__)
#include <pthread.h>
#include <signal.h>
#endif

#include "thread/pin.h"

namespace ganglion::thread {
namespace {

constexpr std::chrono::milliseconds kAskInterval{1};
// About 50 microseconds: a little more than waking a thread takes.
constexpr int kSpins = 2000;
constexpr uint64_t kUnclaimed = 0xffffffffu;

inline void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("isb");
#endif
}

// Helpers start with what their caller has: a signal mask that lets handlers of the program run on
// them, and perhaps a single CPU that they would have to share with it.
std::thread startHelper(Lanes* lanes, void (*run)(Lanes*, int), int lane) {
#if defined(__linux__)
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    std::thread helper(run, lanes, lane);
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    pthread_setname_np(helper.native_handle(), "ganglion lane");
    return helper;
  } catch (...) {
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    throw;
  }
#else
  return std::thread(run, lanes, lane);
#endif
}

}  // namespace

bool Lanes::resize(int count, bool spins) {
  endHelpers();
  spins_ = spins;
  const auto run = [](Lanes* lanes, int lane) {
    unpinCurrent();
    lanes->help(lane);
  };
  try {
    helpers_.reserve(static_cast<size_t>(count - 1));
    for (int lane = 1; lane < count; lane++) helpers_.push_back(startHelper(this, run, lane));
  } catch (const std::exception&) {
    endHelpers();
    return false;
  }
  return true;
}

void Lanes::begin() {
  stop_.store(false, std::memory_order_relaxed);
  open_.store(true, std::memory_order_relaxed);
}

void Lanes::end() { open_.store(false, std::memory_order_relaxed); }

bool Lanes::stopped(int lane) {
  if (stop_.load(std::memory_order_relaxed)) return true;
  if (lane != 0 || interrupt_.raised == nullptr) return false;
  const auto now = std::chrono::steady_clock::now();
  if (now - asked_ < kAskInterval) return false;
  asked_ = now;
  if (!interrupt_.raised(interrupt_.context)) return false;
  stop_.store(true, std::memory_order_relaxed);
  return true;
}

void Lanes::shareRun(uint32_t pieces, Run run, const void* context) {
  if (pieces == 0) return;
  if (helpers_.empty() || pieces == 1) {
    for (uint32_t piece = 0; piece < pieces && !stopped(0); piece++) run(context, piece, 0);
    return;
  }
  run_.store(run, std::memory_order_relaxed);
  context_.store(context, std::memory_order_relaxed);
  left_.store(pieces, std::memory_order_relaxed);
  const uint64_t number = (claims_.load(std::memory_order_relaxed) >> 32) + 1;
  claims_.store(number << 32 | pieces, std::memory_order_seq_cst);
  if (sleepers_.load(std::memory_order_seq_cst) > 0) wakeHelpers();
  while (runPiece(0)) {
  }
  for (int i = 0; spins_ && i < kSpins; i++) {
    if (left_.load(std::memory_order_acquire) == 0) return;
    pause();
  }
  for (;;) {
    const uint32_t left = left_.load(std::memory_order_acquire);
    if (left == 0) return;
    left_.wait(left, std::memory_order_acquire);
  }
}

bool Lanes::runPiece(int lane) {
  uint64_t claims = claims_.load(std::memory_order_acquire);
  Run run;
  const void* context;
  do {
    if ((claims & kUnclaimed) == 0) return false;
    run = run_.load(std::memory_order_relaxed);
    context = context_.load(std::memory_order_relaxed);
  } while (!claims_.compare_exchange_weak(claims, claims - 1, std::memory_order_acq_rel,
                                          std::memory_order_acquire));
  if (!stopped(lane)) run(context, static_cast<uint32_t>(claims & kUnclaimed) - 1, lane);
  if (left_.fetch_sub(1, std::memory_order_acq_rel) == 1) left_.notify_one();
  return true;
}

bool Lanes::hasPiece() const {
  return (claims_.load(std::memory_order_seq_cst) & kUnclaimed) != 0;
}

void Lanes::help(int lane) {
  int spun = 0;
  while (!ending_.load(std::memory_order_acquire)) {
    if (runPiece(lane)) {
      spun = 0;
    } else if (spins_ && spun < kSpins && open_.load(std::memory_order_relaxed)) {
      pause();
      spun++;
    } else {
      sleep();
      spun = 0;
    }
  }
}

// Either the caller sees the sleeper, or the sleeper sees the caller's pieces.
void Lanes::sleep() {
  const uint32_t wakes = wakes_.load(std::memory_order_seq_cst);
  sleepers_.fetch_add(1, std::memory_order_seq_cst);
  if (!hasPiece() && !ending_.load(std::memory_order_seq_cst)) {
    wakes_.wait(wakes, std::memory_order_seq_cst);
  }
  sleepers_.fetch_sub(1, std::memory_order_seq_cst);
}

void Lanes::wakeHelpers() {
  wakes_.fetch_add(1, std::memory_order_seq_cst);
  wakes_.notify_all();
}

void Lanes::endHelpers() {
  ending_.store(true, std::memory_order_seq_cst);
  wakeHelpers();
  for (std::thread& helper : helpers_) helper.join();
  helpers_.clear();
  ending_.store(false, std::memory_order_relaxed);
}

}  // namespace ganglion::thread
