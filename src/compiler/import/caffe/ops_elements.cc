// Layers on elements and channels.
#include <algorithm>

#include "base/error.h"
#include "compiler/import/caffe/ops.h"

namespace sinew::import {
namespace {

// Scale and Bias: one value a channel of the one bottom.
template <class Parameter>
Status CheckPerChannel(const Parameter& p) {
  if ((p.axis() == 1 || p.axis() == -3) && p.num_axes() == 1) return Status();
  return Unsupported("axis {} and num_axes {}: only one value a channel is supported", p.axis(), p.num_axes());
}

Result<ir::NodeId> EmitBias(LayerContext& context, ir::NodeId x, size_t blob) {
  const int64_t channels = context.channels(x);
  SINEW_ASSIGN_OR_RETURN(std::vector<float> values, context.TakeBlob(blob, channels, "biases"));
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId bias, context.EmitConstant("/bias", {channels}, std::move(values)));
  return context.Emit(ir::OpKind::kAdd, {x, bias});
}

// x * factor, where that is another value.
Result<ir::NodeId> EmitFactor(LayerContext& context, ir::NodeId x, float factor, std::string_view suffix) {
  if (factor == 1) return x;
  const std::string name(suffix);
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId constant, context.EmitSplat(name + "/factor", x, factor));
  return context.Emit(ir::OpKind::kMul, {x, constant}, {}, suffix);
}

// The larger of two: b + max(a - b, 0).
Result<ir::NodeId> EmitMaximum(LayerContext& context, ir::NodeId a, ir::NodeId b, std::string_view suffix) {
  const std::string name(suffix);
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId minus, EmitFactor(context, b, -1, name + "/minus"));
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId difference,
                         context.Emit(ir::OpKind::kAdd, {a, minus}, {}, name + "/difference"));
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId positive,
                         context.Emit(ir::OpKind::kRelu, {difference}, {}, name + "/positive"));
  return context.Emit(ir::OpKind::kAdd, {positive, b}, {}, suffix);
}

// The same slope for all channels.
Result<ir::NodeId> EmitLeaky(LayerContext& context, ir::NodeId x, float slope) {
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId slopes, context.EmitSplat("/slope", x, slope));
  return context.Emit(ir::OpKind::kPrelu, {x, slopes});
}

Result<Tops> OneTop(const Result<ir::NodeId>& id) {
  if (!id.ok()) return id.status();
  return Tops{*id};
}

}  // namespace

// Its blobs are sums over what was seen in training: the third counts it.
Result<Tops> ConvertCaffeBatchNorm(LayerContext& context) {
  const caffeproto::BatchNormParameter& p = context.layer().batch_norm_param();
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId x, context.OnlyBottom());
  const int64_t channels = context.channels(x);
  ir::Attributes attributes;
  attributes.epsilon = static_cast<double>(p.eps());
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId gamma, context.EmitSplat("/gamma", x, 1));
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId beta, context.EmitSplat("/beta", x, 0));
  std::vector<ir::NodeId> inputs = {x, gamma, beta};
  if (p.use_global_stats()) {
    SINEW_ASSIGN_OR_RETURN(std::vector<float> mean, context.TakeBlob(0, channels, "means"));
    SINEW_ASSIGN_OR_RETURN(std::vector<float> variance, context.TakeBlob(1, channels, "variances"));
    SINEW_ASSIGN_OR_RETURN(const std::vector<float> count, context.TakeBlob(2, 1, "count"));
    const float scale = count[0] == 0 ? 0 : 1 / count[0];
    for (std::vector<float>* values : {&mean, &variance}) {
      for (float& value : *values) value *= scale;
    }
    SINEW_ASSIGN_OR_RETURN(const ir::NodeId mean_id, context.EmitConstant("/mean", {channels}, std::move(mean)));
    SINEW_ASSIGN_OR_RETURN(const ir::NodeId variance_id,
                           context.EmitConstant("/variance", {channels}, std::move(variance)));
    inputs.insert(inputs.end(), {mean_id, variance_id});
  }
  return OneTop(context.Emit(ir::OpKind::kBatchNorm, std::move(inputs), attributes));
}

Result<Tops> ConvertCaffeBias(LayerContext& context) {
  SINEW_RETURN_IF_ERROR(CheckPerChannel(context.layer().bias_param()));
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId x, context.OnlyBottom());
  return OneTop(EmitBias(context, x, 0));
}

Result<Tops> ConvertCaffeScale(LayerContext& context) {
  const caffeproto::ScaleParameter& p = context.layer().scale_param();
  SINEW_RETURN_IF_ERROR(CheckPerChannel(p));
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId x, context.OnlyBottom());
  const int64_t channels = context.channels(x);
  SINEW_ASSIGN_OR_RETURN(std::vector<float> values, context.TakeBlob(0, channels, "scales"));
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId scale, context.EmitConstant("/scale", {channels}, std::move(values)));
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId scaled,
                         context.Emit(ir::OpKind::kMul, {x, scale}, {}, p.bias_term() ? "/scaled" : ""));
  if (!p.bias_term()) return Tops{scaled};
  return OneTop(EmitBias(context, scaled, 1));
}

Result<Tops> ConvertCaffeEltwise(LayerContext& context) {
  using Parameter = caffeproto::EltwiseParameter;
  const Parameter& p = context.layer().eltwise_param();
  const std::vector<ir::NodeId>& bottoms = context.bottoms();
  if (bottoms.size() < 2) return Corrupt("{} bottoms, needs 2 or more", bottoms.size());
  if (p.operation() == Parameter::PROD) return Unsupported("a product of pictures");
  const bool is_sum = p.operation() == Parameter::SUM;
  if (p.coeff_size() > 0 && (!is_sum || static_cast<size_t>(p.coeff_size()) != bottoms.size())) {
    return Corrupt("{} coefficients for {} bottoms", p.coeff_size(), bottoms.size());
  }
  const auto term = [&](size_t i) {
    return EmitFactor(context, bottoms[i], p.coeff_size() > 0 ? p.coeff(static_cast<int>(i)) : 1,
                      fmt::format("/term{}", i));
  };
  SINEW_ASSIGN_OR_RETURN(ir::NodeId result, term(0));
  for (size_t i = 1; i < bottoms.size(); ++i) {
    SINEW_ASSIGN_OR_RETURN(const ir::NodeId next, term(i));
    const std::string suffix = i + 1 == bottoms.size() ? "" : fmt::format("/{}", i);
    Result<ir::NodeId> both = is_sum ? context.Emit(ir::OpKind::kAdd, {result, next}, {}, suffix)
                                     : EmitMaximum(context, result, next, suffix);
    if (!both.ok()) return both.status();
    result = *both;
  }
  return Tops{result};
}

Result<Tops> ConvertCaffePower(LayerContext& context) {
  const caffeproto::PowerParameter& p = context.layer().power_param();
  if (p.power() != 1) return Unsupported("the power {}, only 1 is supported", p.power());
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId x, context.OnlyBottom());
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId scaled, EmitFactor(context, x, p.scale(), p.shift() == 0 ? "" : "/scaled"));
  if (p.shift() == 0) return Tops{scaled};
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId shift, context.EmitSplat("/shift", scaled, p.shift()));
  return OneTop(context.Emit(ir::OpKind::kAdd, {scaled, shift}));
}

Result<Tops> ConvertCaffePrelu(LayerContext& context) {
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId x, context.OnlyBottom());
  const int64_t channels = context.channels(x);
  const bool shared = context.layer().prelu_param().channel_shared();
  SINEW_ASSIGN_OR_RETURN(std::vector<float> slopes, context.TakeBlob(0, shared ? 1 : channels, "slopes"));
  if (shared) return OneTop(EmitLeaky(context, x, slopes[0]));
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId slope, context.EmitConstant("/slope", {channels}, std::move(slopes)));
  return OneTop(context.Emit(ir::OpKind::kPrelu, {x, slope}));
}

Result<Tops> ConvertCaffeRelu(LayerContext& context) {
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId x, context.OnlyBottom());
  const float slope = context.layer().relu_param().negative_slope();
  if (slope == 0) return OneTop(context.Emit(ir::OpKind::kRelu, {x}));
  return OneTop(EmitLeaky(context, x, slope));
}

}  // namespace sinew::import
