// The table of algorithms for each kind of problem.
#pragma once

#include <span>

#include "backends/cpu/conv/conv.h"
#include "backends/cpu/conv/pair/conv_pair.h"
#include "backends/cpu/depthwise/depthwise.h"
#include "backends/cpu/elementwise/combine.h"
#include "backends/cpu/elementwise/elementwise.h"
#include "backends/cpu/map/map.h"
#include "backends/cpu/normalize/normalize.h"
#include "backends/cpu/pool/average_pool.h"
#include "backends/cpu/pool/pool.h"
#include "backends/cpu/resize/depth_to_space.h"
#include "backends/cpu/resize/nearest.h"
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
inline std::span<const MapAlgorithm> TableFor(const MapProblem&) { return MapAlgorithms(); }
inline std::span<const CombineAlgorithm> TableFor(const CombineProblem&) { return CombineAlgorithms(); }
inline std::span<const AveragePoolAlgorithm> TableFor(const AveragePoolProblem&) { return AveragePoolAlgorithms(); }
inline std::span<const NearestAlgorithm> TableFor(const ResizeNearestProblem&) { return NearestAlgorithms(); }
inline std::span<const DepthToSpaceAlgorithm> TableFor(const DepthToSpaceProblem&) { return DepthToSpaceAlgorithms(); }
inline std::span<const SoftmaxAlgorithm> TableFor(const SoftmaxProblem&) { return SoftmaxAlgorithms(); }

}  // namespace sinew::cpu
