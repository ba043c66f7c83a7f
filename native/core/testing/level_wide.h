// The test level of level_wide.cc.
#pragma once

#include "cpu/kernels.h"

namespace ganglion::cpu {

extern const KernelTable kWideKernels;

}  // namespace ganglion::cpu
