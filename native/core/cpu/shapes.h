// Which shapes and dtypes each operation takes.
#pragma once

#include "decode.h"
#include "form.h"

namespace ganglion::cpu {

// False, with the reason in the refusal's message, unless the operands fit the operation. Operands
// are known and bound, edges ascend from 0.
bool checkShapes(const DecodedProgram& program, const Op& op, const Refusal& refusal);

}  // namespace ganglion::cpu
