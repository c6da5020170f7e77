// Walks the nodes that the outputs need, converts each, and collects everything that stands in the way before giving
// up.
#include "compiler/import/onnx/converter.h"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>

#include "base/error.h"
#include "base/printable.h"
#include "compiler/import/onnx/node_context.h"
#include "compiler/import/onnx/onnx_tensor.h"
#include "compiler/import/onnx/ops.h"

namespace sinew::onnx_import {
namespace {

// What Find() returns for the results of a node that could not be converted: its readers are not to blame.
Status AlreadyReported() { return Status(StatusCode::kCancelled, "depends on a node that cannot be converted"); }

// Constants up to this many elements stay decoded while the model is converted; larger ones are weights, mostly read
// once, and are decoded anew.
constexpr size_t kMaxKept = 4096;

class Converter : public ValueSource {
 public:
  // `any_size`: the input's height and width are taken as unknown, whatever the file says.
  Converter(const OnnxModel& model, ExternalData& external, bool any_size)
      : model_(model), external_(external), any_size_(any_size) {}

  Result<Converted> Run(const std::vector<std::string>& wanted);

  Result<Value> Find(const std::string& name) override;
  Result<ir::Tensor> Decode(const StoredTensor& tensor) override { return DecodeTensor(tensor.bytes, external_); }
  Result<ir::NodeId> Constant(const std::string& name, std::string_view form, ir::Tensor (*make)(const ir::Tensor&),
                              const ir::Tensor& tensor) override;

 private:
  struct Problem {
    const OnnxNode* node;  // null: the model
    std::string culprit;
    Status status;
  };

  Status Index();
  Result<std::vector<std::string>> ChooseOutputs(const std::vector<std::string>& wanted) const;
  std::vector<bool> Needed(const std::vector<std::string>& outputs) const;
  bool IsNhwc(const OnnxInput& input) const;
  Status AddInput(const std::vector<bool>& needed, const std::vector<std::string>& outputs);
  void ConvertNode(const OnnxNode& node);
  Status Summary() const;
  std::string ListOutputs() const;
  std::vector<std::string> DescribeLeftOut(const std::vector<bool>& needed) const;

  const OnnxModel& model_;
  ExternalData& external_;
  bool any_size_;
  std::unordered_map<std::string_view, size_t> producers_;               // of values, the node
  std::unordered_map<std::string, Value> values_;                        // missing: failed, or an initializer
  std::map<std::pair<std::string, std::string>, ir::NodeId> constants_;  // in the graph, by name and form
  ir::Graph graph_;
  std::vector<Problem> problems_;
};

Result<Value> Converter::Find(const std::string& name) {
  if (const auto found = values_.find(name); found != values_.end()) return found->second;
  const auto initializer = model_.initializers.find(name);
  if (initializer == model_.initializers.end()) return AlreadyReported();
  Result<ir::Tensor> tensor = DecodeTensor(initializer->second, external_);
  if (!tensor.ok()) return Prefixed(fmt::format("constant \"{}\"", name), tensor.status());
  Value value{.id = -1, .constant = std::make_shared<const ir::Tensor>(*std::move(tensor))};
  if (value.constant->floats.size() + value.constant->ints.size() <= kMaxKept) values_.emplace(name, value);
  return value;
}

Result<ir::NodeId> Converter::Constant(const std::string& name, std::string_view form,
                                       ir::Tensor (*make)(const ir::Tensor&), const ir::Tensor& tensor) {
  const auto key = std::pair(name, std::string(form));
  if (const auto found = constants_.find(key); found != constants_.end()) return found->second;
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId id, graph_.AddConst(fmt::format("{}{}", name, form), make(tensor)));
  constants_.emplace(key, id);
  return id;
}

// Every value has one source, and every node comes after what it reads, as ONNX demands.
Status Converter::Index() {
  std::unordered_map<std::string_view, bool> known;
  for (const auto& [name, bytes] : model_.initializers) known.emplace(name, true);
  for (const OnnxInput& input : model_.inputs) {
    if (!known.emplace(input.name, true).second) return Corrupt("two inputs are called \"{}\"", input.name);
  }
  for (size_t i = 0; i < model_.nodes.size(); ++i) {
    const OnnxNode& node = model_.nodes[i];
    for (const std::string& name : node.inputs) {
      if (!name.empty() && !known.contains(name)) {
        return Corrupt("node \"{}\" reads \"{}\", which nothing before it computes", node.label(), name);
      }
    }
    for (const std::string& name : node.outputs) {
      if (name.empty()) continue;
      if (!known.emplace(name, true).second) return Corrupt("two nodes compute \"{}\"", name);
      producers_.emplace(name, i);
    }
  }
  return Status();
}

std::string Converter::ListOutputs() const {
  constexpr size_t kMaxListed = 10;
  std::string list;
  for (size_t i = 0; i < std::min(model_.outputs.size(), kMaxListed); ++i)
    list += fmt::format("{}\"{}\"", i ? ", " : "", model_.outputs[i]);
  return list;
}

Result<std::vector<std::string>> Converter::ChooseOutputs(const std::vector<std::string>& wanted) const {
  if (wanted.empty() && model_.outputs.empty()) return Corrupt("it has no outputs");
  std::vector<std::string> outputs;
  for (const std::string& name : wanted.empty() ? model_.outputs : wanted) {
    std::string value = name;
    if (!producers_.contains(name)) {
      const auto node = std::ranges::find_if(
          model_.nodes, [&](const OnnxNode& each) { return each.name == name && !each.outputs.empty(); });
      if (node == model_.nodes.end())
        return NotFound("there is no \"{}\" to take as output; the model's own are {}", Printable(name), ListOutputs());
      value = node->outputs[0];
    }
    if (std::ranges::find(outputs, value) == outputs.end()) outputs.push_back(std::move(value));
  }
  return outputs;
}

std::vector<bool> Converter::Needed(const std::vector<std::string>& outputs) const {
  std::vector<bool> needed(model_.nodes.size(), false);
  const auto need = [&](std::string_view name) {
    if (const auto found = producers_.find(name); found != producers_.end()) needed[found->second] = true;
  };
  for (const std::string& name : outputs) need(name);
  for (size_t i = model_.nodes.size(); i-- > 0;) {
    if (!needed[i]) continue;
    for (const std::string& name : model_.nodes[i].inputs) need(name);
  }
  return needed;
}

// The order in which the graph takes a picture: NHWC where a transposition to NCHW is the first that is done to it but
// for arithmetic, NCHW where it is a convolution or the like. Where neither comes, the size of colours tells.
bool Converter::IsNhwc(const OnnxInput& input) const {
  std::vector<std::string_view> same = {input.name};  // values in the input's order
  for (const OnnxNode& node : model_.nodes) {
    const auto reads = [&](const std::string& name) { return std::ranges::find(same, name) != same.end(); };
    if (!std::ranges::any_of(node.inputs, reads)) continue;
    if (node.op == "Transpose") {
      const auto order = node.attributes.find("perm");
      const auto* perm = order == node.attributes.end() ? nullptr : std::get_if<std::vector<int64_t>>(&order->second);
      return perm != nullptr && *perm == std::vector<int64_t>{0, 3, 1, 2};
    }
    constexpr std::string_view kArithmetic[] = {"Add", "Sub", "Mul", "Div", "Cast", "Identity", "Neg", "Clip"};
    constexpr size_t kMaxFollowed = 64;
    if (std::ranges::find(kArithmetic, node.op) == std::end(kArithmetic) || same.size() > kMaxFollowed) break;
    for (const std::string& output : node.outputs) same.push_back(output);
  }
  const auto is_color = [](int64_t size) { return size == 1 || size == 3; };
  return is_color(input.shape[3]) && !is_color(input.shape[1]);
}

// The one input that the outputs depend on.
Status Converter::AddInput(const std::vector<bool>& needed, const std::vector<std::string>& outputs) {
  const auto is_read = [&](const OnnxInput& input) {
    for (size_t i = 0; i < needed.size(); ++i) {
      const auto& inputs = model_.nodes[i].inputs;
      if (needed[i] && std::ranges::find(inputs, input.name) != inputs.end()) return true;
    }
    return std::ranges::find(outputs, input.name) != outputs.end();
  };
  const OnnxInput* chosen = nullptr;
  for (const OnnxInput& input : model_.inputs) {
    if (!is_read(input)) continue;
    if (chosen != nullptr)
      return Unsupported("it has two inputs, \"{}\" and \"{}\"; networks of one picture can be imported", chosen->name,
                         input.name);
    chosen = &input;
  }
  if (chosen == nullptr) return Corrupt("its outputs depend on no input");
  const std::string culprit = fmt::format("input \"{}\"", chosen->name);
  if (chosen->type != OnnxType::kFloat && chosen->type != OnnxType::kFloat16)
    return Unsupported("{} is of type {}; FLOAT is needed", culprit, OnnxTypeName(chosen->type));
  const ir::Shape& shape = chosen->shape;
  if (shape.size() != 4)
    return Unsupported("{} has the shape {}; a picture [N,C,H,W] is needed", culprit, ir::ToString(shape));
  const bool nhwc = IsNhwc(*chosen);
  ir::Node node;
  node.op = ir::OpKind::kInput;
  node.name = chosen->name;
  node.shape = nhwc ? shape : ir::Shape{shape[0], shape[2], shape[3], shape[1]};
  if (any_size_) node.shape[1] = node.shape[2] = ir::kUnknown;
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId id, graph_.Add(std::move(node)));
  values_[chosen->name] = {.id = id, .constant = nullptr, .layout = nhwc ? Layout::kAsIs : Layout::kChannelsFirst};
  return Status();
}

void Converter::ConvertNode(const OnnxNode& node) {
  const OpConversion* conversion = node.domain.empty() ? FindConversion(node.op) : nullptr;
  if (conversion == nullptr) {
    problems_.push_back({&node, node.label(), Unsupported("{}", ReasonUnsupported(node.op, node.domain))});
    return;
  }
  NodeContext context(node, model_.opset, *this, graph_);
  if (Status status = conversion->convert(context); !status.ok()) {
    if (status.code() != StatusCode::kCancelled) problems_.push_back({&node, node.label(), std::move(status)});
    return;
  }
  for (size_t i = 0; i < node.outputs.size(); ++i) {
    if (context.results()[i]) values_[node.outputs[i]] = *context.results()[i];
  }
}

Status Converter::Summary() const {
  StatusCode code = StatusCode::kUnsupported;
  std::string lines;
  for (const Problem& problem : problems_) {
    if (problem.status.code() != StatusCode::kUnsupported) code = problem.status.code();
    lines += fmt::format("\n  {} ({}): {}", problem.culprit, problem.node == nullptr ? "output" : problem.node->op,
                         problem.status.message());
  }
  return Status(code, fmt::format("{} {} cannot be converted:{}", problems_.size(),
                                  problems_.size() == 1 ? "node" : "nodes", lines));
}

std::vector<std::string> Converter::DescribeLeftOut(const std::vector<bool>& needed) const {
  std::map<std::string, int> unneeded, folded;
  for (size_t i = 0; i < model_.nodes.size(); ++i) {
    const OnnxNode& node = model_.nodes[i];
    if (!needed[i]) {
      ++unneeded[node.op];
      continue;
    }
    const auto value = node.outputs.empty() ? values_.end() : values_.find(node.outputs[0]);
    if (value != values_.end() && value->second.is_constant()) ++folded[node.op];
  }
  std::vector<std::string> lines;
  for (const auto& [op, count] : unneeded) lines.push_back(fmt::format("{} {}: the outputs do not need it", count, op));
  for (const auto& [op, count] : folded)
    lines.push_back(fmt::format("{} {}: computed from constants and sizes", count, op));
  return lines;
}

Result<Converted> Converter::Run(const std::vector<std::string>& wanted) {
  SINEW_RETURN_IF_ERROR(Index());
  SINEW_ASSIGN_OR_RETURN(const std::vector<std::string> outputs, ChooseOutputs(wanted));
  const std::vector<bool> needed = Needed(outputs);
  SINEW_RETURN_IF_ERROR(AddInput(needed, outputs));
  for (size_t i = 0; i < needed.size(); ++i) {
    if (needed[i]) ConvertNode(model_.nodes[i]);
  }
  for (const std::string& name : outputs) {
    const auto value = values_.find(name);
    if (value == values_.end()) {
      if (problems_.empty()) problems_.push_back({nullptr, name, Unsupported("no operation computes it")});
      continue;
    }
    if (value->second.is_constant()) {
      problems_.push_back({nullptr, name, Unsupported("it is the same for every picture")});
      continue;
    }
    graph_.AddOutput(name, value->second.id);
  }
  if (!problems_.empty()) return Summary();
  SINEW_RETURN_IF_ERROR(ir::Verify(graph_));
  Result<Converted> converted{Converted()};
  converted->left_out = DescribeLeftOut(needed);
  converted->graph = std::move(graph_);
  return converted;
}

}  // namespace

Result<Converted> ConvertModel(const OnnxModel& model, ExternalData& external,
                               const std::vector<std::string>& outputs) {
  // Exporters fix the size that they traced; most networks run at any.
  Result<Converted> any = Converter(model, external, true).Run(outputs);
  if (any.ok()) return any;
  return Converter(model, external, false).Run(outputs);
}

}  // namespace sinew::onnx_import
