// Steps of layers, and the walk over the tables.
#include "family.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <random>
#include <span>
#include <variant>

#include "backends/cpu/tables.h"
#include "base/check.h"
#include "base/error.h"
#include "program/step_problem.h"

namespace sinew::bench {
namespace {

using Kind = Operation::Kind;

program::Slice MakeSlice(const Size& size) {
  const auto u = [](int value) { return static_cast<uint32_t>(value); };
  return program::Slice(0, u(size.height), u(size.width), u(size.channels), u(size.channels), program::DataType::F32);
}

std::unique_ptr<program::Size> MakeSize(const Size& size) {
  return std::make_unique<program::Size>(static_cast<uint32_t>(size.height), static_cast<uint32_t>(size.width));
}

std::unique_ptr<program::Window> MakeWindow(const Operation& op) {
  const auto u = [](int value) { return static_cast<uint32_t>(value); };
  return std::make_unique<program::Window>(u(op.kernel_h), u(op.kernel_w), u(op.stride_h), u(op.stride_w),
                                           u(op.dilation_h), u(op.dilation_w), u(op.pad_top), u(op.pad_left));
}

program::Activation ToProgram(kernels::Activation activation) { return static_cast<program::Activation>(activation); }

program::DepthwiseStepT MakeDepthwise(const Operation& op) {
  program::DepthwiseStepT what;
  what.window = MakeWindow(op);
  what.activation = ToProgram(op.activation);
  return what;
}

program::PoolStepT MakePool(const Operation& op) {
  program::PoolStepT what;
  what.window = MakeWindow(op);
  return what;
}

program::SeparableStepT MakeSeparable(const Operation& depthwise, const Operation& pointwise) {
  program::SeparableStepT what;
  what.window = MakeWindow(depthwise);
  what.depthwise_activation = ToProgram(depthwise.activation);
  what.activation = ToProgram(pointwise.activation);
  return what;
}

program::ConvStepT MakeConv(const Operation& op, bool pools) {
  program::ConvStepT what;
  what.window = MakeWindow(op);
  what.activation = ToProgram(op.activation);
  if (pools) what.unpooled = MakeSize(op.output);
  return what;
}

program::ConvPairStepT MakeConvPair(const Operation& first, const Operation& second, bool pools) {
  program::ConvPairStepT what;
  what.first_window = MakeWindow(first);
  what.first_activation = ToProgram(first.activation);
  what.between = MakeSize(first.output);
  what.between_channels = static_cast<uint32_t>(first.output.channels);
  what.window = MakeWindow(second);
  what.activation = ToProgram(second.activation);
  if (pools) what.unpooled = MakeSize(second.output);
  return what;
}

// The pool that a convolution can be fused with.
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

Result<program::StepT> MakeStep(const Layer& layer) {
  program::StepT step;
  step.name = layer.name;
  step.inputs = {MakeSlice(layer.input)};
  step.output = std::make_unique<program::Slice>(MakeSlice(layer.output()));
  const std::vector<Operation>& ops = layer.operations;
  std::vector<Kind> kinds;
  for (const Operation& operation : ops) kinds.push_back(operation.kind);
  const bool pools = kinds.size() > 1 && kinds.back() == Kind::kPool && CanFusePool(layer, kinds.size() - 1);
  if (kinds == std::vector{Kind::kDepthwise}) {
    step.what.Set(MakeDepthwise(ops[0]));
  } else if (kinds == std::vector{Kind::kPool}) {
    step.what.Set(MakePool(ops[0]));
  } else if (kinds == std::vector{Kind::kDepthwise, Kind::kConv} && IsPointwise(layer, 1)) {
    step.what.Set(MakeSeparable(ops[0], ops[1]));
  } else {
    if (pools) kinds.pop_back();
    if (kinds == std::vector{Kind::kConv}) {
      step.what.Set(MakeConv(ops[0], pools));
    } else if (kinds == std::vector{Kind::kConv, Kind::kConv}) {
      step.what.Set(MakeConvPair(ops[0], ops[1], pools));
    } else {
      return Unsupported("{}: no kernel family does these operations in one", layer.name);
    }
  }
  return step;
}

Result<Problem> MakeProblem(const Layer& layer) {
  SINEW_ASSIGN_OR_RETURN(const program::StepT step, MakeStep(layer));
  const Result<Problem> problem = program::MakeProblem(step);
  if (!problem.ok()) return Prefixed(layer.name, problem.status());
  return problem;
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
        for (const auto& row : cpu::TableFor(p)) {
          if (row.supports(p) && row.run_for(target) != nullptr) names.push_back(row.name);
        }
        return names;
      },
      problem);
}

BoundAlgorithm Bind(const Problem& problem, std::string_view name, simd::Target target, Trial* trial) {
  return std::visit(
      [&](const auto& p) -> BoundAlgorithm {
        const auto table = cpu::TableFor(p);
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
