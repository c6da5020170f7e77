// What the conversion of one layer sees: its parameters, its bottoms as IR nodes, its weights, and where to put its
// result. Pictures are NCHW in Caffe and NHWC in the IR.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/import/caffe/caffe_model.h"
#include "compiler/ir/graph.h"
#include "sinew/status.h"

namespace sinew::import {

class LayerContext {
 public:
  // `bottoms` are the values that the layer reads; `blobs` its weights, which conversions may take away.
  LayerContext(const caffeproto::LayerParameter& layer, std::vector<ir::NodeId> bottoms, std::vector<CaffeBlob>* blobs,
               ir::Graph& graph);

  const caffeproto::LayerParameter& layer() const { return layer_; }
  // Its name as a node's: without what would garble the text form of graphs.
  const std::string& name() const { return name_; }
  size_t top_count() const { return static_cast<size_t>(layer_.top_size()); }

  size_t bottom_count() const { return bottoms_.size(); }
  const std::vector<ir::NodeId>& bottoms() const { return bottoms_; }
  // The one bottom; fails where there are none or several.
  Result<ir::NodeId> OnlyBottom() const;
  // Channels of a picture.
  int64_t channels(ir::NodeId id) const { return graph_.node(id).shape[3]; }
  const ir::Graph& graph() const { return graph_; }

  size_t blob_count() const { return blobs_->size(); }
  // The values of blob `index`, which must be `count` many; `role` stands in the message. They are taken away.
  Result<std::vector<float>> TakeBlob(size_t index, int64_t count, std::string_view role);

  // The axis of the IR's pictures for one of Caffe's, which may count from the end.
  Result<int64_t> PictureAxis(int64_t caffe_axis) const;

  // Adds an IR node under the name of this layer and `suffix`.
  Result<ir::NodeId> Emit(ir::OpKind op, std::vector<ir::NodeId> inputs, ir::Attributes attributes = {},
                          std::string_view suffix = "");
  Result<ir::NodeId> EmitConstant(std::string_view suffix, ir::Shape shape, std::vector<float> values);
  // A constant of one value a channel of `like`, all the same.
  Result<ir::NodeId> EmitSplat(std::string_view suffix, ir::NodeId like, float value);

 private:
  const caffeproto::LayerParameter& layer_;
  const std::string name_;
  const std::vector<ir::NodeId> bottoms_;
  std::vector<CaffeBlob>* blobs_;
  ir::Graph& graph_;
};

// One function a type of layer: the values of its tops.
using Tops = std::vector<ir::NodeId>;
using LayerConversion = Result<Tops> (*)(LayerContext& context);

// A name of a file as the IR's text form can hold it.
std::string NodeName(std::string_view name);

}  // namespace sinew::import
