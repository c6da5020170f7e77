// The table of algorithms for each kind of problem.
#pragma once

#include <span>

#include "backends/cpu/conv/conv.h"
#include "backends/cpu/conv/pair/conv_pair.h"
#include "backends/cpu/depthwise/depthwise.h"
#include "backends/cpu/elementwise/elementwise.h"
#include "backends/cpu/normalize/normalize.h"
#include "backends/cpu/pool/pool.h"
#include "backends/cpu/resize/resize.h"
#include "backends/cpu/separable/separable.h"
#include "program/kernel_problem.h"

namespace sinew::cpu {

inline std::span<const ConvAlgorithm> TableFor(const ConvProblem&) { return ConvAlgorithms(); }
inline std::span<const ConvPairAlgorithm> TableFor(const ConvPairProblem&) { return ConvPairAlgorithms(); }
inline std::span<const DepthwiseAlgorithm> TableFor(const DepthwiseProblem&) { return DepthwiseAlgorithms(); }
inline std::span<const SeparableAlgorithm> TableFor(const SeparableProblem&) { return SeparableAlgorithms(); }
inline std::span<const PoolAlgorithm> TableFor(const PoolProblem&) { return PoolAlgorithms(); }
inline std::span<const ResizeAlgorithm> TableFor(const ResizeProblem&) { return ResizeAlgorithms(); }
inline std::span<const NormalizeAlgorithm> TableFor(const NormalizeProblem&) { return NormalizeAlgorithms(); }
inline std::span<const AddAlgorithm> TableFor(const AddProblem&) { return AddAlgorithms(); }
inline std::span<const ScaleShiftAlgorithm> TableFor(const ScaleShiftProblem&) { return ScaleShiftAlgorithms(); }
inline std::span<const PreluAlgorithm> TableFor(const PreluProblem&) { return PreluAlgorithms(); }
inline std::span<const CopyAlgorithm> TableFor(const CopyProblem&) { return CopyAlgorithms(); }

}  // namespace sinew::cpu
