#include "pieces.h"

#include <algorithm>

namespace ganglion::cpu {
namespace {

// Work that repays handing it to another lane.
constexpr double kShareWork = 5e3;
// Work between two polls: 2 milliseconds where the level has no vectors.
constexpr double kPollWork = 1e5;
// Lanes that are held up leave pieces to the others.
constexpr int kPiecesPerLane = 4;
constexpr double kMaxPieces = 1 << 20;

}  // namespace

uint32_t pieceCount(const Load& load, int lanes) {
  const double polled = load.polls ? 1 : load.work / kPollWork;
  const double shared =
      lanes == 1 ? 1 : std::min(load.work / kShareWork, double{kPiecesPerLane} * lanes);
  const double most = std::min(static_cast<double>(load.parts), kMaxPieces);
  return static_cast<uint32_t>(std::max(1.0, std::min(most, std::max(polled, shared))));
}

}  // namespace ganglion::cpu
