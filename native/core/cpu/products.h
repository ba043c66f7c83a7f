// Runs the operations that are matrix products: what the kernels are given.
#pragma once

#include "execute.h"

namespace ganglion::cpu {

void runMatmul(const Engine& engine, const Op& op);
void runBatchMatmul(const Engine& engine, const Op& op);
void runShardMatmul(const Engine& engine, const Op& op);

}  // namespace ganglion::cpu
