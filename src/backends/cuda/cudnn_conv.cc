// cuDNN's graph API through its C functions.
#include "backends/cuda/cudnn_conv.h"

#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <utility>

#include "backends/cuda/cuda_status.h"
#include "backends/cuda/kernels/kernels.h"
#include "base/error.h"

namespace sinew::cuda {
namespace {

// Candidates from each of the heuristics' answers.
constexpr int kFusedFromA = 6, kFusedFromB = 3, kPlainFromA = 3, kFromFallback = 2;

// Unique ids of tensors in a graph.
enum Uid : int64_t { kInput = 'x', kWeights = 'w', kOutput = 'y', kBias = 'b', kConvolved = 'c', kBiased = 'd' };

class Descriptor {
 public:
  Descriptor() = default;
  Descriptor(Descriptor&& other) noexcept : descriptor_(std::exchange(other.descriptor_, nullptr)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~Descriptor() {
    if (descriptor_ != nullptr) cudnnBackendDestroyDescriptor(descriptor_);
  }

  static Result<Descriptor> Make(cudnnBackendDescriptorType_t type) {
    Descriptor made;
    SINEW_CUDNN_RETURN_IF_ERROR(cudnnBackendCreateDescriptor(type, &made.descriptor_), "creating a descriptor");
    return made;
  }
  // Errors of Set are kept until Finalize, so that building reads as a list.
  template <class T>
  Descriptor& Set(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type, const T& value) {
    return SetMany(name, type, 1, &value);
  }
  Descriptor& SetMany(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type, int64_t count,
                      const void* values) {
    if (error_ == CUDNN_STATUS_SUCCESS) error_ = cudnnBackendSetAttribute(descriptor_, name, type, count, values);
    return *this;
  }
  Descriptor& SetDescriptor(cudnnBackendAttributeName_t name, const Descriptor& value) {
    return Set(name, CUDNN_TYPE_BACKEND_DESCRIPTOR, value.descriptor_);
  }
  Status Finalize(const char* doing) {
    SINEW_CUDNN_RETURN_IF_ERROR(error_, doing);
    SINEW_CUDNN_RETURN_IF_ERROR(cudnnBackendFinalize(descriptor_), doing);
    return Status();
  }
  cudnnBackendDescriptor_t get() const { return descriptor_; }

 private:
  cudnnBackendDescriptor_t descriptor_ = nullptr;
  cudnnStatus_t error_ = CUDNN_STATUS_SUCCESS;
};

cudnnDataType_t CudnnType(DataType type) {
  switch (type) {
    case DataType::kFloat16:
      return CUDNN_DATA_HALF;
    case DataType::kBFloat16:
      return CUDNN_DATA_BFLOAT16;
    default:
      return CUDNN_DATA_FLOAT;
  }
}

// NCHW dimensions, strides of any order.
using Four = std::array<int64_t, 4>;
Result<Descriptor> MakeTensor(Uid uid, cudnnDataType_t type, const Four& dimensions, const Four& strides,
                              bool is_virtual) {
  SINEW_ASSIGN_OR_RETURN(Descriptor tensor, Descriptor::Make(CUDNN_BACKEND_TENSOR_DESCRIPTOR));
  const int64_t id = uid, alignment = 16;
  tensor.Set(CUDNN_ATTR_TENSOR_DATA_TYPE, CUDNN_TYPE_DATA_TYPE, type)
      .SetMany(CUDNN_ATTR_TENSOR_DIMENSIONS, CUDNN_TYPE_INT64, 4, dimensions.data())
      .SetMany(CUDNN_ATTR_TENSOR_STRIDES, CUDNN_TYPE_INT64, 4, strides.data())
      .Set(CUDNN_ATTR_TENSOR_UNIQUE_ID, CUDNN_TYPE_INT64, id)
      .Set(CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT, CUDNN_TYPE_INT64, alignment);
  if (is_virtual) tensor.Set(CUDNN_ATTR_TENSOR_IS_VIRTUAL, CUDNN_TYPE_BOOLEAN, is_virtual);
  SINEW_RETURN_IF_ERROR(tensor.Finalize("describing a tensor"));
  return tensor;
}

// Zeros behind the picture that make cuDNN's formula give the output's size; kUnsupported where none does.
Result<int64_t> PaddingBehind(int64_t in, int64_t out, int64_t kernel, int64_t stride, int64_t dilation,
                              int64_t before) {
  const int64_t reach = (kernel - 1) * dilation + 1;
  const int64_t behind = std::max<int64_t>((out - 1) * stride + reach - in - before, 0);
  if ((in + before + behind - reach) / stride + 1 != out) return Unsupported("cuDNN would give a larger output");
  return behind;
}

// An operation graph and all that it refers to.
struct OperationGraph {
  std::vector<Descriptor> parts;
  Descriptor graph;
};

Result<OperationGraph> BuildGraph(cudnnHandle_t handle, const ConvProblem& p, bool fused) {
  const cudnnDataType_t io = CudnnType(StorageOf(p.precision)), compute = CUDNN_DATA_FLOAT;
  const Window& w = p.window;
  SINEW_ASSIGN_OR_RETURN(const int64_t pad_bottom,
                         PaddingBehind(p.in_h, p.out_h, w.kernel_h, w.stride_h, w.dilation_h, w.pad_top));
  SINEW_ASSIGN_OR_RETURN(const int64_t pad_right,
                         PaddingBehind(p.in_w, p.out_w, w.kernel_w, w.stride_w, w.dilation_w, w.pad_left));
  const Four out_size = {p.batch, p.out_k, p.out_h, p.out_w};
  const Four out_strides = {p.out_pixel_stride * p.out_w * p.out_h, 1, p.out_pixel_stride * p.out_w,
                            p.out_pixel_stride};
  const int64_t taps = int64_t{w.kernel_h} * w.kernel_w;
  const bool act = fused && p.activation != Activation::kNone;

  SINEW_ASSIGN_OR_RETURN(
      Descriptor x,
      MakeTensor(kInput, io, {p.batch, p.in_c, p.in_h, p.in_w},
                 {p.in_pixel_stride * p.in_w * p.in_h, 1, p.in_pixel_stride * p.in_w, p.in_pixel_stride}, false));
  SINEW_ASSIGN_OR_RETURN(Descriptor weights,
                         MakeTensor(kWeights, io, {p.out_k, p.in_c, w.kernel_h, w.kernel_w},
                                    {taps * p.in_c, 1, int64_t{w.kernel_w} * p.in_c, p.in_c}, false));
  SINEW_ASSIGN_OR_RETURN(Descriptor y, MakeTensor(kOutput, io, out_size, out_strides, false));

  SINEW_ASSIGN_OR_RETURN(Descriptor conv, Descriptor::Make(CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR));
  const int64_t two = 2;
  const std::array<int64_t, 2> dilations = {w.dilation_h, w.dilation_w}, strides = {w.stride_h, w.stride_w};
  const std::array<int64_t, 2> before = {w.pad_top, w.pad_left}, behind = {pad_bottom, pad_right};
  conv.Set(CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS, CUDNN_TYPE_INT64, two)
      .Set(CUDNN_ATTR_CONVOLUTION_COMP_TYPE, CUDNN_TYPE_DATA_TYPE, compute)
      .Set(CUDNN_ATTR_CONVOLUTION_CONV_MODE, CUDNN_TYPE_CONVOLUTION_MODE, CUDNN_CROSS_CORRELATION)
      .SetMany(CUDNN_ATTR_CONVOLUTION_DILATIONS, CUDNN_TYPE_INT64, 2, dilations.data())
      .SetMany(CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES, CUDNN_TYPE_INT64, 2, strides.data())
      .SetMany(CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS, CUDNN_TYPE_INT64, 2, before.data())
      .SetMany(CUDNN_ATTR_CONVOLUTION_POST_PADDINGS, CUDNN_TYPE_INT64, 2, behind.data());
  SINEW_RETURN_IF_ERROR(conv.Finalize("describing a convolution"));

  OperationGraph built;
  std::vector<cudnnBackendDescriptor_t> operations;
  const auto keep = [&](Descriptor descriptor) -> const Descriptor& {
    built.parts.push_back(std::move(descriptor));
    return built.parts.back();
  };
  built.parts.reserve(16);  // references into it stay valid

  const Descriptor* convolved = nullptr;
  if (fused) {
    SINEW_ASSIGN_OR_RETURN(Descriptor between, MakeTensor(kConvolved, compute, out_size, out_strides, true));
    convolved = &keep(std::move(between));
  }
  const Descriptor& out = keep(std::move(y));
  SINEW_ASSIGN_OR_RETURN(Descriptor forward, Descriptor::Make(CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR));
  const float one = 1, zero = 0;
  forward.SetDescriptor(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X, x)
      .SetDescriptor(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W, weights)
      .SetDescriptor(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_Y, fused ? *convolved : out)
      .SetDescriptor(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC, conv)
      .Set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA, CUDNN_TYPE_FLOAT, one)
      .Set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_BETA, CUDNN_TYPE_FLOAT, zero);
  SINEW_RETURN_IF_ERROR(forward.Finalize("describing a convolution's operation"));
  keep(std::move(x));
  keep(std::move(weights));
  keep(std::move(conv));
  operations.push_back(keep(std::move(forward)).get());

  if (fused) {
    SINEW_ASSIGN_OR_RETURN(Descriptor bias,
                           MakeTensor(kBias, io, {1, p.out_k, 1, 1}, {p.out_k, 1, p.out_k, p.out_k}, false));
    const Descriptor* biased = &out;
    if (act) {
      SINEW_ASSIGN_OR_RETURN(Descriptor between, MakeTensor(kBiased, compute, out_size, out_strides, true));
      biased = &keep(std::move(between));
    }
    SINEW_ASSIGN_OR_RETURN(Descriptor add, Descriptor::Make(CUDNN_BACKEND_POINTWISE_DESCRIPTOR));
    add.Set(CUDNN_ATTR_POINTWISE_MODE, CUDNN_TYPE_POINTWISE_MODE, CUDNN_POINTWISE_ADD)
        .Set(CUDNN_ATTR_POINTWISE_MATH_PREC, CUDNN_TYPE_DATA_TYPE, compute);
    SINEW_RETURN_IF_ERROR(add.Finalize("describing the bias"));
    SINEW_ASSIGN_OR_RETURN(Descriptor operation, Descriptor::Make(CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR));
    operation.SetDescriptor(CUDNN_ATTR_OPERATION_POINTWISE_PW_DESCRIPTOR, add)
        .SetDescriptor(CUDNN_ATTR_OPERATION_POINTWISE_XDESC, *convolved)
        .SetDescriptor(CUDNN_ATTR_OPERATION_POINTWISE_BDESC, bias)
        .SetDescriptor(CUDNN_ATTR_OPERATION_POINTWISE_YDESC, *biased);
    SINEW_RETURN_IF_ERROR(operation.Finalize("describing the bias's operation"));
    keep(std::move(bias));
    keep(std::move(add));
    operations.push_back(keep(std::move(operation)).get());
    if (act) {
      SINEW_ASSIGN_OR_RETURN(Descriptor relu, Descriptor::Make(CUDNN_BACKEND_POINTWISE_DESCRIPTOR));
      relu.Set(CUDNN_ATTR_POINTWISE_MODE, CUDNN_TYPE_POINTWISE_MODE, CUDNN_POINTWISE_RELU_FWD)
          .Set(CUDNN_ATTR_POINTWISE_MATH_PREC, CUDNN_TYPE_DATA_TYPE, compute);
      const double upper = 6;
      if (p.activation == Activation::kRelu6) relu.Set(CUDNN_ATTR_POINTWISE_RELU_UPPER_CLIP, CUDNN_TYPE_DOUBLE, upper);
      SINEW_RETURN_IF_ERROR(relu.Finalize("describing the activation"));
      SINEW_ASSIGN_OR_RETURN(Descriptor activate, Descriptor::Make(CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR));
      activate.SetDescriptor(CUDNN_ATTR_OPERATION_POINTWISE_PW_DESCRIPTOR, relu)
          .SetDescriptor(CUDNN_ATTR_OPERATION_POINTWISE_XDESC, *biased)
          .SetDescriptor(CUDNN_ATTR_OPERATION_POINTWISE_YDESC, out);
      SINEW_RETURN_IF_ERROR(activate.Finalize("describing the activation's operation"));
      keep(std::move(relu));
      operations.push_back(keep(std::move(activate)).get());
    }
  }
  SINEW_ASSIGN_OR_RETURN(built.graph, Descriptor::Make(CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR));
  built.graph.Set(CUDNN_ATTR_OPERATIONGRAPH_HANDLE, CUDNN_TYPE_HANDLE, handle)
      .SetMany(CUDNN_ATTR_OPERATIONGRAPH_OPS, CUDNN_TYPE_BACKEND_DESCRIPTOR, static_cast<int64_t>(operations.size()),
               operations.data());
  SINEW_RETURN_IF_ERROR(built.graph.Finalize("building the operation graph"));
  return built;
}

// The engine that a configuration uses.
Result<Descriptor> EngineOf(const Descriptor& configuration) {
  SINEW_ASSIGN_OR_RETURN(Descriptor engine, Descriptor::Make(CUDNN_BACKEND_ENGINE_DESCRIPTOR));
  int64_t count = 0;
  cudnnBackendDescriptor_t raw = engine.get();
  SINEW_CUDNN_RETURN_IF_ERROR(cudnnBackendGetAttribute(configuration.get(), CUDNN_ATTR_ENGINECFG_ENGINE,
                                                       CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &count, &raw),
                              "reading an engine");
  return engine;
}

bool IsAllowed(const Descriptor& engine, Precision precision) {
  std::array<cudnnBackendNumericalNote_t, CUDNN_NUMERICAL_NOTE_TYPE_COUNT> notes{};
  int64_t count = 0;
  if (cudnnBackendGetAttribute(engine.get(), CUDNN_ATTR_ENGINE_NUMERICAL_NOTE, CUDNN_TYPE_NUMERICAL_NOTE,
                               static_cast<int64_t>(notes.size()), &count, notes.data()) != CUDNN_STATUS_SUCCESS) {
    return false;
  }
  return std::none_of(notes.begin(), notes.begin() + count, [&](cudnnBackendNumericalNote_t note) {
    return note == CUDNN_NUMERICAL_NOTE_DOWN_CONVERT_INPUTS ||
           note == CUDNN_NUMERICAL_NOTE_REDUCED_PRECISION_REDUCTION || note == CUDNN_NUMERICAL_NOTE_NONDETERMINISTIC ||
           (note == CUDNN_NUMERICAL_NOTE_TENSOR_CORE && precision == Precision::kFp32);
  });
}

// "E3:17=2,24=11": the engine's number and its knobs.
Result<std::string> NameOf(const Descriptor& configuration, const Descriptor& engine) {
  int64_t count = 0, index = 0;
  SINEW_CUDNN_RETURN_IF_ERROR(
      cudnnBackendGetAttribute(engine.get(), CUDNN_ATTR_ENGINE_GLOBAL_INDEX, CUDNN_TYPE_INT64, 1, &count, &index),
      "reading an engine's number");
  std::string name = fmt::format("E{}", index);
  std::vector<Descriptor> choices;
  std::vector<cudnnBackendDescriptor_t> raw;
  for (int i = 0; i < CUDNN_KNOB_TYPE_COUNTS; ++i) {
    SINEW_ASSIGN_OR_RETURN(Descriptor choice, Descriptor::Make(CUDNN_BACKEND_KNOB_CHOICE_DESCRIPTOR));
    raw.push_back(choice.get());
    choices.push_back(std::move(choice));
  }
  int64_t knobs = 0;
  if (cudnnBackendGetAttribute(configuration.get(), CUDNN_ATTR_ENGINECFG_KNOB_CHOICES, CUDNN_TYPE_BACKEND_DESCRIPTOR,
                               CUDNN_KNOB_TYPE_COUNTS, &knobs, raw.data()) != CUDNN_STATUS_SUCCESS) {
    return name;
  }
  for (int64_t i = 0; i < knobs; ++i) {
    cudnnBackendKnobType_t type{};
    int64_t value = 0;
    SINEW_CUDNN_RETURN_IF_ERROR(cudnnBackendGetAttribute(raw[static_cast<size_t>(i)], CUDNN_ATTR_KNOB_CHOICE_KNOB_TYPE,
                                                         CUDNN_TYPE_KNOB_TYPE, 1, &count, &type),
                                "reading a knob");
    SINEW_CUDNN_RETURN_IF_ERROR(cudnnBackendGetAttribute(raw[static_cast<size_t>(i)], CUDNN_ATTR_KNOB_CHOICE_KNOB_VALUE,
                                                         CUDNN_TYPE_INT64, 1, &count, &value),
                                "reading a knob's value");
    name += fmt::format("{}{}={}", i == 0 ? ":" : ",", static_cast<int>(type), value);
  }
  return name;
}

// Appends up to `limit` new names that a heuristic recommends.
Status AddRecommended(cudnnHandle_t handle, const ConvProblem& problem, bool fused, cudnnBackendHeurMode_t mode,
                      int limit, std::vector<std::string>* names) {
  SINEW_ASSIGN_OR_RETURN(const OperationGraph built, BuildGraph(handle, problem, fused));
  SINEW_ASSIGN_OR_RETURN(Descriptor heuristics, Descriptor::Make(CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR));
  heuristics.SetDescriptor(CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH, built.graph)
      .Set(CUDNN_ATTR_ENGINEHEUR_MODE, CUDNN_TYPE_HEUR_MODE, mode);
  SINEW_RETURN_IF_ERROR(heuristics.Finalize("asking cuDNN's heuristics"));
  int64_t available = 0;
  SINEW_CUDNN_RETURN_IF_ERROR(cudnnBackendGetAttribute(heuristics.get(), CUDNN_ATTR_ENGINEHEUR_RESULTS,
                                                       CUDNN_TYPE_BACKEND_DESCRIPTOR, 0, &available, nullptr),
                              "counting the heuristics' results");
  std::vector<Descriptor> configurations;
  std::vector<cudnnBackendDescriptor_t> raw;
  for (int64_t i = 0; i < available; ++i) {
    SINEW_ASSIGN_OR_RETURN(Descriptor configuration, Descriptor::Make(CUDNN_BACKEND_ENGINECFG_DESCRIPTOR));
    raw.push_back(configuration.get());
    configurations.push_back(std::move(configuration));
  }
  int64_t count = 0;
  SINEW_CUDNN_RETURN_IF_ERROR(cudnnBackendGetAttribute(heuristics.get(), CUDNN_ATTR_ENGINEHEUR_RESULTS,
                                                       CUDNN_TYPE_BACKEND_DESCRIPTOR, available, &count, raw.data()),
                              "reading the heuristics' results");
  for (int64_t i = 0; i < count && limit > 0; ++i) {
    const Descriptor& configuration = configurations[static_cast<size_t>(i)];
    SINEW_ASSIGN_OR_RETURN(const Descriptor engine, EngineOf(configuration));
    if (!IsAllowed(engine, problem.precision)) continue;
    SINEW_ASSIGN_OR_RETURN(const std::string engine_name, NameOf(configuration, engine));
    const std::string name = (fused ? "cudnn-fused:" : "cudnn-plain:") + engine_name;
    if (std::find(names->begin(), names->end(), name) != names->end()) continue;
    names->push_back(name);
    --limit;
  }
  return Status();
}

// Reads a number and what follows it.
bool TakeNumber(std::string_view* text, int64_t* number) {
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), *number);
  if (error != std::errc()) return false;
  text->remove_prefix(static_cast<size_t>(end - text->data()));
  return true;
}
bool TakeChar(std::string_view* text, char c) {
  if (text->empty() || text->front() != c) return false;
  text->remove_prefix(1);
  return true;
}

// The inverse of NameOf.
Result<Descriptor> MakeConfiguration(const Descriptor& graph, const std::string& name, std::vector<Descriptor>* parts) {
  std::string_view text = name;
  int64_t index = 0;
  const Status malformed = Unsupported("\"{}\" is no cuDNN engine", name);
  if (!TakeChar(&text, 'E') || !TakeNumber(&text, &index)) return malformed;
  SINEW_ASSIGN_OR_RETURN(Descriptor engine, Descriptor::Make(CUDNN_BACKEND_ENGINE_DESCRIPTOR));
  engine.SetDescriptor(CUDNN_ATTR_ENGINE_OPERATION_GRAPH, graph)
      .Set(CUDNN_ATTR_ENGINE_GLOBAL_INDEX, CUDNN_TYPE_INT64, index);
  SINEW_RETURN_IF_ERROR(engine.Finalize("naming an engine"));
  std::vector<cudnnBackendDescriptor_t> knobs;
  for (char before = ':'; !text.empty(); before = ',') {
    int64_t type_number = 0, value = 0;
    if (!TakeChar(&text, before) || !TakeNumber(&text, &type_number) || !TakeChar(&text, '=') ||
        !TakeNumber(&text, &value))
      return malformed;
    SINEW_ASSIGN_OR_RETURN(Descriptor knob, Descriptor::Make(CUDNN_BACKEND_KNOB_CHOICE_DESCRIPTOR));
    const cudnnBackendKnobType_t type = static_cast<cudnnBackendKnobType_t>(type_number);
    knob.Set(CUDNN_ATTR_KNOB_CHOICE_KNOB_TYPE, CUDNN_TYPE_KNOB_TYPE, type)
        .Set(CUDNN_ATTR_KNOB_CHOICE_KNOB_VALUE, CUDNN_TYPE_INT64, value);
    SINEW_RETURN_IF_ERROR(knob.Finalize("setting a knob"));
    knobs.push_back(knob.get());
    parts->push_back(std::move(knob));
  }
  SINEW_ASSIGN_OR_RETURN(Descriptor configuration, Descriptor::Make(CUDNN_BACKEND_ENGINECFG_DESCRIPTOR));
  configuration.SetDescriptor(CUDNN_ATTR_ENGINECFG_ENGINE, engine);
  if (!knobs.empty()) {
    configuration.SetMany(CUDNN_ATTR_ENGINECFG_KNOB_CHOICES, CUDNN_TYPE_BACKEND_DESCRIPTOR,
                          static_cast<int64_t>(knobs.size()), knobs.data());
  }
  SINEW_RETURN_IF_ERROR(configuration.Finalize("configuring an engine"));
  parts->push_back(std::move(engine));
  return configuration;
}

class CudnnConv final : public ConvAlgorithm {
 public:
  static Result<std::unique_ptr<ConvAlgorithm>> Make(CudnnHandles* handles, const ConvProblem& problem,
                                                     const std::string& engine, bool fused) {
    std::unique_ptr<CudnnConv> conv(new CudnnConv(handles, problem, fused));
    SINEW_ASSIGN_OR_RETURN(const CudnnHandles::Lease handle, handles->Take());
    SINEW_ASSIGN_OR_RETURN(conv->graph_, BuildGraph(handle.get(), problem, fused));
    SINEW_ASSIGN_OR_RETURN(conv->configuration_,
                           MakeConfiguration(conv->graph_.graph, engine, &conv->configuration_parts_));
    SINEW_ASSIGN_OR_RETURN(conv->plan_, Descriptor::Make(CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR));
    const cudnnHandle_t raw = handle.get();
    conv->plan_.Set(CUDNN_ATTR_EXECUTION_PLAN_HANDLE, CUDNN_TYPE_HANDLE, raw)
        .SetDescriptor(CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG, conv->configuration_);
    SINEW_RETURN_IF_ERROR(conv->plan_.Finalize("building an execution plan"));
    int64_t count = 0;
    SINEW_CUDNN_RETURN_IF_ERROR(cudnnBackendGetAttribute(conv->plan_.get(), CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE,
                                                         CUDNN_TYPE_INT64, 1, &count, &conv->workspace_bytes_),
                                "reading a plan's workspace");
    return std::unique_ptr<ConvAlgorithm>(std::move(conv));
  }

  size_t workspace_bytes() const override { return static_cast<size_t>(workspace_bytes_); }
  std::string packing() const override { return fused_ ? "krsc" : "krsc-f32-bias"; }
  size_t packed_bytes() const override { return BiasOffset() + static_cast<size_t>(problem_.out_k) * sizeof(float); }

  void PackWeights(const float* kernel, const float* bias, void* packed) const override {
    const DataType type = StorageOf(problem_.precision);
    Convert(kernel, WeightCount(), type, packed);
    Convert(bias, static_cast<size_t>(problem_.out_k), fused_ ? type : DataType::kFloat32,
            static_cast<std::byte*>(packed) + BiasOffset());
  }

  Status Enqueue(const ConvArgs& args, Stream* stream) const override {
    SINEW_ASSIGN_OR_RETURN(const CudnnHandles::Lease handle, handles_->Take());
    SINEW_CUDNN_RETURN_IF_ERROR(cudnnSetStream(handle.get(), AsCuda(stream)), "choosing a stream");
    SINEW_ASSIGN_OR_RETURN(Descriptor pack, Descriptor::Make(CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR));
    const void* bias = static_cast<const std::byte*>(args.weights) + BiasOffset();
    const std::array<int64_t, 4> uids = {kInput, kWeights, kOutput, kBias};
    const std::array<const void*, 4> pointers = {args.in, args.weights, args.out, bias};
    const int64_t count = fused_ ? 4 : 3;
    pack.SetMany(CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS, CUDNN_TYPE_INT64, count, uids.data())
        .SetMany(CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS, CUDNN_TYPE_VOID_PTR, count, pointers.data())
        .Set(CUDNN_ATTR_VARIANT_PACK_WORKSPACE, CUDNN_TYPE_VOID_PTR, args.workspace);
    SINEW_RETURN_IF_ERROR(pack.Finalize("binding pointers"));
    SINEW_CUDNN_RETURN_IF_ERROR(cudnnBackendExecute(handle.get(), plan_.get(), pack.get()), "running a convolution");
    if (fused_) return Status();
    const View out = {args.out,       StorageOf(problem_.precision), problem_.batch, problem_.out_h, problem_.out_w,
                      problem_.out_k, problem_.out_pixel_stride};
    const ScaleShiftCall finish = {out, out, problem_.activation, nullptr, static_cast<const float*>(bias)};
    SINEW_CUDA_RETURN_IF_ERROR(LaunchKernel(finish, AsCuda(stream)), "adding the bias");
    return Status();
  }

 private:
  CudnnConv(CudnnHandles* handles, const ConvProblem& problem, bool fused)
      : handles_(handles), problem_(problem), fused_(fused) {}

  size_t WeightCount() const {
    const Window& w = problem_.window;
    return static_cast<size_t>(problem_.out_k) * static_cast<size_t>(w.kernel_h) * static_cast<size_t>(w.kernel_w) *
           static_cast<size_t>(problem_.in_c);
  }
  size_t BiasOffset() const { return (WeightCount() * SizeOf(StorageOf(problem_.precision)) + 255) / 256 * 256; }

  static void Convert(const float* from, size_t count, DataType type, void* to) {
    if (type == DataType::kFloat32) {
      std::memcpy(to, from, count * sizeof(float));
    } else if (type == DataType::kFloat16) {
      std::transform(from, from + count, static_cast<__half*>(to), [](float value) { return __float2half_rn(value); });
    } else {
      std::transform(from, from + count, static_cast<__nv_bfloat16*>(to),
                     [](float value) { return __float2bfloat16_rn(value); });
    }
  }

  CudnnHandles* handles_;
  ConvProblem problem_;
  bool fused_;
  OperationGraph graph_;
  std::vector<Descriptor> configuration_parts_;
  Descriptor configuration_, plan_;
  int64_t workspace_bytes_ = 0;
};

constexpr std::string_view kFusedPrefix = "cudnn-fused:", kPlainPrefix = "cudnn-plain:";

}  // namespace

CudnnHandles::~CudnnHandles() {
  for (const cudnnHandle_t handle : idle_) cudnnDestroy(handle);
}

CudnnHandles::Lease::~Lease() {
  if (owner_ == nullptr) return;
  const std::lock_guard lock(owner_->mutex_);
  owner_->idle_.push_back(handle_);
}

Result<CudnnHandles::Lease> CudnnHandles::Take() {
  SINEW_CUDA_RETURN_IF_ERROR(cudaSetDevice(device_), "choosing the GPU");
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      const cudnnHandle_t handle = idle_.back();
      idle_.pop_back();
      return Lease(this, handle);
    }
  }
  cudnnHandle_t handle = nullptr;
  SINEW_CUDNN_RETURN_IF_ERROR(cudnnCreate(&handle), "starting cuDNN");
  return Lease(this, handle);
}

Result<std::vector<std::string>> CudnnCandidates(CudnnHandles* handles, const ConvProblem& problem) {
  SINEW_ASSIGN_OR_RETURN(const CudnnHandles::Lease handle, handles->Take());
  std::vector<std::string> names;
  struct Source {
    bool fused;
    cudnnBackendHeurMode_t mode;
    int limit;
  };
  for (const Source& source :
       {Source{true, CUDNN_HEUR_MODE_A, kFusedFromA}, Source{false, CUDNN_HEUR_MODE_A, kPlainFromA},
        Source{true, CUDNN_HEUR_MODE_B, kFusedFromB}, Source{true, CUDNN_HEUR_MODE_FALLBACK, kFromFallback},
        Source{false, CUDNN_HEUR_MODE_FALLBACK, kFromFallback}}) {
    const Status status = AddRecommended(handle.get(), problem, source.fused, source.mode, source.limit, &names);
    if (!status.ok() && status.code() != StatusCode::kUnsupported && status.code() != StatusCode::kInternal)
      return status;
  }
  return names;
}

Result<std::unique_ptr<ConvAlgorithm>> MakeCudnnConv(CudnnHandles* handles, const ConvProblem& problem,
                                                     const std::string& name) {
  if (name.starts_with(kFusedPrefix)) return CudnnConv::Make(handles, problem, name.substr(kFusedPrefix.size()), true);
  if (name.starts_with(kPlainPrefix)) return CudnnConv::Make(handles, problem, name.substr(kPlainPrefix.size()), false);
  return Unsupported("no convolution algorithm is called \"{}\"", name);
}

}  // namespace sinew::cuda
