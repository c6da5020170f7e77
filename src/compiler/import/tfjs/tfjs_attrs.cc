// JSON attribute values to neutral ones. A value of the wrong kind is an error that quotes it.
#include "compiler/import/tfjs/tfjs_attrs.h"

#include <charconv>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "compiler/import/tensorflow/narrow.h"
#include "compiler/import/tensorflow/node_names.h"
#include "compiler/import/tfjs/base64.h"

namespace sinew::import {
namespace {

using Json = nlohmann::json;

std::string Quoted(const Json& value) {
  if (value.is_structured()) return value.is_array() ? "an array" : "an object";
  if (value.is_string()) return fmt::format("\"{}\"", Printable(value.get_ref<const std::string&>()));
  return Printable(value.dump(-1, ' ', true, Json::error_handler_t::replace));
}

Result<int64_t> ReadInt(const Json& value) {
  if (value.is_number_integer()) {
    if (value.is_number_unsigned() && value.get<uint64_t>() > INT64_MAX) {
      return Corrupt("{} is out of range", Quoted(value));
    }
    return value.get<int64_t>();
  }
  if (value.is_string()) {
    const std::string& text = value.get_ref<const std::string&>();
    int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc() && end == text.data() + text.size()) return number;
  }
  return Corrupt("{} is not an integer", Quoted(value));
}

Result<double> ReadReal(const Json& value) {
  if (value.is_number()) return value.get<double>();
  if (value == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (value == "Infinity") return std::numeric_limits<double>::infinity();
  if (value == "-Infinity") return -std::numeric_limits<double>::infinity();
  return Corrupt("{} is not a number", Quoted(value));
}

Result<bool> ReadBool(const Json& value) {
  if (!value.is_boolean()) return Corrupt("{} is neither true nor false", Quoted(value));
  return value.get<bool>();
}

Result<std::string> ReadBytes(const Json& value) {
  if (!value.is_string()) return Corrupt("{} is not a string in base64", Quoted(value));
  std::optional<std::string> bytes = DecodeBase64(value.get_ref<const std::string&>());
  if (!bytes) return Corrupt("{} is not a string in base64", Quoted(value));
  return *std::move(bytes);
}

// The member under its JSON name or its name in the schema; null where there is none.
const Json* Member(const Json& object, const char* json_name, const char* schema_name) {
  if (!object.is_object()) return nullptr;
  auto found = object.find(json_name);
  if (found == object.end()) found = object.find(schema_name);
  return found == object.end() ? nullptr : &*found;
}

Result<TfShape> ReadShape(const Json& value) {
  if (!value.is_object()) return Corrupt("{} is not a shape", Quoted(value));
  TfShape shape;
  if (const Json* unknown = Member(value, "unknownRank", "unknown_rank")) {
    SINEW_ASSIGN_OR_RETURN(shape.unknown_rank, ReadBool(*unknown));
  }
  const Json* dims = Member(value, "dim", "dim");
  if (!dims) return shape;
  if (!dims->is_array()) return Corrupt("the dimensions of a shape are {}", Quoted(*dims));
  for (const Json& dim : *dims) {
    const Json* size = Member(dim, "size", "size");
    int64_t elements = 0;  // zero is left out by the JSON mapping
    if (size) {
      SINEW_ASSIGN_OR_RETURN(elements, ReadInt(*size));
    }
    shape.dims.push_back(elements);
  }
  return shape;
}

// A list of any kind, each element read by `read`.
template <class Value, class Read>
Status ReadEach(const Json* list, Read read, std::vector<Value>& values) {
  if (!list) return {};
  if (!list->is_array()) return Corrupt("{} is not a list", Quoted(*list));
  for (const Json& element : *list) {
    SINEW_ASSIGN_OR_RETURN(auto value, read(element));
    values.push_back(static_cast<Value>(value));
  }
  return {};
}

Result<float> ReadFloat(const Json& value) {
  SINEW_ASSIGN_OR_RETURN(const double real, ReadReal(value));
  return DoubleToFloat(real);
}

Result<TfTensor> ReadTensor(const Json& value) {
  if (!value.is_object()) return Corrupt("{} is not a tensor", Quoted(value));
  TfTensor tensor;
  if (const Json* type = Member(value, "dtype", "dtype")) {
    SINEW_ASSIGN_OR_RETURN(tensor.type, ReadJsonType(*type));
  }
  if (const Json* shape = Member(value, "tensorShape", "tensor_shape")) {
    SINEW_ASSIGN_OR_RETURN(TfShape read, ReadShape(*shape));
    tensor.shape = std::move(read.dims);
  }
  if (const Json* content = Member(value, "tensorContent", "tensor_content")) {
    SINEW_ASSIGN_OR_RETURN(tensor.bytes, ReadBytes(*content));
    if (!tensor.bytes.empty()) {
      tensor.storage = tensor.type;
      return tensor;
    }
  }
  SINEW_RETURN_IF_ERROR(ReadEach(Member(value, "floatVal", "float_val"), ReadFloat, tensor.floats));
  SINEW_RETURN_IF_ERROR(ReadEach(Member(value, "doubleVal", "double_val"), ReadFloat, tensor.floats));
  SINEW_RETURN_IF_ERROR(ReadEach(Member(value, "intVal", "int_val"), ReadInt, tensor.ints));
  SINEW_RETURN_IF_ERROR(ReadEach(Member(value, "int64Val", "int64_val"), ReadInt, tensor.ints));
  SINEW_RETURN_IF_ERROR(ReadEach(Member(value, "boolVal", "bool_val"), ReadBool, tensor.ints));
  return tensor;
}

Result<std::optional<TfAttr>> ReadList(const Json& list) {
  const Json* strings = Member(list, "s", "s");
  if (strings && !strings->empty()) {
    std::vector<std::string> values;
    SINEW_RETURN_IF_ERROR(ReadEach(strings, ReadBytes, values));
    return std::optional<TfAttr>(std::move(values));
  }
  std::vector<int64_t> values;
  SINEW_RETURN_IF_ERROR(ReadEach(Member(list, "i", "i"), ReadInt, values));
  return std::optional<TfAttr>(std::move(values));
}

template <class Value>
Result<std::optional<TfAttr>> AsAttr(Result<Value> value) {
  if (!value.ok()) return value.status();
  return std::optional<TfAttr>(TfAttr(*std::move(value)));
}

}  // namespace

Result<TfType> ReadJsonType(const Json& value) {
  if (value.is_string()) {
    const TfType type = ParseTfType(value.get_ref<const std::string&>());
    if (type == TfType::kInvalid) return Unsupported("element type {}", Quoted(value));
    return type;
  }
  SINEW_ASSIGN_OR_RETURN(const int64_t number, ReadInt(value));
  if (number < 0 || number > INT32_MAX) return Corrupt("element type {}", number);
  return static_cast<TfType>(number);
}

Result<std::optional<TfAttr>> ReadJsonAttr(const Json& value) {
  if (!value.is_object()) return Corrupt("{} is not an attribute value", Quoted(value));
  for (const auto& [kind, content] : value.items()) {
    if (kind == "s") return AsAttr(ReadBytes(content));
    if (kind == "i") return AsAttr(ReadInt(content));
    if (kind == "f") return AsAttr(ReadReal(content));
    if (kind == "b") return AsAttr(ReadBool(content));
    if (kind == "shape") return AsAttr(ReadShape(content));
    if (kind == "tensor") return AsAttr(ReadTensor(content));
    if (kind == "list") return ReadList(content);
    if (kind == "type") {
      // A type that the importer does not know matters only where the converter asks for it.
      Result<TfType> type = ReadJsonType(content);
      if (!type.ok() && type.status().code() == StatusCode::kUnsupported) return std::optional<TfAttr>();
      return AsAttr(std::move(type));
    }
  }
  return std::optional<TfAttr>();
}

}  // namespace sinew::import
