// Operations on each element by itself, and normalisation.
#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "compiler/reference/positions.h"
#include "compiler/reference/value_ops.h"

namespace sinew::reference {
namespace {

Status NeedPerChannel(const Inputs& inputs) {
  const ir::Shape& shape = inputs[0]->shape;
  SINEW_RETURN_IF_ERROR(NeedPicture(*inputs[0]));
  for (size_t i = 1; i < inputs.size(); ++i) {
    if (inputs[i]->values.size() != static_cast<size_t>(shape[3])) {
      return InvalidArgument("input {} has {} values, needs {}, one a channel", i, inputs[i]->values.size(), shape[3]);
    }
  }
  return Status();
}

double Compute(ir::OpKind op, double a, double b) {
  switch (op) {
    case ir::OpKind::kAdd:
      return a + b;
    case ir::OpKind::kSub:
      return a - b;
    case ir::OpKind::kMul:
      return a * b;
    default:
      return a / b;
  }
}

// How far one step along each dimension of `shape` moves within `array`: not at all where broadcasting repeats it.
std::vector<size_t> BroadcastStrides(const Array& array, const ir::Shape& shape) {
  const std::vector<size_t> own = ElementStrides(array.shape);
  const size_t missing = shape.size() - own.size();
  std::vector<size_t> strides(shape.size(), 0);
  for (size_t d = 0; d < own.size(); ++d) {
    if (array.shape[d] != 1) strides[missing + d] = own[d];
  }
  return strides;
}

}  // namespace

double Activate(ir::Activation activation, double value) {
  if (activation == ir::Activation::kNone) return value;
  value = std::max(value, 0.0);
  return activation == ir::Activation::kRelu6 ? std::min(value, 6.0) : value;
}

// Without given statistics, each picture of a batch is normalised by its own: the mean and the biased variance.
Result<Array> BatchNorm(const ir::Node& node, const Inputs& inputs) {
  SINEW_RETURN_IF_ERROR(NeedPerChannel(inputs));
  if (inputs.size() == 4) return InvalidArgument("has a mean but no variance");
  const Array& in = *inputs[0];
  const size_t channels = static_cast<size_t>(in.shape[3]);
  const size_t pixels = static_cast<size_t>(in.shape[1] * in.shape[2]);
  Array out = in;
  if (out.values.empty()) return out;
  for (size_t n = 0; n < static_cast<size_t>(in.shape[0]); ++n) {
    for (size_t c = 0; c < channels; ++c) {
      const double* const first = in.values.data() + n * pixels * channels + c;
      double mean = 0, variance = 0;
      if (inputs.size() == 5) {
        mean = inputs[3]->values[c];
        variance = inputs[4]->values[c];
      } else {
        for (size_t p = 0; p < pixels; ++p) mean += first[p * channels];
        mean /= static_cast<double>(pixels);
        for (size_t p = 0; p < pixels; ++p) variance += (first[p * channels] - mean) * (first[p * channels] - mean);
        variance /= static_cast<double>(pixels);
      }
      const double factor = inputs[1]->values[c] / std::sqrt(variance + node.attributes.epsilon);
      double* const to = out.values.data() + n * pixels * channels + c;
      for (size_t p = 0; p < pixels; ++p) {
        const double normal = (first[p * channels] - mean) * factor + inputs[2]->values[c];
        to[p * channels] = Activate(node.attributes.activation, normal);
      }
    }
  }
  return out;
}

Result<Array> ScaleShift(const ir::Node& node, const Inputs& inputs) {
  SINEW_RETURN_IF_ERROR(NeedPerChannel(inputs));
  Array out = *inputs[0];
  const size_t channels = static_cast<size_t>(out.shape[3]);
  for (size_t i = 0; i < out.values.size(); ++i) {
    const double scaled = out.values[i] * inputs[1]->values[i % channels] + inputs[2]->values[i % channels];
    out.values[i] = Activate(node.attributes.activation, scaled);
  }
  return out;
}

Result<Array> Prelu(const Inputs& inputs) {
  SINEW_RETURN_IF_ERROR(NeedPerChannel(inputs));
  Array out = *inputs[0];
  const size_t channels = static_cast<size_t>(out.shape[3]);
  for (size_t i = 0; i < out.values.size(); ++i) {
    if (!(out.values[i] > 0)) out.values[i] *= inputs[1]->values[i % channels];
  }
  return out;
}

Result<Array> Arithmetic(const ir::Node& node, const Inputs& inputs) {
  const Array &a = *inputs[0], &b = *inputs[1];
  ir::Shape shape(std::max(a.shape.size(), b.shape.size()), 1);
  for (const Array* array : {&a, &b}) {
    const size_t missing = shape.size() - array->shape.size();
    for (size_t d = 0; d < array->shape.size(); ++d) {
      int64_t& size = shape[d + missing];
      if (array->shape[d] == 1) continue;
      if (size != 1 && size != array->shape[d]) {
        return InvalidArgument("shapes {} and {} do not broadcast", ir::ToString(a.shape), ir::ToString(b.shape));
      }
      size = array->shape[d];
    }
  }
  SINEW_ASSIGN_OR_RETURN(Array out, MakeArray(std::move(shape)));
  const std::vector<size_t> strides_a = BroadcastStrides(a, out.shape), strides_b = BroadcastStrides(b, out.shape);
  auto to = out.values.begin();
  ForEachPosition(out.shape, [&](const std::vector<int64_t>& position) {
    size_t ia = 0, ib = 0;
    for (size_t d = 0; d < position.size(); ++d) {
      ia += static_cast<size_t>(position[d]) * strides_a[d];
      ib += static_cast<size_t>(position[d]) * strides_b[d];
    }
    *to++ = Activate(node.attributes.activation, Compute(node.op, a.values[ia], b.values[ib]));
  });
  return out;
}

Result<Array> Cast(const ir::Node& node, const Inputs& inputs) {
  Array out = *inputs[0];
  if (node.attributes.dtype == ir::DType::kInt32) {
    for (double& value : out.values) value = std::trunc(value);
  }
  return out;
}

}  // namespace sinew::reference
