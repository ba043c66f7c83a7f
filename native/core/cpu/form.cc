#include "form.h"

#include <cstdarg>
#include <cstdio>

namespace ganglion::cpu {
namespace {

constexpr Form kForms[] = {
    {OpKind::matmul, "matmul", 4, 1, 1, false},
    {OpKind::shardMatmul, "shardMatmul", 3, 1, 1, true},
    {OpKind::shardColumnSum, "shardColumnSum", 2, 1, 0, true},
    {OpKind::map, "map", 0, 0, 5, false},  // decode.cc reads its operands
    {OpKind::softmaxCrossEntropy, "softmaxCrossEntropy", 4, 2, 1, false},
    {OpKind::argmax, "argmax", 2, 1, 0, false},
    {OpKind::sgd, "sgd", 6, 2, 0, false},
    {OpKind::adamw, "adamw", 8, 3, 0, false},
    {OpKind::normalize, "normalize", 3, 2, 2, false},
    {OpKind::normalizeGradient, "normalizeGradient", 4, 1, 1, false},
    {OpKind::gather, "gather", 3, 1, 0, false},
    {OpKind::shardScatter, "shardScatter", 3, 1, 0, true},
    {OpKind::attention, "attention", 3, 2, 2, false},
    {OpKind::attentionGradient, "attentionGradient", 5, 1, 2, false},
    {OpKind::reduce, "reduce", 2, 1, 1, false},
    {OpKind::softmax, "softmax", 2, 1, 1, false},
    {OpKind::softmaxGradient, "softmaxGradient", 3, 1, 1, false},
    {OpKind::batchMatmul, "batchMatmul", 3, 1, 1, false},
    {OpKind::view, "view", 2, 1, kViewWords, false},
    {OpKind::viewGradient, "viewGradient", 2, 1, kViewWords, false},
    {OpKind::cast, "cast", 2, 1, 0, false},
    {OpKind::uniform, "uniform", 2, 1, kUniformWords, false},
};

}  // namespace

const Form* formOf(int32_t kind) {
  for (const Form& form : kForms) {
    if (static_cast<int32_t>(form.kind) == kind) return &form;
  }
  return nullptr;
}

bool refuse(Message* message, const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(message->text, sizeof message->text, format, arguments);
  va_end(arguments);
  return false;
}

bool Refusal::because(const char* format, ...) const {
  char reason[160];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(reason, sizeof reason, format, arguments);
  va_end(arguments);
  return refuse(message, "operation %d (%s): %s", index, name, reason);
}

}  // namespace ganglion::cpu
