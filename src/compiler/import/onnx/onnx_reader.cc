// Walks the fields of a model and of its graph, and parses what they hold one by one, so that a file is never in memory
// twice.
#include "compiler/import/onnx/onnx_reader.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/stubs/logging.h>

#include <climits>
#include <functional>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/printable.h"
#include "compiler/import/onnx/onnx_graph.pb.h"

namespace sinew::onnx_import {
namespace {

// Fields of ModelProto and GraphProto.
constexpr int kModelGraph = 7, kModelOpset = 8;
constexpr int kGraphNode = 1, kGraphInitializer = 5, kGraphInput = 11, kGraphOutput = 12, kGraphSparse = 15;

// Of messages and dumps: longer names are cut, and what would garble them is replaced.
constexpr size_t kMaxNameBytes = 4096;

Status CheckName(const std::string& name) {
  if (name.size() > kMaxNameBytes)
    return Corrupt("a name of {} bytes: \"{}\"", name.size(), Printable(name.substr(0, 200)));
  for (const char c : name) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == '"' || c == '\\')
      return Corrupt("\"{}\" is not a name for a value", Printable(name));
  }
  return Status();
}

// Calls visit(field, payload) for every length-delimited field of a message; others are skipped.
Status ForEachField(std::string_view bytes, std::string_view what,
                    const std::function<Status(int field, std::string_view payload)>& visit) {
  google::protobuf::io::CodedInputStream stream(reinterpret_cast<const uint8_t*>(bytes.data()),
                                                static_cast<int>(bytes.size()));
  while (stream.CurrentPosition() < static_cast<int>(bytes.size())) {
    const int start = stream.CurrentPosition();
    const auto damaged = [&] {
      return Corrupt("not an ONNX model, or cut short or damaged at byte {} of its {}, {} bytes", start, what,
                     bytes.size());
    };
    const uint32_t tag = stream.ReadTagNoLastTag();
    const int field = static_cast<int>(tag >> 3);
    if (field == 0) return damaged();
    uint64_t number;
    uint32_t fixed32;
    int length;
    switch (tag & 7) {
      case 0:
        if (!stream.ReadVarint64(&number)) return damaged();
        break;
      case 1:
        if (!stream.ReadLittleEndian64(&number)) return damaged();
        break;
      case 5:
        if (!stream.ReadLittleEndian32(&fixed32)) return damaged();
        break;
      case 2: {
        if (!stream.ReadVarintSizeAsInt(&length)) return damaged();
        const int begin = stream.CurrentPosition();
        if (length > static_cast<int>(bytes.size()) - begin || !stream.Skip(length)) return damaged();
        SINEW_RETURN_IF_ERROR(visit(field, bytes.substr(static_cast<size_t>(begin), static_cast<size_t>(length))));
        break;
      }
      default:
        return damaged();
    }
  }
  return Status();
}

template <class Proto>
Result<Proto> Parse(std::string_view payload, std::string_view what) {
  Proto proto;
  if (!proto.ParseFromArray(payload.data(), static_cast<int>(payload.size())))
    return Corrupt("not an ONNX model, or damaged: {} cannot be read", what);
  return proto;
}

// None for an attribute of a kind that no conversion reads (a graph, lists of tensors and texts).
std::optional<OnnxAttribute> ReadAttribute(proto::AttributeProto& proto) {
  // AttributeProto.AttributeType
  constexpr int kFloat = 1, kInt = 2, kString = 3, kTensor = 4, kFloats = 6, kInts = 7;
  switch (proto.type()) {
    case kFloat:
      return static_cast<double>(proto.f());
    case kInt:
      return proto.i();
    case kString:
      return std::move(*proto.mutable_s());
    case kTensor:
      return StoredTensor{proto.t().SerializeAsString()};
    case kFloats:
      return std::vector<double>(proto.floats().begin(), proto.floats().end());
    case kInts:
      return std::vector<int64_t>(proto.ints().begin(), proto.ints().end());
    default:
      return std::nullopt;
  }
}

Result<OnnxNode> ReadNode(std::string_view payload, size_t index) {
  SINEW_ASSIGN_OR_RETURN(auto proto, Parse<proto::NodeProto>(payload, fmt::format("node {}", index)));
  OnnxNode node;
  node.name = std::move(*proto.mutable_name());
  node.op = Printable(proto.op_type());
  node.domain = proto.domain() == "ai.onnx" ? "" : Printable(proto.domain());
  SINEW_RETURN_IF_ERROR(CheckName(node.name));
  for (std::string& name : *proto.mutable_input()) {
    SINEW_RETURN_IF_ERROR(CheckName(name));
    node.inputs.push_back(std::move(name));
  }
  for (std::string& name : *proto.mutable_output()) {
    SINEW_RETURN_IF_ERROR(CheckName(name));
    node.outputs.push_back(std::move(name));
  }
  if (node.op.empty()) return Corrupt("node \"{}\" has no operation", node.label());
  for (proto::AttributeProto& attribute : *proto.mutable_attribute()) {
    if (std::optional<OnnxAttribute> value = ReadAttribute(attribute))
      node.attributes.insert_or_assign(attribute.name(), *std::move(value));
  }
  return node;
}

Result<OnnxInput> ReadInput(std::string_view payload) {
  SINEW_ASSIGN_OR_RETURN(auto proto, Parse<proto::ValueInfoProto>(payload, "an input"));
  OnnxInput input;
  input.name = std::move(*proto.mutable_name());
  SINEW_RETURN_IF_ERROR(CheckName(input.name));
  input.type = static_cast<OnnxType>(proto.type().tensor_type().elem_type());
  for (const auto& dim : proto.type().tensor_type().shape().dim()) {
    const bool known = dim.value_case() == proto::ShapeProto::Dimension::kDimValue && dim.dim_value() > 0;
    input.shape.push_back(known ? dim.dim_value() : ir::kUnknown);
  }
  return input;
}

Status ReadInitializer(std::string_view payload, OnnxModel* model) {
  constexpr int kTensorName = 8;
  std::string name;
  SINEW_RETURN_IF_ERROR(ForEachField(payload, "initializer", [&](int field, std::string_view value) {
    if (field == kTensorName) name = value;
    return Status();
  }));
  SINEW_RETURN_IF_ERROR(CheckName(name));
  if (!model->initializers.try_emplace(name, payload).second)
    return Corrupt("two initializers are called \"{}\"", name);
  return Status();
}

Status ReadGraph(std::string_view bytes, OnnxModel* model) {
  SINEW_RETURN_IF_ERROR(ForEachField(bytes, "graph", [&](int field, std::string_view payload) -> Status {
    switch (field) {
      case kGraphNode: {
        SINEW_ASSIGN_OR_RETURN(OnnxNode node, ReadNode(payload, model->nodes.size() + 1));
        model->nodes.push_back(std::move(node));
        return Status();
      }
      case kGraphInitializer:
        return ReadInitializer(payload, model);
      case kGraphInput: {
        SINEW_ASSIGN_OR_RETURN(OnnxInput input, ReadInput(payload));
        model->inputs.push_back(std::move(input));
        return Status();
      }
      case kGraphOutput: {
        SINEW_ASSIGN_OR_RETURN(auto output, Parse<proto::ValueInfoProto>(payload, "an output"));
        SINEW_RETURN_IF_ERROR(CheckName(output.name()));
        model->outputs.push_back(std::move(*output.mutable_name()));
        return Status();
      }
      case kGraphSparse:
        return Unsupported("it has sparse initializers; export it with dense ones");
      default:
        return Status();
    }
  }));
  std::erase_if(model->inputs, [&](const OnnxInput& input) { return model->initializers.contains(input.name); });
  return Status();
}

}  // namespace

std::string OnnxTypeName(OnnxType type) {
  constexpr std::string_view kNames[] = {"UNDEFINED", "FLOAT",  "UINT8", "INT8",    "UINT16", "INT16",  "INT32",
                                         "INT64",     "STRING", "BOOL",  "FLOAT16", "DOUBLE", "UINT32", "UINT64"};
  const int number = static_cast<int>(type);
  if (type == OnnxType::kBfloat16) return "BFLOAT16";
  if (number >= 0 && number < static_cast<int>(std::size(kNames))) return std::string(kNames[number]);
  return fmt::format("type {}", number);
}

Result<OnnxModel> ReadOnnx(std::string_view bytes) {
  if (bytes.size() > INT_MAX)
    return TooLarge("{} bytes; an ONNX file may have 2 GB, and more only in external data files", bytes.size());
  // Protobuf would print what it refuses; the Status says it.
  const google::protobuf::LogSilencer silence;
  OnnxModel model;
  bool has_graph = false;
  SINEW_RETURN_IF_ERROR(ForEachField(bytes, "model", [&](int field, std::string_view payload) -> Status {
    if (field == kModelGraph) {
      if (has_graph) return Corrupt("it has two graphs");
      has_graph = true;
      return ReadGraph(payload, &model);
    }
    if (field == kModelOpset) {
      SINEW_ASSIGN_OR_RETURN(const auto opset, Parse<proto::OperatorSetIdProto>(payload, "its opset"));
      if (opset.domain().empty() || opset.domain() == "ai.onnx") model.opset = opset.version();
    }
    return Status();
  }));
  if (!has_graph || model.nodes.empty()) return Corrupt("an ONNX model without nodes");
  if (model.opset < kFirstOpset || model.opset > kLastOpset) {
    return Unsupported(
        "its opset is {}; {} to {} can be imported: export it again (torch.onnx.export(..., "
        "opset_version=13)) or convert it with onnx.version_converter",
        model.opset, kFirstOpset, kLastOpset);
  }
  return model;
}

}  // namespace sinew::onnx_import
