// Checked access to a layer.
#include "compiler/import/caffe/layer_context.h"

#include <array>
#include <utility>

#include "base/error.h"

namespace sinew::import {
namespace {

// Far beyond any network: what a text asks for in memory stays in proportion to it.
constexpr int64_t kMaxSplatChannels = 1 << 14;

}  // namespace

std::string NodeName(std::string_view name) {
  constexpr size_t kMaxBytes = 256;
  constexpr std::string_view kSpecial = "\"\\:^";
  std::string safe;
  for (const char c : name.substr(0, kMaxBytes)) {
    const bool is_plain = c > ' ' && c <= '~' && kSpecial.find(c) == std::string_view::npos;
    safe += is_plain ? c : '_';
  }
  return safe.empty() ? "layer" : safe;
}

LayerContext::LayerContext(const caffeproto::LayerParameter& layer, std::vector<ir::NodeId> bottoms,
                           std::vector<CaffeBlob>* blobs, ir::Graph& graph)
    : layer_(layer), name_(NodeName(layer.name())), bottoms_(std::move(bottoms)), blobs_(blobs), graph_(graph) {}

Result<ir::NodeId> LayerContext::OnlyBottom() const {
  if (bottoms_.size() == 1) return bottoms_[0];
  return Unsupported("{} bottoms, only one is supported", bottoms_.size());
}

Result<std::vector<float>> LayerContext::TakeBlob(size_t index, int64_t count, std::string_view role) {
  if (index >= blobs_->size()) {
    return Corrupt("its {} are not in the .caffemodel: do network and weights belong together?", role);
  }
  CaffeBlob& blob = (*blobs_)[index];
  if (static_cast<int64_t>(blob.values.size()) != count) {
    return Corrupt("its {} have the shape {}, {} values are needed: do network and weights belong together?", role,
                   ir::ToString(blob.shape), count);
  }
  return std::move(blob.values);
}

Result<int64_t> LayerContext::PictureAxis(int64_t caffe_axis) const {
  constexpr std::array<int64_t, 4> kAxes = {0, 3, 1, 2};
  const int64_t from_front = caffe_axis < 0 ? caffe_axis + 4 : caffe_axis;
  if (from_front < 0 || from_front > 3) return Corrupt("axis {} of a picture, which has 4", caffe_axis);
  return kAxes[static_cast<size_t>(from_front)];
}

Result<ir::NodeId> LayerContext::Emit(ir::OpKind op, std::vector<ir::NodeId> inputs, ir::Attributes attributes,
                                      std::string_view suffix) {
  ir::Node node;
  node.op = op;
  node.name = name_ + std::string(suffix);
  node.inputs = std::move(inputs);
  node.attributes = std::move(attributes);
  return graph_.Add(std::move(node));
}

Result<ir::NodeId> LayerContext::EmitConstant(std::string_view suffix, ir::Shape shape, std::vector<float> values) {
  return graph_.AddConst(name_ + std::string(suffix), ir::Tensor::Floats(std::move(shape), std::move(values)));
}

Result<ir::NodeId> LayerContext::EmitSplat(std::string_view suffix, ir::NodeId like, float value) {
  const int64_t count = channels(like);
  if (count > kMaxSplatChannels) return Unsupported("a picture of {} channels", count);
  return EmitConstant(suffix, {count}, std::vector<float>(static_cast<size_t>(count), value));
}

}  // namespace sinew::import
