// Problems as the kernels state them, and their weights.
#include "compiler/plan/weights.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "backends/cpu/depthwise/depthwise.h"
#include "backends/cpu/pool/pool.h"
#include "backends/cpu/separable/separable.h"
#include "base/error.h"

namespace sinew::plan {
namespace {

template <class Problem, class Args>
Result<const cpu::Algorithm<Problem, Args>*> FirstThatSupports(std::span<const cpu::Algorithm<Problem, Args>> table,
                                                               const Problem& problem) {
  for (const auto& row : table) {
    if (row.supports(problem)) return &row;
  }
  return Unsupported("no algorithm takes a window or size like this");
}

int Int(int64_t value) { return static_cast<int>(value); }

cpu::ConvProblem ConvProblemOf(const ir::Shape& in, const ir::Shape& out, const program::Window& w,
                               program::Activation activation, bool max_pool) {
  return {.in_h = Int(in[1]),
          .in_w = Int(in[2]),
          .in_c = Int(in[3]),
          .out_h = Int(out[1]),
          .out_w = Int(out[2]),
          .out_k = Int(out[3]),
          .kernel_h = Int(w.kernel_h()),
          .kernel_w = Int(w.kernel_w()),
          .stride_h = Int(w.stride_h()),
          .stride_w = Int(w.stride_w()),
          .dilation_h = Int(w.dilation_h()),
          .dilation_w = Int(w.dilation_w()),
          .pad_top = Int(w.pad_top()),
          .pad_left = Int(w.pad_left()),
          .activation = static_cast<cpu::Activation>(activation),
          .max_pool = max_pool};
}

cpu::DepthwiseProblem DepthwiseProblemOf(const ir::Shape& in, const ir::Shape& out, const program::Window& w,
                                         program::Activation activation) {
  return {Int(in[1]),          Int(in[2]),
          Int(in[3]),          Int(out[1]),
          Int(out[2]),         Int(w.kernel_h()),
          Int(w.kernel_w()),   Int(w.stride_h()),
          Int(w.stride_w()),   Int(w.dilation_h()),
          Int(w.dilation_w()), Int(w.pad_top()),
          Int(w.pad_left()),   static_cast<cpu::Activation>(activation)};
}

// A constant with one value a channel or one for all, as `channels` values; nullopt for any other shape.
std::optional<std::vector<float>> PerChannel(const ir::Tensor& tensor, int64_t channels) {
  if (tensor.dtype != ir::DType::kFloat32) return std::nullopt;
  if (tensor.floats.size() == 1) return std::vector<float>(static_cast<size_t>(channels), tensor.floats[0]);
  const bool last_only = !tensor.shape.empty() && tensor.shape.back() == channels &&
                         static_cast<int64_t>(tensor.floats.size()) == channels;
  if (!last_only) return std::nullopt;
  return tensor.floats;
}

ScaleShift Identity(ir::NodeId input, int64_t channels) {
  return {input, std::vector<float>(static_cast<size_t>(channels), 1.0f),
          std::vector<float>(static_cast<size_t>(channels), 0.0f)};
}

Result<ScaleShift> OfBatchNorm(const ir::Graph& graph, const ir::Node& node) {
  const ir::Tensor* parameters[4];
  for (size_t i = 0; i < 4; ++i) {
    parameters[i] = graph.node(node.inputs[i + 1]).value.get();
    if (parameters[i] == nullptr) return Unsupported("its parameter {} is not a constant", i + 1);
  }
  ScaleShift result = Identity(node.inputs[0], node.shape[3]);
  for (size_t c = 0; c < result.scale.size(); ++c) {
    const double scale =
        parameters[0]->floats[c] / std::sqrt(double{parameters[3]->floats[c]} + node.attributes.epsilon);
    result.scale[c] = static_cast<float>(scale);
    result.shift[c] = static_cast<float>(parameters[1]->floats[c] - parameters[2]->floats[c] * scale);
  }
  return result;
}

Result<ScaleShift> OfArithmetic(const ir::Graph& graph, const ir::Node& node) {
  const bool constant_first = graph.node(node.inputs[0]).value != nullptr;
  const ir::NodeId picture = node.inputs[constant_first ? 1 : 0];
  const ir::Tensor* constant = graph.node(node.inputs[constant_first ? 0 : 1]).value.get();
  if (constant == nullptr) return Unsupported("{} of two pictures", ir::OpInfoFor(node.op).name);
  if (graph.node(picture).shape != node.shape) return Unsupported("its constant widens the picture");
  const std::optional<std::vector<float>> values = PerChannel(*constant, node.shape[3]);
  if (!values)
    return Unsupported("its constant has shape {}, one value or one a channel is needed",
                       ir::ToString(constant->shape));
  ScaleShift result = Identity(picture, node.shape[3]);
  for (size_t c = 0; c < values->size(); ++c) {
    const float value = (*values)[c];
    switch (node.op) {
      case ir::OpKind::kAdd:
        result.shift[c] = value;
        break;
      case ir::OpKind::kSub:
        result.scale[c] = constant_first ? -1.0f : 1.0f;
        result.shift[c] = constant_first ? value : -value;
        break;
      case ir::OpKind::kMul:
        result.scale[c] = value;
        break;
      default:
        if (constant_first) return Unsupported("divides a constant by a picture");
        result.scale[c] = 1.0f / value;
    }
  }
  return result;
}

}  // namespace

Result<double> WeightPacker::PackConv(const ir::Shape& in, const ir::Shape& out, const std::vector<float>& kernel,
                                      const std::vector<float>& bias, program::StepT* step) {
  const cpu::ConvProblem problem = ConvProblemOf(in, out, *step->window, step->activation, step->unpooled != nullptr);
  const auto [algorithm, seconds] = chooser_.Choose(step->name, problem);
  if (algorithm == nullptr) return Unsupported("no algorithm takes a window or size like this");
  step->algorithm = algorithm->name;
  const std::string shape = fmt::format("{}x{}x{}x{}", problem.kernel_h, problem.kernel_w, problem.in_c, problem.out_k);
  const uint32_t packed = weights_->Pack(algorithm->name, shape, kernel, algorithm->packed_floats(problem),
                                         [&, row = algorithm](float* to) { row->pack(problem, kernel.data(), to); });
  step->blobs = {packed, weights_->AddPerChannel(bias)};
  return seconds;
}

bool WeightPacker::IsPairFaster(std::string_view step, const ir::Shape& in, const ir::Shape& between,
                                const ir::Shape& out, const program::Window& first_window,
                                const program::Window& window, bool pooled) const {
  return chooser_.IsPairFaster(step, {ConvProblemOf(in, between, first_window, program::Activation::None, false),
                                      ConvProblemOf(between, out, window, program::Activation::None, pooled)});
}

Result<double> WeightPacker::PackConvPair(const ir::Shape& in, const ir::Shape& between, const ir::Shape& out,
                                          const std::vector<float>& first_kernel, const std::vector<float>& first_bias,
                                          const std::vector<float>& kernel, const std::vector<float>& bias,
                                          program::StepT* step) {
  const cpu::ConvPairProblem problem = {
      ConvProblemOf(in, between, *step->first->window, step->first->activation, false),
      ConvProblemOf(between, out, *step->window, step->activation, step->unpooled != nullptr)};
  const auto [algorithm, seconds] = chooser_.Choose(step->name, problem);
  if (algorithm == nullptr) return Unsupported("no algorithm takes windows or sizes like these");
  std::vector<float> weights = first_kernel;
  weights.insert(weights.end(), kernel.begin(), kernel.end());
  const cpu::ConvProblem &a = problem.first, &b = problem.second;
  const std::string shape =
      fmt::format("{}x{}x{}x{} {}x{}x{}", a.kernel_h, a.kernel_w, a.in_c, a.out_k, b.kernel_h, b.kernel_w, b.out_k);
  const uint32_t packed = weights_->Pack(algorithm->name, shape, weights, algorithm->packed_floats(problem),
                                         [&, row = algorithm](float* to) { row->pack(problem, weights.data(), to); });
  step->algorithm = algorithm->name;
  step->blobs = {packed, weights_->AddPerChannel(first_bias), weights_->AddPerChannel(bias)};
  return seconds;
}

bool WeightPacker::ShouldFusePool(std::string_view step, const ir::Shape& in, const ir::Shape& out,
                                  const program::Window& window) const {
  return chooser_.ShouldFusePool(step, ConvProblemOf(in, out, window, program::Activation::None, true));
}

Result<double> WeightPacker::PackDepthwise(const ir::Shape& in, const ir::Shape& out, const std::vector<float>& kernel,
                                           const std::vector<float>& bias, program::StepT* step) {
  const cpu::DepthwiseProblem problem = DepthwiseProblemOf(in, out, *step->window, step->activation);
  SINEW_ASSIGN_OR_RETURN(const cpu::DepthwiseAlgorithm* algorithm,
                         FirstThatSupports(cpu::DepthwiseAlgorithms(), problem));
  step->algorithm = algorithm->name;
  const std::string shape = fmt::format("{}x{}x{}", problem.kernel_h, problem.kernel_w, problem.channels);
  const uint32_t packed = weights_->Pack(algorithm->name, shape, kernel, algorithm->packed_floats(problem),
                                         [&](float* to) { algorithm->pack(problem, kernel.data(), to); });
  step->blobs = {packed, weights_->AddPerChannel(bias)};
  return PredictedSeconds(problem, *algorithm);
}

Result<double> WeightPacker::PackSeparable(const ir::Shape& in, const ir::Shape& out,
                                           const std::vector<float>& depthwise_kernel,
                                           const std::vector<float>& depthwise_bias,
                                           const std::vector<float>& pointwise_kernel,
                                           const std::vector<float>& pointwise_bias, program::StepT* step) {
  const cpu::SeparableProblem problem = {
      .depthwise = DepthwiseProblemOf(in, out, *step->window, step->depthwise_activation),
      .out_k = Int(out[3]),
      .activation = static_cast<cpu::Activation>(step->activation)};
  const auto [algorithm, seconds] = chooser_.Choose(step->name, problem);
  if (algorithm == nullptr) return Unsupported("no algorithm takes a window or size like this");
  std::vector<float> weights = depthwise_kernel;
  weights.insert(weights.end(), pointwise_kernel.begin(), pointwise_kernel.end());
  step->algorithm = algorithm->name;
  const cpu::DepthwiseProblem& d = problem.depthwise;
  const std::string shape = fmt::format("{}x{}x{}x{}", d.kernel_h, d.kernel_w, d.channels, problem.out_k);
  const uint32_t packed = weights_->Pack(algorithm->name, shape, weights, algorithm->packed_floats(problem),
                                         [&, row = algorithm](float* to) { row->pack(problem, weights.data(), to); });
  step->blobs = {packed, weights_->AddPerChannel(depthwise_bias), weights_->AddPerChannel(pointwise_bias)};
  return seconds;
}

void WeightPacker::PackPerChannel(std::string_view algorithm, const std::vector<float>& first,
                                  const std::vector<float>& second, program::StepT* step) {
  step->algorithm = algorithm;
  step->blobs = {weights_->AddPerChannel(first), weights_->AddPerChannel(second)};
}

Status ChoosePool(const ir::Shape& in, const ir::Shape& out, program::StepT* step) {
  const program::Window& w = *step->window;
  const cpu::PoolProblem problem = {Int(in[1]),        Int(in[2]),        Int(in[3]),        Int(out[1]),
                                    Int(out[2]),       Int(w.kernel_h()), Int(w.kernel_w()), Int(w.stride_h()),
                                    Int(w.stride_w()), Int(w.pad_top()),  Int(w.pad_left())};
  SINEW_ASSIGN_OR_RETURN(const cpu::PoolAlgorithm* algorithm, FirstThatSupports(cpu::PoolAlgorithms(), problem));
  step->algorithm = algorithm->name;
  return Status();
}

Result<ScaleShift> MakeScaleShift(const ir::Graph& graph, const ir::Node& node) {
  switch (node.op) {
    case ir::OpKind::kRelu:
    case ir::OpKind::kRelu6:
      return Identity(node.inputs[0], node.shape[3]);
    case ir::OpKind::kBatchNorm:
      return OfBatchNorm(graph, node);
    case ir::OpKind::kScaleShift: {
      const ir::Tensor* scale = graph.node(node.inputs[1]).value.get();
      const ir::Tensor* shift = graph.node(node.inputs[2]).value.get();
      if (scale == nullptr || shift == nullptr) return Unsupported("its scale and shift must be constants");
      return ScaleShift{node.inputs[0], scale->floats, shift->floats};
    }
    default:
      return OfArithmetic(graph, node);
  }
}

}  // namespace sinew::plan
