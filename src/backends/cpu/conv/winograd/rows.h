// What conv.cc puts into its table for each Winograd algorithm.
#pragma once

#include <functional>

#include "backends/cpu/conv/algorithm.h"
#include "backends/cpu/conv/winograd/points.h"
#include "backends/cpu/conv/winograd/tiling.h"
#include "backends/cpu/gemm/gemm.h"

namespace sinew::cpu {

ConvAlgorithm::Run RunF4x3For(Target target);
ConvAlgorithm::Run RunF6x3For(Target target);
ConvAlgorithm::Run RunF8x3For(Target target);
ConvAlgorithm::Run RunF2x7For(Target target);
ConvAlgorithm::Run RunF4x7For(Target target);
ConvAlgorithm::Run RunF6x7For(Target target);

// Transformed weights U = G g G^T, computed in double: a matrix of C x K for each of the n * n points, which `pack`
// gets.
using PackPoint = std::function<void(size_t point, const float* matrix)>;
void PackWinograd(const ConvProblem& problem, int tile, const double* kernel_matrix, const float* weights,
                  const PackPoint& pack);

// The row's functions that do not depend on the target.
template <class TC>
struct WinogradRow {
  static bool Supports(const ConvProblem& p) {
    return p.kernel_h == TC::kTaps && p.kernel_w == TC::kTaps && p.stride_h == 1 && p.stride_w == 1 &&
           p.dilation_h == 1 && p.dilation_w == 1;
  }
  static size_t PackedConvFloats(const ConvProblem& p) {
    return static_cast<size_t>(TC::kTile * TC::kTile) * PackedFloats(p.in_c, p.out_k);
  }
  static void Pack(const ConvProblem& p, const float* weights, float* packed) {
    static constexpr auto kMatrix = TC::KernelMatrix();
    PackWinograd(p, TC::kTile, kMatrix[0].data(), weights, [&](size_t point, const float* matrix) {
      PackPanels(p.in_c, p.out_k, matrix, packed + point * PackedFloats(p.in_c, p.out_k));
    });
  }
  static size_t Tasks(const ConvProblem& p) { return MakeTiling(p, TC::kOutputs, TC::kTile).Tasks(); }
  static size_t Scratch(const ConvProblem& p) { return MakeTiling(p, TC::kOutputs, TC::kTile).ScratchFloats(); }
};

}  // namespace sinew::cpu
