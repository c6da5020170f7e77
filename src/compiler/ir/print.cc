// A graph as text.
#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>

#include "base/error.h"
#include "compiler/ir/attribute_text.h"
#include "compiler/ir/text.h"

namespace sinew::ir {
namespace {

constexpr size_t kMaxPrintedElements = 16;

std::string Quoted(std::string_view name) {
  std::string text = "\"";
  for (const char c : name) {
    if (c == '"' || c == '\\') {
      text += '\\';
      text += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      text += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      text += c;
    }
  }
  return text + "\"";
}

template <class T>
std::string PrintValues(const std::vector<T>& values) {
  if (values.size() <= kMaxPrintedElements) return fmt::format("{{{}}}", fmt::join(values, ", "));
  const auto differs = [&](const T& value) { return value != values[0]; };
  if (std::none_of(values.begin(), values.end(), differs)) return fmt::format("{{splat {}}}", values[0]);
  return fmt::format("{{elided {} values, xxh3 {:016x}}}", values.size(),
                     XXH3_64bits(values.data(), values.size() * sizeof(T)));
}

std::string PrintAttributes(const Node& node) {
  std::string text;
  const Attributes defaults;
  for (const AttributeKey key : OpInfoFor(node.op).attributes) {
    Attributes one;
    CopyAttribute(key, node.attributes, &one);
    if (one == defaults) continue;
    text += fmt::format("{}{}={}", text.empty() ? "" : ", ", AttributeName(key), PrintAttribute(key, one));
  }
  return text.empty() ? "" : fmt::format(" {{{}}}", text);
}

std::string PrintNode(const Node& node) {
  const std::string type = fmt::format(" : {}{}", DTypeName(node.dtype), ToString(node.shape));
  std::string text = fmt::format("{} {}", OpInfoFor(node.op).name, Quoted(node.name));
  if (node.op == OpKind::kInput) return text + type;
  if (node.op == OpKind::kConst) {
    const Tensor& value = *node.value;
    return text + " " + (value.dtype == DType::kFloat32 ? PrintValues(value.floats) : PrintValues(value.ints)) + type;
  }
  std::string inputs;
  for (const NodeId input : node.inputs) inputs += fmt::format("{}%{}", inputs.empty() ? "" : ", ", input);
  return fmt::format("{} ({}){}{}", text, inputs, PrintAttributes(node), type);
}

}  // namespace

std::string PrintGraph(const Graph& graph) {
  std::string text;
  for (NodeId id = 0; id < graph.size(); ++id) text += fmt::format("%{} = {}\n", id, PrintNode(graph.node(id)));
  for (const Output& output : graph.outputs())
    text += fmt::format("output {} = %{}\n", Quoted(output.name), output.node);
  return text;
}

}  // namespace sinew::ir
