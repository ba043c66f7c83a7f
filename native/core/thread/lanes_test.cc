// LANES-1 to -4, with many small jobs so that helpers come late, in time and not at all.
#include "thread/lanes.h"

#include <atomic>
#include <memory>

#include "testing/check.h"

using namespace ganglion::thread;
using namespace ganglion::testing;

namespace {

// Every piece of every job once, seen by the caller when `share` returns.
void runsEachPieceOnce(int count, bool spins) {
  Lanes lanes;
  CHECK(lanes.resize(count, spins));
  CHECK(lanes.count() == count);
  Random random(static_cast<uint64_t>(count));
  std::vector<int> runs;
  std::atomic<int> strange{0};
  for (int job = 0; job < 3000; job++) {
    if (job % 50 == 0) lanes.begin();
    const auto pieces = static_cast<uint32_t>(random.below(job % 7 == 0 ? 200 : 5));
    runs.assign(pieces, 0);
    lanes.share(pieces, [&](uint32_t piece, int lane) {
      if (piece >= pieces || lane < 0 || lane >= count) strange++;
      else runs[piece]++;
    });
    for (const int times : runs) {
      if (times != 1) strange++;
    }
    if (job % 50 == 49) lanes.end();
  }
  CHECK(strange == 0);
}

// Pieces wait for each other, so all lanes have to take part.
void runsSideBySide() {
  Lanes lanes;
  CHECK(lanes.resize(3, false));
  for (int job = 0; job < 100; job++) {
    std::atomic<int> present{0};
    std::atomic<uint32_t> met{0};
    lanes.share(3, [&](uint32_t, int lane) {
      met.fetch_or(1u << lane);
      present++;
      while (present < 3) std::this_thread::yield();
    });
    CHECK(met == 7);
  }
}

struct Alarm {
  std::atomic<bool> raised{false};
  int asked = 0;
};

void stops(int count) {
  Alarm alarm;
  Lanes lanes({[](void* context) {
                 Alarm& it = *static_cast<Alarm*>(context);
                 it.asked++;
                 return it.raised.load();
               },
               &alarm});
  CHECK(lanes.resize(count, true));
  lanes.begin();
  std::atomic<int> ran{0};
  const auto piece = [&](uint32_t, int) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    if (++ran == 10) alarm.raised = true;
  };
  lanes.share(1000, piece);
  CHECK(ran >= 10 && ran < 100);
  CHECK(alarm.asked > 0);
  CHECK(lanes.stopped(0) && lanes.stopped(count - 1));
  const int before = ran;
  lanes.share(1000, piece);
  CHECK(ran == before);
  // Another call begins anew.
  alarm.raised = false;
  lanes.begin();
  CHECK(!lanes.stopped(count - 1));
  lanes.share(5, piece);
  CHECK(ran == before + 5);
}

void resizes() {
  Lanes lanes;
  for (const int count : {1, 4, 2, 1, 3}) {
    CHECK(lanes.resize(count, count % 2 == 0));
    std::atomic<int> ran{0};
    lanes.share(20, [&](uint32_t, int) { ran++; });
    CHECK(ran == 20);
  }
}

}  // namespace

int main() {
  for (const int count : {1, 2, 3, 5}) {
    runsEachPieceOnce(count, true);
    runsEachPieceOnce(count, false);
  }
  runsSideBySide();
  stops(1);
  stops(3);
  resizes();
  return report();
}
