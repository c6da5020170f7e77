// Transformation of weights for the Winograd algorithms.
#include <vector>

#include "backends/cpu/conv/winograd/rows.h"

namespace sinew::cpu {

void PackWinograd(const ConvProblem& problem, int tile, const double* kernel_matrix, const float* weights,
                  const PackPoint& pack) {
  const size_t taps = static_cast<size_t>(problem.kernel_h), n = static_cast<size_t>(tile);
  const size_t pairs = static_cast<size_t>(problem.in_c) * static_cast<size_t>(problem.out_k);  // C x K of one tap
  const auto g = [&](size_t i, size_t r) { return kernel_matrix[i * taps + r]; };
  std::vector<double> half(taps * pairs);  // one row of G g: [S][C][K]
  std::vector<float> point(pairs);
  for (size_t i = 0; i < n; ++i) {
    for (size_t s = 0; s < taps; ++s) {
      for (size_t q = 0; q < pairs; ++q) {
        double sum = 0;
        for (size_t r = 0; r < taps; ++r) sum += g(i, r) * static_cast<double>(weights[(r * taps + s) * pairs + q]);
        half[s * pairs + q] = sum;
      }
    }
    for (size_t j = 0; j < n; ++j) {
      for (size_t q = 0; q < pairs; ++q) {
        double sum = 0;
        for (size_t s = 0; s < taps; ++s) sum += g(j, s) * half[s * pairs + q];
        point[q] = static_cast<float>(sum);
      }
      pack(i * n + j, point.data());
    }
  }
}

}  // namespace sinew::cpu
