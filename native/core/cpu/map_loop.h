// The loop of a map over its out's indices: as many axes joined into a row of neighbouring elements
// as all inputs allow. packages/gpu/src/cpu/map-loop.ts does the same.
#pragma once

#include "decode.h"
#include "kernels.h"

namespace ganglion::cpu {

// Sets inputs, outs, length, rank, sizes, strides and inStep, and the range to be all of it.
void setMapLoop(const DecodedProgram& program, const Op& op, MapTask* task);

}  // namespace ganglion::cpu
