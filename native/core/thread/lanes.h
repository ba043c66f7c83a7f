// The threads that run the pieces of a computation side by side: the calling thread, which is lane
// 0, and helpers (KERNELS-H1).
//
// LANES-1: one thread calls at a time. `share` returns when every piece has ended.
// LANES-2: a piece is run once, by one lane. A helper that comes late finds nothing to claim and
//   touches nothing of the caller's.
// LANES-3: helpers sleep, but between `begin` and `end` they spin for a moment first; with
//   `spins` false they never do.
// LANES-4: once the interrupt was raised, pieces that have not begun are passed over. It is asked
//   on the calling thread, at most once a millisecond.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>
#include <vector>

namespace ganglion::thread {

inline constexpr int kMaxLanes = 256;

// Whether the caller is to return early.
struct Interrupt {
  bool (*raised)(void* context) = nullptr;
  void* context = nullptr;
};

class Lanes {
 public:
  explicit Lanes(Interrupt interrupt = {}) : interrupt_(interrupt) {}
  ~Lanes() { endHelpers(); }
  Lanes(const Lanes&) = delete;
  Lanes& operator=(const Lanes&) = delete;

  // From 1 to kMaxLanes lanes. False where the system starts no more threads: there is one lane.
  bool resize(int count, bool spins);
  int count() const { return static_cast<int>(helpers_.size()) + 1; }

  void begin();
  void end();

  // Calls work(piece, lane) for the pieces from 0 to `pieces`, in any order, on any lane.
  template <typename Work>
  void share(uint32_t pieces, const Work& work) {
    const Run run = [](const void* context, uint32_t piece, int lane) {
      (*static_cast<const Work*>(context))(piece, lane);
    };
    shareRun(pieces, run, &work);
  }

  // Whether `lane` is to return early.
  bool stopped(int lane);

 private:
  using Run = void (*)(const void* context, uint32_t piece, int lane);

  void shareRun(uint32_t pieces, Run run, const void* context);
  bool runPiece(int lane);
  bool hasPiece() const;
  void help(int lane);
  void sleep();
  void wakeHelpers();
  void endHelpers();

  const Interrupt interrupt_;
  std::chrono::steady_clock::time_point asked_{};
  std::vector<std::thread> helpers_;
  bool spins_ = false;

  // The job: its number in the upper half, and how many pieces nobody has claimed in the lower. A
  // claim that succeeds has met the job unfinished, so that run_ and context_ were its own.
  alignas(64) std::atomic<uint64_t> claims_{0};
  std::atomic<Run> run_{nullptr};
  std::atomic<const void*> context_{nullptr};
  // Pieces that have not ended.
  alignas(64) std::atomic<uint32_t> left_{0};
  alignas(64) std::atomic<uint32_t> wakes_{0};
  std::atomic<int> sleepers_{0};
  std::atomic<bool> open_{false};
  std::atomic<bool> stop_{false};
  std::atomic<bool> ending_{false};
};

}  // namespace ganglion::thread
