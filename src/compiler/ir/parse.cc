// The parser of the text form: recursive descent, one function a construct.
#include <algorithm>
#include <charconv>
#include <optional>
#include <random>
#include <unordered_map>

#include "base/error.h"
#include "compiler/ir/attribute_text.h"
#include "compiler/ir/text.h"

namespace sinew::ir {
namespace {

// {splat} and {seeded} make large constants from few characters; no test needs more than this.
constexpr int64_t kMaxGeneratedElements = int64_t{1} << 24;

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<Graph> Parse() {
    for (SkipBlanks(); position_ < text_.size(); SkipBlanks()) {
      statement_ = position_;
      const Status status = Peek() == '%' ? ParseNode() : ParseOutput();
      if (!status.ok()) return AtLine(status);
    }
    if (const Status status = Verify(graph_); !status.ok()) return AtLine(status);
    return std::move(graph_);
  }

 private:
  // The line on which the statement in hand begins.
  Status AtLine(const Status& status) const {
    const auto line = 1 + std::count(text_.begin(), text_.begin() + static_cast<ptrdiff_t>(statement_), '\n');
    return Prefixed(fmt::format("line {}", line), status);
  }

  char Peek() const { return position_ < text_.size() ? text_[position_] : '\0'; }

  void SkipBlanks() {
    while (position_ < text_.size()) {
      if (text_[position_] == '#') {
        while (position_ < text_.size() && text_[position_] != '\n') ++position_;
      } else if (std::string_view(" \t\r\n").find(text_[position_]) != std::string_view::npos) {
        ++position_;
      } else {
        return;
      }
    }
  }

  bool Accept(char c) {
    SkipBlanks();
    if (Peek() != c) return false;
    ++position_;
    return true;
  }

  Status Expect(char c, std::string_view where) {
    if (Accept(c)) return Status();
    return InvalidArgument("expected '{}' {}, found {}", c, where, Found());
  }

  std::string Found() const {
    if (position_ >= text_.size()) return "the end";
    return fmt::format(
        "\"{}\"", text_.substr(position_, std::min<size_t>(text_.find_first_of(" \n", position_) - position_, 20)));
  }

  std::string_view Word() {
    SkipBlanks();
    const size_t start = position_;
    const auto part_of_word = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
    while (position_ < text_.size() && part_of_word(text_[position_])) ++position_;
    return text_.substr(start, position_ - start);
  }

  template <class T>
  std::optional<T> Number() {
    SkipBlanks();
    T value;
    const char* const start = text_.data() + position_;
    const auto [end, error] = std::from_chars(start, text_.data() + text_.size(), value);
    if (error != std::errc()) return std::nullopt;
    position_ += static_cast<size_t>(end - start);
    return value;
  }

  Result<std::string> Name() {
    SINEW_RETURN_IF_ERROR(Expect('"', "before a name"));
    std::string name;
    while (Peek() != '"') {
      if (position_ >= text_.size() || Peek() == '\n') return InvalidArgument("a name has no closing quote");
      char c = text_[position_++];
      if (c == '\\') {
        c = Peek();
        ++position_;
        if (c == 'x') {
          int code = 0;
          const std::string_view digits = text_.substr(std::min(position_, text_.size()), 2);
          const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), code, 16);
          if (error != std::errc() || end != digits.data() + 2)
            return InvalidArgument("\\x in a name needs two hexadecimal digits");
          c = static_cast<char>(code);
          position_ += 2;
        } else if (c != '"' && c != '\\') {
          return InvalidArgument("a name has an unknown escape \\{}", c);
        }
      }
      name += c;
    }
    ++position_;
    return name;
  }

  Result<NodeId> Reference() {
    SINEW_RETURN_IF_ERROR(Expect('%', "before a node's number"));
    const auto number = Number<int64_t>();
    if (!number) return InvalidArgument("expected a node's number after '%', found {}", Found());
    const auto it = ids_.find(*number);
    if (it == ids_.end()) return InvalidArgument("%{} is not defined before its use", *number);
    return it->second;
  }

  // f32[1,?,3]
  Result<TypedShape> Type() {
    const std::string_view word = Word();
    if (word != "f32" && word != "i32")
      return InvalidArgument("expected a type such as f32[1,8,8,3], found \"{}\"", word);
    TypedShape type = {word == "f32" ? DType::kFloat32 : DType::kInt32, {}};
    SINEW_RETURN_IF_ERROR(Expect('[', "before the dimensions"));
    while (!Accept(']')) {
      if (!type.shape.empty()) SINEW_RETURN_IF_ERROR(Expect(',', "between dimensions"));
      if (Accept('?')) {
        type.shape.push_back(kUnknown);
        continue;
      }
      const auto size = Number<int64_t>();
      if (!size || *size < 0) return InvalidArgument("expected a dimension, found {}", Found());
      type.shape.push_back(*size);
    }
    return type;
  }

  // What stands in the braces of a constant, before its type is known.
  struct Values {
    enum class Kind { kListed, kSplat, kSeeded } kind = Kind::kListed;
    std::vector<double> listed;
    uint64_t seed = 0;
  };

  Result<Values> ConstantValues() {
    Values values;
    SINEW_RETURN_IF_ERROR(Expect('{', "before the values"));
    SkipBlanks();
    if (text_.substr(position_).starts_with("elided"))
      return InvalidArgument("the values of this constant were left out when it was printed");
    if (text_.substr(position_).starts_with("seeded")) {
      Word();
      const auto seed = Number<uint64_t>();
      if (!seed) return InvalidArgument("expected a number after seeded, found {}", Found());
      values.kind = Values::Kind::kSeeded;
      values.seed = *seed;
      SINEW_RETURN_IF_ERROR(Expect('}', "after the seed"));
      return values;
    }
    if (text_.substr(position_).starts_with("splat")) {
      Word();
      values.kind = Values::Kind::kSplat;
    }
    while (!Accept('}')) {
      if (!values.listed.empty()) SINEW_RETURN_IF_ERROR(Expect(',', "between values"));
      const auto value = Number<double>();
      if (!value) return InvalidArgument("expected a number, found {}", Found());
      values.listed.push_back(*value);
    }
    if (values.kind == Values::Kind::kSplat && values.listed.size() != 1)
      return InvalidArgument("splat needs one value");
    return values;
  }

  static Result<Tensor> MakeTensor(const Values& values, const TypedShape& type) {
    SINEW_ASSIGN_OR_RETURN(const int64_t count, ElementCount(type.shape));
    std::vector<double> all = values.listed;
    if (values.kind != Values::Kind::kListed) {
      if (count > kMaxGeneratedElements)
        return TooLarge("a constant of {} elements, at most {} are made up", count, kMaxGeneratedElements);
      all.assign(static_cast<size_t>(count), values.listed.empty() ? 0.0 : values.listed[0]);
    }
    if (values.kind == Values::Kind::kSeeded) {
      // Multiples of 2^-20 between -1 and 1: the same on every platform, and exact in every format.
      std::mt19937_64 random(values.seed);
      for (double& value : all) value = (static_cast<double>(random() >> 43) - (1 << 20)) * 0x1p-20;
    }
    if (type.dtype == DType::kFloat32) return Tensor::Floats(type.shape, std::vector<float>(all.begin(), all.end()));
    std::vector<int64_t> ints;
    for (const double value : all) {
      if (!(std::abs(value) <= 0x1p53) || value != static_cast<double>(static_cast<int64_t>(value)))
        return InvalidArgument("{} is no i32", value);
      ints.push_back(static_cast<int64_t>(value));
    }
    return Tensor::Ints(type.shape, std::move(ints));
  }

  Status ParseInputs(Node* node) {
    SINEW_RETURN_IF_ERROR(Expect('(', "before the inputs"));
    while (!Accept(')')) {
      if (!node->inputs.empty()) SINEW_RETURN_IF_ERROR(Expect(',', "between inputs"));
      SINEW_ASSIGN_OR_RETURN(const NodeId input, Reference());
      node->inputs.push_back(input);
    }
    return Status();
  }

  // Up to the next comma or brace outside square brackets.
  std::string_view AttributeValue() {
    SkipBlanks();
    const size_t start = position_;
    for (int depth = 0; position_ < text_.size(); ++position_) {
      const char c = text_[position_];
      if (c == '\n' || (depth == 0 && (c == ',' || c == '}'))) break;
      depth += c == '[' ? 1 : c == ']' ? -1 : 0;
    }
    std::string_view value = text_.substr(start, position_ - start);
    while (!value.empty() && value.back() == ' ') value.remove_suffix(1);
    return value;
  }

  Status ParseAttributes(const OpInfo& info, Node* node) {
    if (!Accept('{')) return Status();
    for (bool first = true; !Accept('}'); first = false) {
      if (!first) SINEW_RETURN_IF_ERROR(Expect(',', "between attributes"));
      const std::string_view name = Word();
      const auto key = std::find_if(info.attributes.begin(), info.attributes.end(),
                                    [&](AttributeKey k) { return AttributeName(k) == name; });
      if (key == info.attributes.end()) return InvalidArgument("{} has no attribute \"{}\"", info.name, name);
      SINEW_RETURN_IF_ERROR(Expect('=', "after an attribute's name"));
      if (const Status status = ParseAttribute(*key, AttributeValue(), &node->attributes); !status.ok())
        return Prefixed(name, status);
    }
    return Status();
  }

  Status ParseNode() {
    ++position_;  // %
    const auto number = Number<int64_t>();
    if (!number) return InvalidArgument("expected a node's number after '%', found {}", Found());
    if (ids_.contains(*number)) return InvalidArgument("%{} is defined twice", *number);
    SINEW_RETURN_IF_ERROR(Expect('=', "after a node's number"));
    const std::string_view op = Word();
    const OpInfo* const info = FindOp(op);
    if (info == nullptr) return InvalidArgument("no operation is called \"{}\"", op);
    Node node;
    node.op = info->kind;
    SINEW_ASSIGN_OR_RETURN(node.name, Name());

    Values values;
    if (node.op == OpKind::kConst) {
      SINEW_ASSIGN_OR_RETURN(values, ConstantValues());
    } else if (node.op != OpKind::kInput) {
      SINEW_RETURN_IF_ERROR(ParseInputs(&node));
      SINEW_RETURN_IF_ERROR(ParseAttributes(*info, &node));
    }
    std::optional<TypedShape> stated;
    if (Accept(':')) {
      SINEW_ASSIGN_OR_RETURN(stated, Type());
    }
    if (node.op == OpKind::kInput || node.op == OpKind::kConst) {
      if (!stated) return InvalidArgument("{} needs a type", info->name);
      node.dtype = stated->dtype;
      node.shape = stated->shape;
    }
    if (node.op == OpKind::kConst) {
      SINEW_ASSIGN_OR_RETURN(Tensor tensor, MakeTensor(values, *stated));
      node.value = std::make_shared<const Tensor>(std::move(tensor));
    }
    const std::string name = node.name;
    SINEW_ASSIGN_OR_RETURN(const NodeId id, graph_.Add(std::move(node)));
    const Node& added = graph_.node(id);
    if (added.name != name) return InvalidArgument("two nodes are called \"{}\"", name);
    if (stated && (stated->dtype != added.dtype || stated->shape != added.shape)) {
      return InvalidArgument("node \"{}\" is said to be {}{}, its inputs make it {}{}", name, DTypeName(stated->dtype),
                             ToString(stated->shape), DTypeName(added.dtype), ToString(added.shape));
    }
    ids_[*number] = id;
    return Status();
  }

  Status ParseOutput() {
    const std::string_view word = Word();
    if (word != "output")
      return InvalidArgument("expected %N = ... or output ..., found {}", word.empty() ? Found() : std::string(word));
    SINEW_ASSIGN_OR_RETURN(std::string name, Name());
    SINEW_RETURN_IF_ERROR(Expect('=', "after an output's name"));
    SINEW_ASSIGN_OR_RETURN(const NodeId node, Reference());
    graph_.AddOutput(std::move(name), node);
    return Status();
  }

  std::string_view text_;
  size_t position_ = 0, statement_ = 0;
  Graph graph_;
  std::unordered_map<int64_t, NodeId> ids_;
};

}  // namespace

Result<Graph> ParseGraph(std::string_view text) { return Parser(text).Parse(); }

}  // namespace sinew::ir
