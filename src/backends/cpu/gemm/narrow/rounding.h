// What weights become in narrow types: for packing them, and for knowing what was lost.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "program/kernel_problem.h"

namespace sinew::cpu {

// The scale of a column's weights in I8 with the least squared error: that of the largest weight, or one that clips it.
float ColumnScale(std::span<const float> weights);
int8_t ToI8(float weight, float scale);

// `weights`, rows x columns, as products of `type` take them: rounded to bf16, or to the whole numbers of their
// column's scale times that scale; as they are in the other types.
std::vector<float> RoundedWeights(kernels::DataType type, size_t columns, std::span<const float> weights);

}  // namespace sinew::cpu
