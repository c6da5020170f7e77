// Values from places.
#include "backends/cuda/network_of_plan.h"

#include <algorithm>
#include <type_traits>
#include <variant>
#include <vector>

#include "base/error.h"
#include "program/step_problem.h"

namespace sinew::cuda {
namespace {

// A picture's place in elements of the arena.
struct Region {
  int64_t first = 0;
  int height = 0, width = 0, channels = 0;
  int64_t stride = 0;

  explicit Region(const program::Slice& slice)
      : first(static_cast<int64_t>(slice.offset() / sizeof(float))),
        height(static_cast<int>(slice.height())),
        width(static_cast<int>(slice.width())),
        channels(static_cast<int>(slice.channels())),
        stride(slice.pixel_stride()) {}

  bool operator==(const Region&) const = default;
  int64_t end() const { return first + (int64_t{height} * width - 1) * stride + channels; }
  bool HasSizeOf(const Region& other) const {
    return height == other.height && width == other.width && stride == other.stride;
  }
};

bool Overlap(const Region& a, const Region& b) {
  if (a.end() <= b.first || b.end() <= a.first) return false;
  if (a.stride != b.stride) return true;
  // Interleaved pixel by pixel they do not meet where their channels do not, modulo the distance between pixels.
  const int64_t distance = ((b.first - a.first) % a.stride + a.stride) % a.stride;
  return distance < a.channels || distance + b.channels > a.stride;
}

class Reader {
 public:
  Reader(const program::PlanT& plan, const program::BlobLookup& blobs)
      : plan_(plan), blobs_(blobs), network_(std::make_shared<Network>()) {}

  Result<std::shared_ptr<Network>> Run() {
    if (plan_.backend != program::kCudaBackend) {
      return Unsupported("the plan is for the backend \"{}\", not for GPUs: compile the model with --device cuda",
                         plan_.backend);
    }
    const Region input(*plan_.input);
    network_->values.push_back({input.height, input.width, input.channels});
    SINEW_RETURN_IF_ERROR(CheckType(*plan_.input));
    written_.push_back({input, 0});
    for (const auto& step : plan_.steps) {
      if (Status status = AddStep(*step); !status.ok()) return Prefixed(fmt::format("step \"{}\"", step->name), status);
    }
    for (const auto& output : plan_.outputs) {
      const Result<ValueId> value = Read(*output->slice, output->name);
      if (!value.ok()) return Prefixed(fmt::format("output \"{}\"", output->name), value.status());
      network_->outputs.push_back({output->name, *value});
    }
    if (Status status = network_->Check(); !status.ok()) return Corrupt("{}", status.message());
    return network_;
  }

 private:
  struct Written {
    Region region;
    ValueId value;
  };

  static Status CheckType(const program::Slice& slice) {
    if (slice.type() == program::DataType::F32 && slice.offset() % sizeof(float) == 0) return Status();
    return Unsupported("it has pictures of {}; plans for GPUs have f32, whatever precision they are run in",
                       program::DataTypeName(slice.type()));
  }

  // The value at a place, made of others if need be. `name` is for what that takes.
  Result<ValueId> Read(const program::Slice& slice, const std::string& name) {
    SINEW_RETURN_IF_ERROR(CheckType(slice));
    const Region wanted(slice);
    for (const std::vector<Written>* list : {&written_, &composed_}) {
      for (const Written& each : *list) {
        if (each.region == wanted) return each.value;
      }
    }
    std::vector<ValueId> parts;
    for (int64_t channel = 0; channel < wanted.channels;) {
      const auto holds = [&](const Written& each) {
        const int64_t begin = each.region.first - wanted.first;
        return each.region.HasSizeOf(wanted) && begin <= channel && channel < begin + each.region.channels;
      };
      const auto it = std::find_if(written_.begin(), written_.end(), holds);
      if (it == written_.end()) return Corrupt("it reads channel {} of a picture that no step has written", channel);
      const int64_t begin = it->region.first - wanted.first,
                    end = std::min<int64_t>(begin + it->region.channels, wanted.channels);
      const int count = static_cast<int>(end - channel);
      ValueId part = it->value;
      if (count != it->region.channels) {
        part = network_->Append(name + " (part)", cuda::Slice{static_cast<int>(channel - begin)}, {part},
                                {wanted.height, wanted.width, count});
      }
      parts.push_back(part);
      channel = end;
    }
    const ValueId whole = parts.size() == 1 ? parts[0]
                                            : network_->Append(name + " (concat)", Concat{}, parts,
                                                               {wanted.height, wanted.width, wanted.channels});
    composed_.push_back({wanted, whole});
    return whole;
  }

  void Write(const program::Slice& slice, ValueId value) {
    const Region region(slice);
    for (std::vector<Written>* list : {&written_, &composed_}) {
      std::erase_if(*list, [&](const Written& each) { return Overlap(each.region, region); });
    }
    written_.push_back({region, value});
  }

  Result<Floats> Blob(uint32_t index, size_t count, const char* what) const {
    const program::BlobView blob = blobs_(index);
    if (blob.type != program::DataType::F32)
      return Corrupt("its {} are {}, not f32", what, program::DataTypeName(blob.type));
    const Floats floats = blob.floats();
    if (floats.size() < count) return Corrupt("its {} have {} values, needs {}", what, floats.size(), count);
    return floats.first(count);
  }

  template <class Problem>
  static Window WindowOf(const Problem& p) {
    return {p.kernel_h, p.kernel_w, p.stride_h, p.stride_w, p.dilation_h, p.dilation_w, p.pad_top, p.pad_left};
  }
  static Activation ToCuda(kernels::Activation activation) { return static_cast<Activation>(activation); }
  static size_t Product(int a, int b, int c = 1, int d = 1) {
    return static_cast<size_t>(a) * static_cast<size_t>(b) * static_cast<size_t>(c) * static_cast<size_t>(d);
  }

  // What the step is, apart from where its pictures lie.
  struct Maker {
    const Reader& reader;
    const program::StepT& step;

    Result<What> operator()(const kernels::ConvProblem& p) const {
      if (p.max_pool) return Unsupported("it pools in passing: compile the model again, for GPUs");
      const program::ConvStepT& s = *step.what.AsConv();
      Conv conv{.window = WindowOf(p), .activation = ToCuda(p.activation)};
      SINEW_ASSIGN_OR_RETURN(conv.kernel,
                             reader.Blob(s.weights, Product(p.kernel_h, p.kernel_w, p.in_c, p.out_k), "weights"));
      SINEW_ASSIGN_OR_RETURN(conv.bias, reader.Blob(s.bias, Product(p.out_k, 1), "biases"));
      return What(conv);
    }
    Result<What> operator()(const kernels::DepthwiseProblem& p) const {
      const program::DepthwiseStepT& s = *step.what.AsDepthwise();
      Depthwise depthwise{.window = WindowOf(p), .activation = ToCuda(p.activation)};
      SINEW_ASSIGN_OR_RETURN(depthwise.kernel,
                             reader.Blob(s.weights, Product(p.kernel_h, p.kernel_w, p.channels), "weights"));
      SINEW_ASSIGN_OR_RETURN(depthwise.bias, reader.Blob(s.bias, Product(p.channels, 1), "biases"));
      return What(depthwise);
    }
    Result<What> operator()(const kernels::PoolProblem& p) const {
      return What(Pool{{p.window_h, p.window_w, p.stride_h, p.stride_w, 1, 1, p.pad_top, p.pad_left}});
    }
    Result<What> operator()(const kernels::ResizeProblem& p) const {
      return What(Resize{p.align_corners, p.half_pixel_centers});
    }
    Result<What> operator()(const kernels::NormalizeProblem& p) const {
      const program::NormalizeStepT& s = *step.what.AsNormalize();
      Normalize normalize{.epsilon = p.epsilon, .activation = ToCuda(p.activation)};
      SINEW_ASSIGN_OR_RETURN(normalize.gamma, reader.Blob(s.gamma, Product(p.channels, 1), "gammas"));
      SINEW_ASSIGN_OR_RETURN(normalize.beta, reader.Blob(s.beta, Product(p.channels, 1), "betas"));
      return What(normalize);
    }
    Result<What> operator()(const kernels::AddProblem& p) const { return What(Add{ToCuda(p.activation)}); }
    Result<What> operator()(const kernels::ScaleShiftProblem& p) const {
      const program::ScaleShiftStepT& s = *step.what.AsScaleShift();
      ScaleShift affine{.activation = ToCuda(p.activation)};
      SINEW_ASSIGN_OR_RETURN(affine.scale, reader.Blob(s.scale, Product(p.channels, 1), "scales"));
      SINEW_ASSIGN_OR_RETURN(affine.shift, reader.Blob(s.shift, Product(p.channels, 1), "shifts"));
      return What(affine);
    }
    Result<What> operator()(const kernels::CopyProblem& p) const { return What(Pad{p.pad_top, p.pad_left}); }
    // Two operations in one: plans for GPUs have none.
    Result<What> operator()(const kernels::ConvPairProblem&) const { return Refuse(); }
    Result<What> operator()(const kernels::SeparableProblem&) const { return Refuse(); }
    // Not done on GPUs yet.
    template <class OnlyOnCpus>
    Result<What> operator()(const OnlyOnCpus&) const {
      return Unsupported("a {} is no step of a GPU: run the model on the CPU", program::KindName(step));
    }
    Status Refuse() const {
      return Unsupported("a {} is no step of a GPU: compile the model again, for GPUs", program::KindName(step));
    }
  };

  Status AddStep(const program::StepT& step) {
    SINEW_ASSIGN_OR_RETURN(const kernels::Problem problem, program::MakeProblem(step));
    SINEW_ASSIGN_OR_RETURN(What what, std::visit(Maker{*this, step}, problem));
    std::vector<ValueId> inputs;
    for (const program::Slice& input : step.inputs) {
      SINEW_ASSIGN_OR_RETURN(const ValueId value, Read(input, step.name));
      inputs.push_back(value);
    }
    SINEW_RETURN_IF_ERROR(CheckType(*step.output));
    const Region out(*step.output);
    const Shape shape = {out.height, out.width, out.channels};
    // A copy without padding is the same value in another place.
    const bool moves = std::holds_alternative<Pad>(what) && network_->values[static_cast<size_t>(inputs[0])] == shape;
    Write(*step.output, moves ? inputs[0] : network_->Append(step.name, std::move(what), std::move(inputs), shape));
    return Status();
  }

  const program::PlanT& plan_;
  const program::BlobLookup& blobs_;
  std::shared_ptr<Network> network_;
  std::vector<Written> written_;   // what lies in the arena
  std::vector<Written> composed_;  // what was read there in other pieces than it was written
};

}  // namespace

Result<std::shared_ptr<const Network>> NetworkOfPlan(const program::PlanT& plan, const program::BlobLookup& blobs,
                                                     std::shared_ptr<const void> owner) {
  SINEW_ASSIGN_OR_RETURN(std::shared_ptr<Network> network, Reader(plan, blobs).Run());
  network->owner = std::move(owner);
  return std::shared_ptr<const Network>(std::move(network));
}

}  // namespace sinew::cuda
