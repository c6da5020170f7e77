// Walks the nodes that the outputs need, converts each, and collects everything that stands in the way before giving
// up.
#include "compiler/import/tensorflow/converter.h"

#include <algorithm>
#include <map>

#include "base/error.h"
#include "compiler/import/tensorflow/input_choice.h"
#include "compiler/import/tensorflow/left_out.h"
#include "compiler/import/tensorflow/movenet_heads.h"
#include "compiler/import/tensorflow/node_names.h"
#include "compiler/import/tensorflow/ops.h"
#include "compiler/import/tensorflow/tf_tensor.h"
#include "compiler/import/tensorflow/tf_topology.h"

namespace sinew::import {
namespace {

constexpr std::string_view kUsualOutput = "Openpose/concat_stage7";

// What Value() and Constant() return for a node that could not be converted: its readers are not to blame.
Status AlreadyReported() { return Status(StatusCode::kCancelled, "depends on a node that cannot be converted"); }

class Converter : public ValueSource {
 public:
  Converter(TfModel& model, const TfTopology& topology)
      : model_(model), topology_(topology), values_(model.nodes.size()) {}

  Result<Converted> Run(const std::vector<int>& outputs);
  Result<ir::NodeId> Value(const TfInput& input) override;
  Result<const ir::Tensor*> Constant(const TfInput& input) override;

 private:
  struct NodeValue {
    enum class Kind : uint8_t { kFailed, kEmitted, kConstant } kind = Kind::kFailed;
    ir::NodeId id = -1;  // of kEmitted; -1 in a kConstant that is not in the graph yet
    int constant = -1;   // of kConstant: the Const node, another one for an Identity of it
  };
  struct Problem {
    int node;
    Status status;
  };

  Status ConvertNode(int index, const InputChoice& input);
  Status ConvertByTable(int index);
  // Passes a constant on instead of adding an operation; false where the input is computed.
  Result<bool> Forward(int index);
  Result<ir::NodeId> EmitInput(int index, const ir::Shape& shape);
  Result<ir::NodeId> EmitConstant(int index);
  Result<const ir::Tensor*> Decoded(int index);
  Result<NodeValue*> Source(const TfInput& input);
  Status Summary() const;
  NodeValue& value_of(int index) { return values_[static_cast<size_t>(index)]; }
  TfNode& NodeAt(int index) { return model_.nodes[static_cast<size_t>(index)]; }
  const TfNode& NodeAt(int index) const { return model_.nodes[static_cast<size_t>(index)]; }

  TfModel& model_;
  const TfTopology& topology_;
  std::vector<NodeValue> values_;
  std::map<int, ir::Tensor> decoded_;  // constants that are not in the graph (yet)
  TensorDecoder decoder_;
  ir::Graph graph_;
  std::vector<Problem> problems_;
};

Result<Converter::NodeValue*> Converter::Source(const TfInput& input) {
  NodeValue& value = value_of(topology_.Find(input.name));
  if (value.kind == NodeValue::Kind::kFailed) return AlreadyReported();
  if (input.output != 0) {
    return Unsupported("reads output {} of \"{}\"; only its output 0 is supported", input.output, input.name);
  }
  return &value;
}

// A constant that cannot be decoded is reported once, under its own name.
Result<const ir::Tensor*> Converter::Decoded(int index) {
  NodeValue& value = value_of(index);
  if (value.kind == NodeValue::Kind::kFailed) return AlreadyReported();
  if (value.id >= 0) return graph_.node(value.id).value.get();
  if (const auto found = decoded_.find(index); found != decoded_.end()) return &found->second;
  TfNode& node = NodeAt(index);
  const auto attr = node.attrs.find("value");
  TfTensor* stored = attr == node.attrs.end() ? nullptr : std::get_if<TfTensor>(&attr->second);
  Result<ir::Tensor> tensor = stored ? decoder_.Decode(std::move(*stored)) : Corrupt("a constant without a value");
  if (!tensor.ok()) {
    problems_.push_back({index, tensor.status()});
    value.kind = NodeValue::Kind::kFailed;
    return AlreadyReported();
  }
  return &decoded_.emplace(index, *std::move(tensor)).first->second;
}

Result<ir::NodeId> Converter::EmitConstant(int index) {
  if (value_of(index).id >= 0) return value_of(index).id;
  SINEW_RETURN_IF_ERROR(Decoded(index).status());
  const auto found = decoded_.find(index);
  ir::Tensor tensor = std::move(found->second);
  decoded_.erase(found);
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId id, graph_.AddConst(NodeAt(index).name, std::move(tensor)));
  value_of(index).id = id;
  return id;
}

Result<ir::NodeId> Converter::Value(const TfInput& input) {
  SINEW_ASSIGN_OR_RETURN(NodeValue * value, Source(input));
  if (value->kind == NodeValue::Kind::kConstant) return EmitConstant(value->constant);
  return value->id;
}

Result<const ir::Tensor*> Converter::Constant(const TfInput& input) {
  SINEW_ASSIGN_OR_RETURN(NodeValue * value, Source(input));
  if (value->kind == NodeValue::Kind::kConstant) return Decoded(value->constant);
  return nullptr;
}

Result<ir::NodeId> Converter::EmitInput(int index, const ir::Shape& shape) {
  ir::Node node;
  node.op = ir::OpKind::kInput;
  node.name = NodeAt(index).name;
  node.shape = shape;
  return graph_.Add(std::move(node));
}

Result<bool> Converter::Forward(int index) {
  for (const TfInput& input : NodeAt(index).inputs) {
    if (input.control) continue;
    SINEW_ASSIGN_OR_RETURN(const NodeValue* source, Source(input));
    if (source->kind != NodeValue::Kind::kConstant) return false;
    value_of(index) = {NodeValue::Kind::kConstant, -1, source->constant};
    return true;
  }
  return false;
}

Status Converter::ConvertByTable(int index) {
  const TfNode& node = NodeAt(index);
  const OpConversion* conversion = FindConversion(node.op);
  if (!conversion) return Unsupported("{}", IsVariable(node.op) ? "a variable" : ReasonUnsupported(node.op));
  if (conversion->convert == ConvertIdentity) {
    SINEW_ASSIGN_OR_RETURN(const bool forwarded, Forward(index));
    if (forwarded) return {};
  }
  NodeContext context(node, *this, graph_);
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId id, conversion->convert(context));
  value_of(index) = {NodeValue::Kind::kEmitted, id, -1};
  return {};
}

Status Converter::ConvertNode(int index, const InputChoice& input) {
  const TfNode& node = NodeAt(index);
  if (index == input.node) {
    SINEW_ASSIGN_OR_RETURN(const ir::NodeId id, EmitInput(index, input.shape));
    value_of(index) = {NodeValue::Kind::kEmitted, id, -1};
    return {};
  }
  if (node.op == "Const") {
    value_of(index) = {NodeValue::Kind::kConstant, -1, index};
    return {};
  }
  return ConvertByTable(index);
}

// One line a problem. Variables get one sentence for all: they have one remedy.
Status Converter::Summary() const {
  StatusCode code = StatusCode::kUnsupported;
  int variables = 0;
  std::string lines;
  for (const Problem& problem : problems_) {
    const TfNode& node = NodeAt(problem.node);
    if (problem.status.code() != StatusCode::kUnsupported) code = problem.status.code();
    if (IsVariable(node.op)) ++variables;
    lines += fmt::format("\n  {} ({}): {}", node.name, node.op, problem.status.message());
  }
  if (variables > 0) {
    return Status(
        code, fmt::format("the graph is not frozen: {} of its nodes hold or read variables, whose values are not in "
                          "the file. Freeze it with TensorFlow (python -m tensorflow.python.tools.freeze_graph, "
                          "with the checkpoint and the output's name) and use the result. Nodes that cannot be "
                          "converted:{}",
                          variables, lines));
  }
  return Status(code, fmt::format("{} {} cannot be converted:{}", problems_.size(),
                                  problems_.size() == 1 ? "node" : "nodes", lines));
}

Result<Converted> Converter::Run(const std::vector<int>& outputs) {
  SINEW_ASSIGN_OR_RETURN(const std::vector<int> order, topology_.Order(outputs));
  // A missing or ambiguous input is told after what the nodes themselves have to say: unfrozen graphs often have both.
  const Result<InputChoice> input = ChooseInput(model_, topology_, order);
  for (const int index : order) {
    if (!input.ok() && NodeAt(index).op == "Placeholder") continue;
    Status status = ConvertNode(index, input.ok() ? *input : InputChoice());
    if (!status.ok() && status.code() != StatusCode::kCancelled) problems_.push_back({index, std::move(status)});
  }
  Result<Converted> converted{Converted()};
  for (const int output : outputs) {
    const Result<ir::NodeId> id = Value({NodeAt(output).name});
    if (id.ok()) graph_.AddOutput(NodeAt(output).name, *id);
    if (!id.ok() && id.status().code() != StatusCode::kCancelled) problems_.push_back({output, id.status()});
  }
  if (!problems_.empty()) return Summary();
  if (!input.ok()) return input.status();
  SINEW_RETURN_IF_ERROR(ir::Verify(graph_));

  std::vector<LeftOutReason> reasons(model_.nodes.size(), LeftOutReason::kNotNeeded);
  for (const int index : order) {
    const NodeValue& value = value_of(index);
    LeftOutReason& reason = reasons[static_cast<size_t>(index)];
    reason = LeftOutReason::kKept;
    if (value.kind != NodeValue::Kind::kConstant || value.id >= 0) continue;
    if (value.constant != index) {
      reason = LeftOutReason::kConstantPassedOn;
    } else {
      reason = decoded_.contains(index) ? LeftOutReason::kTurnedIntoAttribute : LeftOutReason::kConstantUnused;
    }
  }
  converted->left_out = DescribeLeftOut(model_, reasons);
  converted->graph = std::move(graph_);
  return converted;
}

std::string ListNames(const TfModel& model, const std::vector<int>& nodes) {
  constexpr size_t kMaxListed = 10;
  std::string names;
  for (size_t i = 0; i < std::min(nodes.size(), kMaxListed); ++i) {
    names += fmt::format("{}\"{}\"", i ? ", " : "", model.nodes[static_cast<size_t>(nodes[i])].name);
  }
  return nodes.size() > kMaxListed ? names + ", ..." : names;
}

Result<std::vector<int>> ChooseOutputs(const TfModel& model, const TfTopology& topology,
                                       const std::vector<std::string>& wanted) {
  if (wanted.empty()) {
    if (const int usual = topology.Find(kUsualOutput); usual >= 0) return std::vector<int>{usual};
    if (std::vector<int> heads = FindMoveNetHeads(model, topology); !heads.empty()) return heads;
    std::vector<int> ends = topology.Ends();
    if (ends.empty()) return Corrupt("every node is read by another one: there is no output");
    return ends;
  }
  std::vector<int> outputs;
  for (const std::string& text : wanted) {
    const Result<TfInput> parsed = ParseInput(text);
    if (!parsed.ok() || parsed->control) return InvalidArgument("\"{}\" is no name of an output", Printable(text));
    const int node = topology.Find(parsed->name);
    if (node < 0) {
      const std::vector<int> ends = topology.Ends();
      return NotFound("there is no node \"{}\" to take as output{}{}", parsed->name,
                      ends.empty() ? "" : "; nothing reads ", ListNames(model, ends));
    }
    if (parsed->output != 0) return Unsupported("output \"{}\": only output 0 of a node is supported", text);
    if (std::ranges::find(outputs, node) == outputs.end()) outputs.push_back(node);
  }
  return outputs;
}

}  // namespace

Result<Converted> ConvertModel(TfModel model, const std::vector<std::string>& wanted) {
  SINEW_ASSIGN_OR_RETURN(const TfTopology topology, TfTopology::Create(model));
  SINEW_ASSIGN_OR_RETURN(const std::vector<int> outputs, ChooseOutputs(model, topology, wanted));
  return Converter(model, topology).Run(outputs);
}

}  // namespace sinew::import
