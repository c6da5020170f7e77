// Widening every stored element type to the two that the IR has.
#include "compiler/import/onnx/onnx_tensor.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/printable.h"
#include "compiler/import/onnx/onnx_graph.pb.h"
#include "compiler/import/onnx/onnx_model.h"
#include "compiler/import/tensorflow/narrow.h"

namespace sinew::onnx_import {
namespace {

static_assert(std::endian::native == std::endian::little, "ONNX stores raw data in little-endian order");

// How elements of a type are stored, and what becomes of them.
struct Reader {
  OnnxType type;
  int64_t bytes;  // of an element of raw data
  void (*read)(const char* from, int64_t count, ir::Tensor* to);
};

template <class Stored, auto kConvert>
void ReadFloats(const char* from, int64_t count, ir::Tensor* to) {
  to->floats.resize(static_cast<size_t>(count));
  for (float& value : to->floats) {
    Stored stored;
    std::memcpy(&stored, from, sizeof(stored));
    from += sizeof(stored);
    value = kConvert(stored);
  }
}

template <class Stored>
void ReadInts(const char* from, int64_t count, ir::Tensor* to) {
  to->ints.resize(static_cast<size_t>(count));
  for (int64_t& value : to->ints) {
    Stored stored;
    std::memcpy(&stored, from, sizeof(stored));
    from += sizeof(stored);
    value = static_cast<int64_t>(stored);
  }
}

constexpr float Same(float value) { return value; }

constexpr Reader kReaders[] = {
    {OnnxType::kFloat, 4, ReadFloats<float, Same>},
    {OnnxType::kFloat16, 2, ReadFloats<uint16_t, import::HalfToFloat>},
    {OnnxType::kBfloat16, 2, ReadFloats<uint16_t, import::Bfloat16ToFloat>},
    {OnnxType::kDouble, 8, ReadFloats<double, import::DoubleToFloat>},
    {OnnxType::kInt64, 8, ReadInts<int64_t>},
    {OnnxType::kInt32, 4, ReadInts<int32_t>},
    {OnnxType::kInt16, 2, ReadInts<int16_t>},
    {OnnxType::kInt8, 1, ReadInts<int8_t>},
    {OnnxType::kUint64, 8, ReadInts<uint64_t>},
    {OnnxType::kUint32, 4, ReadInts<uint32_t>},
    {OnnxType::kUint16, 2, ReadInts<uint16_t>},
    {OnnxType::kUint8, 1, ReadInts<uint8_t>},
    {OnnxType::kBool, 1, ReadInts<uint8_t>},
};

bool IsReal(OnnxType type) {
  return type == OnnxType::kFloat || type == OnnxType::kFloat16 || type == OnnxType::kBfloat16 ||
         type == OnnxType::kDouble;
}

// Elements that are not raw: each type has a field for them, which several share.
void ReadFields(const proto::TensorProto& proto, OnnxType type, ir::Tensor* tensor) {
  switch (type) {
    case OnnxType::kFloat:
      tensor->floats.assign(proto.float_data().begin(), proto.float_data().end());
      break;
    case OnnxType::kDouble:
      for (const double value : proto.double_data()) tensor->floats.push_back(import::DoubleToFloat(value));
      break;
    case OnnxType::kFloat16:
      for (const int32_t value : proto.int32_data())
        tensor->floats.push_back(import::HalfToFloat(static_cast<uint16_t>(value)));
      break;
    case OnnxType::kBfloat16:
      for (const int32_t value : proto.int32_data())
        tensor->floats.push_back(import::Bfloat16ToFloat(static_cast<uint16_t>(value)));
      break;
    case OnnxType::kInt64:
      tensor->ints.assign(proto.int64_data().begin(), proto.int64_data().end());
      break;
    case OnnxType::kUint32:
    case OnnxType::kUint64:
      for (const uint64_t value : proto.uint64_data()) tensor->ints.push_back(static_cast<int64_t>(value));
      break;
    default:
      tensor->ints.assign(proto.int32_data().begin(), proto.int32_data().end());
      break;
  }
}

Result<int64_t> ParseNumber(std::string_view key, const std::string& text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0)
    return Corrupt("its external data has the {} \"{}\"", key, Printable(text));
  return value;
}

Result<std::string_view> ReadExternal(const proto::TensorProto& proto, ExternalData& external) {
  std::string location;
  int64_t offset = 0, length = -1;
  for (const proto::Entry& entry : proto.external_data()) {
    if (entry.key() == "location") location = entry.value();
    if (entry.key() == "offset") {
      SINEW_ASSIGN_OR_RETURN(offset, ParseNumber("offset", entry.value()));
    }
    if (entry.key() == "length") {
      SINEW_ASSIGN_OR_RETURN(length, ParseNumber("length", entry.value()));
    }
  }
  return external.Read(location, offset, length);
}

}  // namespace

Result<ir::Tensor> DecodeTensor(std::string_view bytes, ExternalData& external) {
  proto::TensorProto proto;
  if (!proto.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return Corrupt("damaged: it cannot be read");
  const OnnxType type = static_cast<OnnxType>(proto.data_type());
  const auto reader = std::ranges::find(kReaders, type, &Reader::type);
  if (reader == std::end(kReaders)) return Unsupported("constants of type {}", OnnxTypeName(type));
  ir::Tensor tensor;
  tensor.dtype = IsReal(type) ? ir::DType::kFloat32 : ir::DType::kInt32;
  tensor.shape.assign(proto.dims().begin(), proto.dims().end());
  SINEW_ASSIGN_OR_RETURN(const int64_t count, ir::ElementCount(tensor.shape));

  constexpr int kExternal = 1;
  if (proto.data_location() == kExternal || !proto.raw_data().empty()) {
    std::string_view raw = proto.raw_data();
    if (proto.data_location() == kExternal) {
      SINEW_ASSIGN_OR_RETURN(raw, ReadExternal(proto, external));
    }
    const int64_t stored = static_cast<int64_t>(raw.size());
    if (stored % reader->bytes != 0 || stored / reader->bytes != count) {
      return Corrupt("shape {} of {} takes {} elements of {} bytes, but there are {} bytes of data",
                     ir::ToString(tensor.shape), OnnxTypeName(type), count, reader->bytes, stored);
    }
    reader->read(raw.data(), count, &tensor);
    return tensor;
  }
  ReadFields(proto, type, &tensor);
  const int64_t given = static_cast<int64_t>(tensor.floats.size() + tensor.ints.size());
  if (given != count) {
    return Corrupt("shape {} of {} holds {} elements, but there are {}", ir::ToString(tensor.shape), OnnxTypeName(type),
                   count, given);
  }
  return tensor;
}

}  // namespace sinew::onnx_import
