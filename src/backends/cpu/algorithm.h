// What an algorithm of a kernel family is: one row of the family's table.
//
// The planner picks a row by name, packs the weights with it when compiling, and the runtime looks the row up again by
// the name that the artifact holds. Tests and benchmarks walk the same tables, so that no algorithm escapes them.
//
// A problem is cut into `task_count` independent tasks of about equal work; `run` does tasks [first, last) on one
// thread with that thread's scratch. Which thread runs which tasks never changes the result, bit for bit.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "program/kernel_problem.h"
#include "program/storage.h"
#include "simd/target.h"

namespace sinew::cpu {

using simd::Target;

template <class Problem, class Args>
struct Algorithm {
  using Run = void (*)(const Problem& problem, const Args& args, size_t first_task, size_t last_task,
                       float* scratch) noexcept;

  std::string_view name;  // stable: it stands in artifacts
  // What it multiplies, and the type of its packed weights (what lies beside them, such as a depthwise kernel, is f32).
  kernels::DataType type = kernels::DataType::kF32;
  // Which of its pictures may be bf16 in memory: then Args has bf16_input and bf16_output beside those in floats.
  kernels::Storage storage = kernels::Storage::kF32;
  bool (*supports)(const Problem& problem);
  // Packed weights: floats they take, and how they are laid out from the family's plain layout. Independent of the
  // target and of the picture's size, so that one copy serves every resolution.
  size_t (*packed_floats)(const Problem& problem);
  void (*pack)(const Problem& problem, const float* weights, float* packed);
  size_t (*task_count)(const Problem& problem);
  size_t (*scratch_floats)(const Problem& problem);  // per thread, 64-byte aligned
  Run (*run_for)(Target target);                     // null where the target is not compiled in or lacks the type
  // Of an algorithm with instructions that few processors have, the same with those in software, bit for bit what
  // run_for(kAmx) gives: for tests. Null for the others, and where this processor cannot.
  Run (*emulated_for)(Target target) = nullptr;
  // For the choice between rows, and for predictions: the work (see cost.h; null in families that only move pictures),
  // and the relative RMS error that the algorithm adds to a layer beyond that of summing in single precision.
  double (*cost)(const Problem& problem) = nullptr;
  // In its stead, where it depends on the target.
  double (*cost_on)(const Problem& problem, Target target) = nullptr;
  // For reports: multiply-adds that it does, those of padded channels, edges and transforms included (null as cost is).
  double (*multiply_adds)(const Problem& problem) = nullptr;
  double error = 0;
  // Of an algorithm that goes through its picture twice, the first pass, over the same tasks: `run` begins when all of
  // them are done. Null for the others.
  Run (*first_pass_for)(Target target) = nullptr;
};

// Its cost on `target`; 0 for one that only moves pictures.
template <class Problem, class Args>
double CostOn(const Algorithm<Problem, Args>& algorithm, const Problem& problem, Target target) {
  if (algorithm.cost_on != nullptr) return algorithm.cost_on(problem, target);
  return algorithm.cost == nullptr ? 0 : algorithm.cost(problem);
}

// The row of that name, or null.
template <class Problem, class Args>
const Algorithm<Problem, Args>* FindAlgorithm(std::span<const Algorithm<Problem, Args>> table, std::string_view name) {
  for (const auto& row : table) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

}  // namespace sinew::cpu
