// Problems of layers, and the walk over the tables.
#include "family.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <random>
#include <span>

#include "base/check.h"
#include "base/error.h"

namespace sinew::bench {
namespace {

using Kind = Operation::Kind;

cpu::ConvProblem ConvOf(const Layer& layer, size_t i) {
  const Size& in = layer.input_of(i);
  const Operation& op = layer.operations[i];
  return {.in_h = in.height,
          .in_w = in.width,
          .in_c = in.channels,
          .out_h = op.output.height,
          .out_w = op.output.width,
          .out_k = op.output.channels,
          .kernel_h = op.kernel_h,
          .kernel_w = op.kernel_w,
          .stride_h = op.stride_h,
          .stride_w = op.stride_w,
          .dilation_h = op.dilation_h,
          .dilation_w = op.dilation_w,
          .pad_top = op.pad_top,
          .pad_left = op.pad_left,
          .activation = op.activation};
}

cpu::DepthwiseProblem DepthwiseOf(const Layer& layer, size_t i) {
  const Size& in = layer.input_of(i);
  const Operation& op = layer.operations[i];
  return {.in_h = in.height,
          .in_w = in.width,
          .channels = in.channels,
          .out_h = op.output.height,
          .out_w = op.output.width,
          .kernel_h = op.kernel_h,
          .kernel_w = op.kernel_w,
          .stride_h = op.stride_h,
          .stride_w = op.stride_w,
          .dilation_h = op.dilation_h,
          .dilation_w = op.dilation_w,
          .pad_top = op.pad_top,
          .pad_left = op.pad_left,
          .activation = op.activation};
}

cpu::PoolProblem PoolOf(const Layer& layer, size_t i) {
  const Size& in = layer.input_of(i);
  const Operation& op = layer.operations[i];
  return {.in_h = in.height,
          .in_w = in.width,
          .channels = in.channels,
          .out_h = op.output.height,
          .out_w = op.output.width,
          .window_h = op.kernel_h,
          .window_w = op.kernel_w,
          .stride_h = op.stride_h,
          .stride_w = op.stride_w,
          .pad_top = op.pad_top,
          .pad_left = op.pad_left};
}

// The pool that a convolution can do in passing.
bool CanFusePool(const Layer& layer, size_t i) {
  const Size& in = layer.input_of(i);
  const Operation& op = layer.operations[i];
  const auto half = [](int size, int pooled) { return pooled == size / 2 || pooled == (size + 1) / 2; };
  return op.kernel_h == 2 && op.kernel_w == 2 && op.stride_h == 2 && op.stride_w == 2 && op.pad_top == 0 &&
         op.pad_left == 0 && half(in.height, op.output.height) && half(in.width, op.output.width);
}

bool IsPointwise(const Layer& layer, size_t i) {
  const Size& in = layer.input_of(i);
  const Operation& op = layer.operations[i];
  return op.kernel_h == 1 && op.kernel_w == 1 && op.stride_h == 1 && op.stride_w == 1 && op.pad_top == 0 &&
         op.pad_left == 0 && in.height == op.output.height && in.width == op.output.width;
}

std::span<const cpu::ConvAlgorithm> TableOf(const cpu::ConvProblem&) { return cpu::ConvAlgorithms(); }
std::span<const cpu::DepthwiseAlgorithm> TableOf(const cpu::DepthwiseProblem&) { return cpu::DepthwiseAlgorithms(); }
std::span<const cpu::SeparableAlgorithm> TableOf(const cpu::SeparableProblem&) { return cpu::SeparableAlgorithms(); }
std::span<const cpu::PoolAlgorithm> TableOf(const cpu::PoolProblem&) { return cpu::PoolAlgorithms(); }
std::span<const cpu::ConvPairAlgorithm> TableOf(const cpu::ConvPairProblem&) { return cpu::ConvPairAlgorithms(); }

// The arguments of any family: pictures, and where it has them, weights and one or two biases.
template <class Problem, class Args>
Args MakeArgs(const cpu::Algorithm<Problem, Args>&, const ConstView& in, const View& out, const float* packed,
              const std::vector<AlignedBuffer<float>>& biases) {
  if constexpr (requires { Args{in, out, packed, packed, packed}; }) {
    return {in, out, packed, biases[0].data(), biases[1].data()};
  } else if constexpr (requires { Args{in, out, packed, packed}; }) {
    return {in, out, packed, biases[0].data()};
  } else {
    return {in, out};
  }
}

}  // namespace

Result<Problem> ProblemOf(const Layer& layer) {
  std::vector<Kind> kinds;
  for (const Operation& operation : layer.operations) kinds.push_back(operation.kind);
  if (kinds == std::vector{Kind::kDepthwise}) return Problem(DepthwiseOf(layer, 0));
  if (kinds == std::vector{Kind::kPool}) return Problem(PoolOf(layer, 0));
  if (kinds == std::vector{Kind::kDepthwise, Kind::kConv} && IsPointwise(layer, 1)) {
    return Problem(
        cpu::SeparableProblem{DepthwiseOf(layer, 0), layer.output().channels, layer.operations[1].activation});
  }
  bool pools = false;
  if (kinds.size() > 1 && kinds.back() == Kind::kPool && CanFusePool(layer, kinds.size() - 1)) {
    kinds.pop_back();
    pools = true;
  }
  const bool only_convs = std::count(kinds.begin(), kinds.end(), Kind::kConv) == std::ssize(kinds);
  if (only_convs && (kinds.size() == 1 || kinds.size() == 2)) {
    cpu::ConvProblem last = ConvOf(layer, kinds.size() - 1);
    last.max_pool = pools;
    if (kinds.size() == 1) return Problem(last);
    return Problem(cpu::ConvPairProblem{ConvOf(layer, 0), last});
  }
  return Unsupported("{}: no kernel family does these operations in one", layer.name);
}

Trial::Trial(const Layer& layer_in) : layer(layer_in) {
  std::mt19937_64 random(1);
  const auto floats = [](const Size& size) {
    return static_cast<size_t>(size.height) * static_cast<size_t>(size.width) * static_cast<size_t>(size.channels);
  };
  input = AlignedBuffer<float>(floats(layer.input));
  output = AlignedBuffer<float>(floats(layer.output()));
  std::uniform_real_distribution<float> unit(0, 1), bias(-0.5f, 0.5f);
  for (float& value : input) value = unit(random);
  for (size_t i = 0; i < layer.operations.size(); ++i) {
    if (layer.operations[i].kind == Kind::kPool) continue;
    const float most = std::sqrt(6.0f / static_cast<float>(SumDepth(layer, i)));  // He's
    std::uniform_real_distribution<float> weight(-most, most);
    for (size_t left = WeightFloats(layer, i); left > 0; --left) weights.push_back(weight(random));
    biases.emplace_back(static_cast<size_t>(cpu::RoundUpToChannelBlock(layer.operations[i].output.channels)));
    for (float& value : biases.back()) value = bias(random);
  }
}

std::vector<std::string_view> AlgorithmsFor(const Problem& problem, simd::Target target) {
  return std::visit(
      [&](const auto& p) {
        std::vector<std::string_view> names;
        for (const auto& row : TableOf(p)) {
          if (row.supports(p) && row.run_for(target) != nullptr) names.push_back(row.name);
        }
        return names;
      },
      problem);
}

BoundAlgorithm Bind(const Problem& problem, std::string_view name, simd::Target target, Trial* trial) {
  return std::visit(
      [&](const auto& p) -> BoundAlgorithm {
        const auto table = TableOf(p);
        const auto row =
            std::find_if(table.begin(), table.end(), [&](const auto& candidate) { return candidate.name == name; });
        SINEW_CHECK(row != table.end());
        auto packed = std::make_shared<AlignedBuffer<float>>(row->packed_floats(p));
        if (packed->size() > 0) row->pack(p, trial->weights.data(), packed->data());
        auto scratch = std::make_shared<AlignedBuffer<float>>(row->scratch_floats(p));
        const auto view = [](float* data, const Size& size) {
          return View{data, size.height, size.width, size.channels, static_cast<size_t>(size.channels)};
        };
        const auto args = MakeArgs(*row, view(trial->input.data(), trial->layer.input),
                                   view(trial->output.data(), trial->layer.output()), packed->data(), trial->biases);
        const auto run = row->run_for(target);
        const size_t tasks = row->task_count(p);
        // `args` points into `packed`.
        return {.run = [run, p, args, tasks, packed, scratch] { run(p, args, 0, tasks, scratch->data()); },
                .packed_bytes = packed->size() * sizeof(float),
                .cost = row->cost == nullptr ? 0 : row->cost(p),
                .error = row->error};
      },
      problem);
}

}  // namespace sinew::bench
