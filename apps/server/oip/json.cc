// The way from JSON to tensors and back.
#include "oip/json.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/error.h"
#include "oip/bytes.h"
#include "results/json_people.h"

namespace sinew::server::oip {
namespace {

using results::Json;

// A tensor of numbers takes some ten characters a value in JSON and sixteen bytes once it is parsed: this bounds both.
constexpr size_t kMaxJsonBytes = size_t{16} << 20;
constexpr int kMaxDepth = 8;
// Objects around a tensor's values: the request, its list of inputs, an input, its data.
constexpr int kMaxNesting = kMaxDepth + 4;
constexpr size_t kMaxTensors = 16;

// Whether brackets are nested no deeper than that: each level that is parsed takes much more memory than its byte.
bool IsShallow(std::string_view json) {
  int depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (in_string && c == '\\')
      ++i;
    else if (c == '"')
      in_string = !in_string;
    else if (!in_string && (c == '[' || c == '{') && ++depth > kMaxNesting)
      return false;
    else if (!in_string && (c == ']' || c == '}'))
      --depth;
  }
  return true;
}

const Json* Member(const Json& object, const char* name) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(name);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

Result<std::string> Text(const Json& object, const char* name, const char* where) {
  const Json* const value = Member(object, name);
  if (value == nullptr || !value->is_string()) return InvalidArgument("{} has no text \"{}\"", where, name);
  return value->get<std::string>();
}

// A truth value, number or text as text.
Result<Parameters> ReadParameters(const Json& object) {
  Parameters parameters;
  const Json* const json = Member(object, "parameters");
  if (json == nullptr) return parameters;
  if (!json->is_object()) return InvalidArgument("\"parameters\" is {}, must be an object", json->type_name());
  for (const auto& [name, value] : json->items()) {
    if (value.is_structured() || value.is_null())
      return InvalidArgument("parameter \"{}\" is {}, must be a number, text or truth value", name, value.type_name());
    parameters[name] = value.is_string() ? value.get<std::string>() : value.dump();
  }
  return parameters;
}

int Base64Digit(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  return c == '+' ? 62 : c == '/' ? 63 : -1;
}

Result<std::string> DecodeBase64(std::string_view text) {
  while (text.ends_with('=')) text.remove_suffix(1);
  std::string bytes;
  bytes.reserve(text.size() * 3 / 4);
  uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const int digit = Base64Digit(c);
    if (digit < 0) return InvalidArgument("is not base64");
    bits = bits << 6 | static_cast<uint32_t>(digit);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes += static_cast<char>(bits >> count & 255);
  }
  return bytes;
}

// Values, nested or flat, in order.
Status AppendValues(const Json& json, int depth, bool is_base64, Tensor* tensor) {
  if (json.is_array()) {
    if (depth == kMaxDepth) return InvalidArgument("input \"{}\": data nested deeper than {}", tensor->name, kMaxDepth);
    for (const Json& value : json) SINEW_RETURN_IF_ERROR(AppendValues(value, depth + 1, is_base64, tensor));
    return Status();
  }
  if (tensor->datatype == "BYTES" && json.is_string()) {
    std::string bytes = json.get<std::string>();
    if (is_base64) {
      auto decoded = DecodeBase64(bytes);
      if (!decoded.ok()) return InvalidArgument("input \"{}\": {}", tensor->name, decoded.status().message());
      bytes = std::move(*decoded);
    }
    AppendBytes(static_cast<uint32_t>(bytes.size()), &tensor->data);
    tensor->data += bytes;
    return Status();
  }
  if (tensor->datatype == "FP32" && json.is_number()) {
    const float value = json.get<float>();
    if (!std::isfinite(value)) return InvalidArgument("input \"{}\": {} is out of range", tensor->name, json.dump());
    AppendBytes(value, &tensor->data);
    return Status();
  }
  return InvalidArgument("input \"{}\": a value of type {} in a tensor of type {}", tensor->name, json.type_name(),
                         tensor->datatype);
}

Status ReadShape(const Json& json, Tensor* tensor) {
  const Json* const shape = Member(json, "shape");
  if (shape == nullptr || !shape->is_array() || shape->size() > kMaxDepth)
    return InvalidArgument("input \"{}\" has no list \"shape\" of at most {} numbers", tensor->name, kMaxDepth);
  for (const Json& size : *shape) {
    constexpr int64_t kMaxSize = int64_t{1} << 31;
    if (!size.is_number_integer() || size.get<int64_t>() < 0 || size.get<int64_t>() > kMaxSize)
      return InvalidArgument("input \"{}\": \"shape\" has {}, must be whole numbers", tensor->name, size.dump());
    tensor->shape.push_back(size.get<int64_t>());
  }
  return Status();
}

Result<Tensor> ReadInput(const Json& json, std::string_view* binary) {
  Tensor tensor;
  SINEW_ASSIGN_OR_RETURN(tensor.name, Text(json, "name", "an input"));
  SINEW_ASSIGN_OR_RETURN(tensor.datatype, Text(json, "datatype", "an input"));
  SINEW_RETURN_IF_ERROR(ReadShape(json, &tensor));
  SINEW_ASSIGN_OR_RETURN(const Parameters parameters, ReadParameters(json));
  const auto content_type = parameters.find("content_type");
  const bool is_base64 = content_type != parameters.end() && content_type->second == "base64";
  const Json* const json_parameters = Member(json, "parameters");
  const Json* const size = json_parameters == nullptr ? nullptr : Member(*json_parameters, "binary_data_size");
  if (size == nullptr) {
    const Json* const data = Member(json, "data");
    if (data == nullptr || !data->is_array())
      return InvalidArgument("input \"{}\" has neither a list \"data\" nor a \"binary_data_size\"", tensor.name);
    SINEW_RETURN_IF_ERROR(AppendValues(*data, 0, is_base64, &tensor));
    return tensor;
  }
  if (!size->is_number_unsigned() || size->get<uint64_t>() > binary->size()) {
    return InvalidArgument("input \"{}\": binary_data_size is {}, {} bytes are left behind the JSON", tensor.name,
                           size->dump(), binary->size());
  }
  tensor.data = binary->substr(0, size->get<size_t>());
  binary->remove_prefix(tensor.data.size());
  return tensor;
}

Status ReadOutputs(const Json& json, ParsedRequest* parsed) {
  const auto request_wants = parsed->request.parameters.find("binary_data_output");
  parsed->binary.all = request_wants != parsed->request.parameters.end() && request_wants->second == "true";
  const Json* const outputs = Member(json, "outputs");
  if (outputs == nullptr) return Status();
  if (!outputs->is_array() || outputs->size() > kMaxTensors)
    return InvalidArgument("\"outputs\" must be a list of at most {}", kMaxTensors);
  for (const Json& output : *outputs) {
    SINEW_ASSIGN_OR_RETURN(std::string name, Text(output, "name", "an output"));
    SINEW_ASSIGN_OR_RETURN(const Parameters parameters, ReadParameters(output));
    const auto wants = parameters.find("binary_data");
    if (wants != parameters.end() ? wants->second == "true" : parsed->binary.all) parsed->binary.names.push_back(name);
    parsed->request.outputs.push_back(std::move(name));
  }
  parsed->binary.all = false;
  return Status();
}

// The values of a tensor as a flat list.
Json Values(const Tensor& tensor) {
  Json list = Json::array();
  const char* const data = tensor.data.data();
  for (size_t at = 0; at < tensor.data.size();) {
    if (tensor.datatype == "FP32") {
      float value = 0;
      std::memcpy(&value, data + at, sizeof(value));
      list.push_back(std::isfinite(value) ? Json(value) : Json());
      at += sizeof(value);
    } else {
      int64_t value = 0;
      std::memcpy(&value, data + at, sizeof(value));
      list.push_back(value);
      at += sizeof(value);
    }
  }
  return list;
}

}  // namespace

Result<ParsedRequest> ParseRequest(std::string_view body, std::optional<size_t> json_size) {
  ParsedRequest parsed;
  if (json_size == size_t{0}) {
    Tensor picture{"image", "BYTES", {1}, ""};
    if (body.size() > UINT32_MAX) return TooLarge("a picture of {} bytes", body.size());
    AppendBytes(static_cast<uint32_t>(body.size()), &picture.data);
    picture.data += body;
    parsed.request.inputs.push_back(std::move(picture));
    parsed.binary.all = true;
    return parsed;
  }
  const size_t size = json_size.value_or(body.size());
  if (size > body.size())
    return InvalidArgument("Inference-Header-Content-Length is {}, the body has {} bytes", size, body.size());
  if (size > kMaxJsonBytes)
    return TooLarge("{} bytes of JSON, at most {} are read: send tensors as binary data", size, kMaxJsonBytes);
  if (!IsShallow(body.substr(0, size))) return InvalidArgument("JSON nested deeper than {}", kMaxNesting);
  std::string_view binary = body.substr(size);
  const Json json = Json::parse(body.substr(0, size), nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return InvalidArgument("the body is not a JSON object");
  if (const Json* const id = Member(json, "id"); id != nullptr) {
    if (!id->is_string()) return InvalidArgument("\"id\" is {}, must be text", id->type_name());
    parsed.request.id = id->get<std::string>();
  }
  SINEW_ASSIGN_OR_RETURN(parsed.request.parameters, ReadParameters(json));
  const Json* const inputs = Member(json, "inputs");
  if (inputs == nullptr || !inputs->is_array() || inputs->empty() || inputs->size() > kMaxTensors)
    return InvalidArgument("the request has no list \"inputs\" of 1 to {}", kMaxTensors);
  for (const Json& input : *inputs) {
    SINEW_ASSIGN_OR_RETURN(Tensor tensor, ReadInput(input, &binary));
    parsed.request.inputs.push_back(std::move(tensor));
  }
  if (!binary.empty()) return InvalidArgument("{} bytes behind the JSON belong to no input", binary.size());
  SINEW_RETURN_IF_ERROR(ReadOutputs(json, &parsed));
  return parsed;
}

WrittenResponse WriteResponse(const InferResponse& response, const BinaryOutputs& binary) {
  Json json;
  json["model_name"] = response.model;
  json["model_version"] = response.version;
  if (!response.id.empty()) json["id"] = response.id;
  Json outputs = Json::array();
  std::string behind;
  bool has_binary = false;
  for (const Tensor& tensor : response.outputs) {
    Json output;
    output["name"] = tensor.name;
    output["datatype"] = tensor.datatype;
    output["shape"] = tensor.shape;
    if (binary.all || std::find(binary.names.begin(), binary.names.end(), tensor.name) != binary.names.end()) {
      output["parameters"]["binary_data_size"] = tensor.data.size();
      behind += tensor.data;
      has_binary = true;
    } else {
      output["data"] = Values(tensor);
    }
    outputs.push_back(std::move(output));
  }
  json["outputs"] = std::move(outputs);
  WrittenResponse written{json.dump(-1, ' ', false, Json::error_handler_t::replace), std::nullopt};
  if (has_binary) {
    written.json_size = written.body.size();
    written.body += behind;
  }
  return written;
}

}  // namespace sinew::server::oip
