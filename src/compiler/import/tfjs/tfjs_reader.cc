// model.json to neutral nodes.
#include "compiler/import/tfjs/tfjs_reader.h"

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "compiler/import/tensorflow/node_names.h"
#include "compiler/import/tfjs/tfjs_attrs.h"

namespace sinew::import {
namespace {

using Json = nlohmann::json;

// The parser reports by exceptions; they end here.
Result<Json> ParseJson(std::string_view text) {
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& error) {
    if (error.byte > text.size()) return Corrupt("not valid JSON: it is cut short, at {} bytes", text.size());
    return Corrupt("not valid JSON at byte {} of {}", error.byte, text.size());
  } catch (const Json::exception& error) {
    return Corrupt("not valid JSON: {}", Printable(error.what()));
  }
}

const Json* Find(const Json& object, const char* member) {
  const auto found = object.find(member);
  return found == object.end() ? nullptr : &*found;
}

Status ReadInputs(const Json& list, TfNode& node) {
  if (!list.is_array()) return Corrupt("its inputs are no list");
  for (const Json& text : list) {
    if (!text.is_string()) return Corrupt("one of its inputs is not a string");
    SINEW_ASSIGN_OR_RETURN(TfInput input, ParseInput(text.get_ref<const std::string&>()));
    node.inputs.push_back(std::move(input));
  }
  return {};
}

Status ReadAttrs(const Json& attrs, TfNode& node) {
  if (!attrs.is_object()) return Corrupt("its attributes are not an object");
  for (const auto& [name, value] : attrs.items()) {
    Result<std::optional<TfAttr>> attr = ReadJsonAttr(value);
    if (!attr.ok()) return Prefixed(fmt::format("attribute \"{}\"", Printable(name)), attr.status());
    if (attr->has_value()) node.attrs.emplace(name, **std::move(attr));
  }
  return {};
}

Result<TfNode> ReadNode(const Json& json) {
  if (!json.is_object()) return Corrupt("a node is not an object");
  TfNode node;
  const Json* name = Find(json, "name");
  if (!name || !name->is_string()) return Corrupt("a node has no name");
  node.name = name->get<std::string>();
  SINEW_RETURN_IF_ERROR(CheckNodeName(node.name));
  const auto fail = [&](const Status& status) { return Prefixed(fmt::format("node \"{}\"", node.name), status); };
  const Json* op = Find(json, "op");
  if (!op || !op->is_string() || op->get_ref<const std::string&>().empty()) {
    return fail(Corrupt("it has no operation"));
  }
  node.op = Printable(op->get_ref<const std::string&>());
  if (const Json* inputs = Find(json, "input")) {
    if (Status status = ReadInputs(*inputs, node); !status.ok()) return fail(status);
  }
  if (const Json* attrs = Find(json, "attr")) {
    if (Status status = ReadAttrs(*attrs, node); !status.ok()) return fail(status);
  }
  return node;
}

Status CheckIsGraphModel(const Json& model) {
  if (!model.is_object()) return Corrupt("not a TensorFlow.js model: the JSON is not an object");
  const Json* topology = Find(model, "modelTopology");
  if (!topology || !topology->is_object()) return Corrupt("not a TensorFlow.js model: there is no \"modelTopology\"");
  const Json* format = Find(model, "format");
  if ((format && *format == "layers-model") || topology->contains("model_config") || topology->contains("layers")) {
    return Unsupported(
        "this is a TensorFlow.js layers model; convert the original to a graph model "
        "(tensorflowjs_converter --output_format=tfjs_graph_model)");
  }
  if (!topology->contains("node") || !(*topology)["node"].is_array()) {
    return Corrupt("the \"modelTopology\" has no list of nodes");
  }
  return {};
}

// Gives a Const node its weight. One that the manifest does not list must carry its values in its attributes.
Status PlaceWeight(TfNode& node, std::unordered_map<std::string, TfTensor>& weights) {
  const auto attr = node.attrs.find("value");
  const TfTensor* given = attr == node.attrs.end() ? nullptr : std::get_if<TfTensor>(&attr->second);
  const auto weight = weights.find(node.name);
  if (weight == weights.end()) {
    if (given && given->bytes.empty() && given->floats.empty() && given->ints.empty()) {
      return Corrupt("the weights manifest does not list \"{}\"", node.name);
    }
    return {};
  }
  if (given && given->shape != weight->second.shape) {
    return Corrupt("node \"{}\" has the shape {}, its weight in the manifest {}", node.name, ir::ToString(given->shape),
                   ir::ToString(weight->second.shape));
  }
  node.attrs.insert_or_assign("value", std::move(weight->second));
  weights.erase(weight);
  return {};
}

}  // namespace

Result<TfModel> ReadTfjsModel(std::string_view text, const ShardSource& read_shard) {
  SINEW_ASSIGN_OR_RETURN(const Json json, ParseJson(text));
  SINEW_RETURN_IF_ERROR(CheckIsGraphModel(json));
  TfModel model;
  for (const Json& node : json["modelTopology"]["node"]) {
    SINEW_ASSIGN_OR_RETURN(TfNode read, ReadNode(node));
    model.nodes.push_back(std::move(read));
  }
  if (model.nodes.empty()) return Corrupt("a TensorFlow.js model without nodes");
  const Json* manifest = Find(json, "weightsManifest");
  if (!manifest) return Corrupt("there is no \"weightsManifest\"");
  SINEW_ASSIGN_OR_RETURN(auto weights, ReadTfjsWeights(*manifest, read_shard));
  for (TfNode& node : model.nodes) {
    if (node.op == "Const") SINEW_RETURN_IF_ERROR(PlaceWeight(node, weights));
  }
  return model;
}

}  // namespace sinew::import
