// Follows blobs from layer to layer. A layer may write the blob that it reads: each writing makes another value.
#include "compiler/import/caffe/converter.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "base/error.h"
#include "base/printable.h"
#include "compiler/import/caffe/ops.h"

namespace sinew::import {
namespace {

using caffeproto::LayerParameter;

constexpr std::string_view kInputType = "Input";

// Top `top` of layer `layer`.
struct Value {
  size_t layer = 0, top = 0;
  bool operator<(const Value& other) const { return std::pair(layer, top) < std::pair(other.layer, other.top); }
};

// Which value each bottom of each layer is, and which ones are left at the end.
struct Wiring {
  std::vector<std::vector<Value>> bottoms;            // by layer
  std::map<std::string, Value, std::less<>> last;     // by blob
  std::vector<std::pair<std::string, Value>> unread;  // in the order of the layers
};

std::string Quoted(const LayerParameter& layer) {
  return fmt::format("layer \"{}\" ({})", Printable(layer.name()), Printable(layer.type()));
}

Result<Wiring> Wire(const std::vector<LayerParameter>& layers) {
  Wiring wiring;
  std::map<Value, bool> is_read;
  for (size_t i = 0; i < layers.size(); ++i) {
    std::vector<Value>& bottoms = wiring.bottoms.emplace_back();
    for (const std::string& name : layers[i].bottom()) {
      const auto found = wiring.last.find(name);
      if (found == wiring.last.end()) {
        return Corrupt("{} reads \"{}\", which no layer before it writes", Quoted(layers[i]), Printable(name));
      }
      bottoms.push_back(found->second);
      is_read[found->second] = true;
    }
    for (int t = 0; t < layers[i].top_size(); ++t) wiring.last[layers[i].top(t)] = {i, static_cast<size_t>(t)};
  }
  for (size_t i = 0; i < layers.size(); ++i) {
    for (int t = 0; t < layers[i].top_size(); ++t) {
      const Value value = {i, static_cast<size_t>(t)};
      if (!is_read[value]) wiring.unread.emplace_back(layers[i].top(t), value);
    }
  }
  return wiring;
}

class CaffeConverter {
 public:
  CaffeConverter(CaffeModel model, Wiring wiring) : model_(std::move(model)), wiring_(std::move(wiring)) {}

  Result<ConvertedCaffe> Run(const std::vector<std::pair<std::string, Value>>& outputs) {
    MarkNeeded(outputs);
    SINEW_RETURN_IF_ERROR(CheckInputs());
    for (size_t i = 0; i < model_.layers.size(); ++i) {
      if (needed_[i]) Convert(i);
    }
    if (!problems_.empty()) return Summary();
    for (const auto& [name, value] : outputs) graph_.AddOutput(NodeName(name), values_.at(value));
    SINEW_RETURN_IF_ERROR(ir::Verify(graph_));
    return ConvertedCaffe{std::move(graph_), LeftOut()};
  }

 private:
  void MarkNeeded(const std::vector<std::pair<std::string, Value>>& outputs) {
    needed_.assign(model_.layers.size(), false);
    for (const auto& output : outputs) needed_[output.second.layer] = true;
    for (size_t i = model_.layers.size(); i-- > 0;) {
      if (!needed_[i]) continue;
      for (const Value& bottom : wiring_.bottoms[i]) needed_[bottom.layer] = true;
    }
  }

  Status CheckInputs() const {
    std::vector<std::string> names;
    for (size_t i = 0; i < model_.layers.size(); ++i) {
      const LayerParameter& layer = model_.layers[i];
      if (!needed_[i] || layer.type() != kInputType) continue;
      for (const std::string& top : layer.top()) names.push_back("\"" + Printable(top) + "\"");
    }
    if (names.size() == 1) return Status();
    if (names.empty()) return Corrupt("a network without an input: use its deploy.prototxt");
    return Unsupported("{} inputs ({}), only one is supported", names.size(), fmt::join(names, ", "));
  }

  void Convert(size_t index) {
    std::vector<ir::NodeId> bottoms;
    for (const Value& bottom : wiring_.bottoms[index]) {
      const auto found = values_.find(bottom);
      if (found == values_.end()) return;  // depends on a layer that was reported
      bottoms.push_back(found->second);
    }
    const LayerParameter& layer = model_.layers[index];
    Result<Tops> tops = layer.type() == kInputType ? EmitInput(layer) : ConvertByTable(layer, std::move(bottoms));
    if (tops.ok() && tops->size() < static_cast<size_t>(layer.top_size())) {
      tops = Corrupt("{} tops, has {}", layer.top_size(), tops->size());
    }
    if (!tops.ok()) {
      problems_.emplace_back(index, tops.status());
      return;
    }
    for (size_t t = 0; t < static_cast<size_t>(layer.top_size()); ++t) values_[{index, t}] = (*tops)[t];
  }

  Result<Tops> ConvertByTable(const LayerParameter& layer, std::vector<ir::NodeId> bottoms) {
    const LayerType* type = FindLayerType(layer.type());
    if (type == nullptr) return Unsupported("{}", ReasonUnsupportedLayer(layer.type()));
    for (const ir::NodeId id : bottoms) {
      const ir::Shape& shape = graph_.node(id).shape;
      if (shape.size() != 4 || shape[3] == ir::kUnknown) return Unsupported("it reads {}", ir::ToString(shape));
    }
    std::vector<CaffeBlob> none;
    const auto found = model_.weights.find(layer.name());
    LayerContext context(layer, std::move(bottoms), found == model_.weights.end() ? &none : &found->second, graph_);
    return type->convert(context);
  }

  Result<Tops> EmitInput(const LayerParameter& layer) {
    const caffeproto::InputParameter& p = layer.input_param();
    if (p.shape_size() != 1 || p.shape(0).dim_size() != 4) {
      return Unsupported("an input that is not a picture: its shape must have N, C, H, W");
    }
    ir::Node node;
    node.op = ir::OpKind::kInput;
    node.name = NodeName(layer.top(0));
    node.shape = {ir::kUnknown, ir::kUnknown, ir::kUnknown, p.shape(0).dim(1)};
    if (node.shape[3] < 1) return Corrupt("an input of {} channels", node.shape[3]);
    SINEW_ASSIGN_OR_RETURN(const ir::NodeId id, graph_.Add(std::move(node)));
    return Tops{id};
  }

  Status Summary() const {
    StatusCode code = StatusCode::kUnsupported;
    std::string lines;
    for (const auto& [index, status] : problems_) {
      const LayerParameter& layer = model_.layers[index];
      if (status.code() != StatusCode::kUnsupported) code = status.code();
      lines += fmt::format("\n  {} ({}): {}", Printable(layer.name()), Printable(layer.type()), status.message());
    }
    return Status(code, fmt::format("{} {} cannot be converted:{}", problems_.size(),
                                    problems_.size() == 1 ? "layer" : "layers", lines));
  }

  std::vector<std::string> LeftOut() const {
    std::vector<std::string> lines = model_.left_out;
    for (size_t i = 0; i < model_.layers.size(); ++i) {
      const LayerParameter& layer = model_.layers[i];
      const std::string name = fmt::format("{} ({})", Printable(layer.name()), Printable(layer.type()));
      if (!needed_[i]) lines.push_back(name + ": the outputs do not need it");
      if (needed_[i] && layer.type() == "Dropout") lines.push_back(name + ": does nothing after training");
    }
    return lines;
  }

  CaffeModel model_;
  const Wiring wiring_;
  std::vector<bool> needed_;
  std::map<Value, ir::NodeId> values_;
  ir::Graph graph_;
  std::vector<std::pair<size_t, Status>> problems_;
};

}  // namespace

Result<ConvertedCaffe> ConvertCaffe(CaffeModel model, const std::vector<std::string>& wanted) {
  SINEW_ASSIGN_OR_RETURN(Wiring wiring, Wire(model.layers));
  std::vector<std::pair<std::string, Value>> outputs = wiring.unread;
  if (!wanted.empty()) {
    outputs.clear();
    for (const std::string& name : wanted) {
      const auto found = wiring.last.find(name);
      if (found == wiring.last.end()) {
        std::vector<std::string> unread;
        for (const auto& each : wiring.unread) unread.push_back("\"" + Printable(each.first) + "\"");
        return NotFound("there is no blob \"{}\" to take as output; no layer reads {}", Printable(name),
                        fmt::join(unread, ", "));
      }
      outputs.emplace_back(found->first, found->second);
    }
  }
  return CaffeConverter(std::move(model), std::move(wiring)).Run(outputs);
}

}  // namespace sinew::import
