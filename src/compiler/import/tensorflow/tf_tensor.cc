// Widening every stored element type to the two that the IR has.
#include "compiler/import/tensorflow/tf_tensor.h"

#include <cmath>
#include <cstring>

#include "base/error.h"
#include "compiler/import/tensorflow/narrow.h"

namespace sinew::import {
namespace {

// All elements of `bytes`, read as Stored and turned by `convert`.
template <class Stored, class Value, class Convert>
std::vector<Value> Unpack(const std::string& bytes, Convert convert) {
  std::vector<Value> values(bytes.size() / sizeof(Stored));
  const char* position = bytes.data();
  for (Value& value : values) {
    Stored stored;
    std::memcpy(&stored, position, sizeof(stored));
    position += sizeof(stored);
    value = convert(stored);
  }
  return values;
}

template <class Stored>
std::vector<int64_t> UnpackInts(const std::string& bytes) {
  return Unpack<Stored, int64_t>(bytes, [](Stored stored) { return static_cast<int64_t>(stored); });
}

Result<std::vector<int64_t>> UnpackInts(const std::string& bytes, TfType storage) {
  switch (storage) {
    case TfType::kInt32:
      return UnpackInts<int32_t>(bytes);
    case TfType::kInt64:
      return UnpackInts<int64_t>(bytes);
    case TfType::kInt16:
      return UnpackInts<int16_t>(bytes);
    case TfType::kInt8:
      return UnpackInts<int8_t>(bytes);
    case TfType::kUint8:
      return UnpackInts<uint8_t>(bytes);
    case TfType::kBool:
      return UnpackInts<uint8_t>(bytes);
    case TfType::kUint16:
      return UnpackInts<uint16_t>(bytes);
    case TfType::kUint32:
      return UnpackInts<uint32_t>(bytes);
    case TfType::kUint64:
      return UnpackInts<uint64_t>(bytes);
    default:
      return Unsupported("integers stored as {}", TfTypeName(storage));
  }
}

Result<std::vector<float>> UnpackFloats(const std::string& bytes, TfType storage) {
  switch (storage) {
    case TfType::kFloat: {
      std::vector<float> values(bytes.size() / sizeof(float));
      if (!values.empty()) std::memcpy(values.data(), bytes.data(), values.size() * sizeof(float));
      return values;
    }
    case TfType::kDouble:
      return Unpack<double, float>(bytes, DoubleToFloat);
    case TfType::kHalf:
      return Unpack<uint16_t, float>(bytes, HalfToFloat);
    case TfType::kBfloat16:
      return Unpack<uint16_t, float>(bytes, Bfloat16ToFloat);
    default:
      return Unsupported("real numbers stored as {}", TfTypeName(storage));
  }
}

Result<std::vector<float>> Dequantize(const std::string& bytes, TfType storage, const Quantization& quantization) {
  const auto real = [&](auto stored) {
    return DoubleToFloat(static_cast<double>(stored) * quantization.scale + quantization.min);
  };
  if (storage == TfType::kUint8) return Unpack<uint8_t, float>(bytes, real);
  if (storage == TfType::kUint16) return Unpack<uint16_t, float>(bytes, real);
  return Unsupported("values quantised to {}", TfTypeName(storage));
}

Result<std::vector<int64_t>> RoundToInts(const std::vector<float>& reals) {
  std::vector<int64_t> ints;
  ints.reserve(reals.size());
  for (const float real : reals) {
    if (!(std::abs(real) <= 0x1p31f)) return Corrupt("a quantised integer stands for {}", real);
    ints.push_back(std::llround(real));
  }
  return ints;
}

}  // namespace

Result<ir::Tensor> TensorDecoder::Decode(TfTensor&& tensor) {
  const std::optional<ir::DType> dtype = ToIrType(tensor.type);
  if (!dtype) return Unsupported("constants of type {}", TfTypeName(tensor.type));
  SINEW_ASSIGN_OR_RETURN(const int64_t count, ir::ElementCount(tensor.shape));

  ir::Tensor result;
  result.dtype = *dtype;
  result.shape = std::move(tensor.shape);
  const bool is_float = *dtype == ir::DType::kFloat32;
  if (tensor.storage != TfType::kInvalid) {
    const int64_t width = TfTypeBytes(tensor.storage);
    const int64_t stored = static_cast<int64_t>(tensor.bytes.size());
    if (width == 0) return Unsupported("data stored as {}", TfTypeName(tensor.storage));
    if (stored % width != 0 || stored / width != count) {
      return Corrupt("shape {} of {} takes {} elements of {} bytes, but there are {} bytes of data",
                     ir::ToString(result.shape), TfTypeName(tensor.storage), count, width, stored);
    }
    if (tensor.quantization) {
      SINEW_ASSIGN_OR_RETURN(result.floats, Dequantize(tensor.bytes, tensor.storage, *tensor.quantization));
      if (!is_float) {
        SINEW_ASSIGN_OR_RETURN(result.ints, RoundToInts(result.floats));
        result.floats = {};
      }
    } else if (is_float) {
      SINEW_ASSIGN_OR_RETURN(result.floats, UnpackFloats(tensor.bytes, tensor.storage));
    } else {
      SINEW_ASSIGN_OR_RETURN(result.ints, UnpackInts(tensor.bytes, tensor.storage));
    }
    std::string().swap(tensor.bytes);
    return result;
  }

  result.floats = std::move(tensor.floats);
  result.ints = std::move(tensor.ints);
  if (is_float ? !result.ints.empty() : !result.floats.empty()) {
    return Corrupt("the values are not of its type {}", TfTypeName(tensor.type));
  }
  const int64_t given = static_cast<int64_t>(is_float ? result.floats.size() : result.ints.size());
  if (given > count) {
    return Corrupt("shape {} holds {} elements, but there are {}", ir::ToString(result.shape), count, given);
  }
  // TensorFlow drops trailing repetitions; no value at all stands for zeros.
  if (count - given > repeats_left_) {
    return TooLarge("shape {} asks for {} repetitions of a value; a model may have {} altogether",
                    ir::ToString(result.shape), count - given, kMaxRepeatedElements);
  }
  repeats_left_ -= count - given;
  if (is_float) {
    const float last = given ? result.floats.back() : 0;
    result.floats.resize(static_cast<size_t>(count), last);
  } else {
    const int64_t last = given ? result.ints.back() : 0;
    result.ints.resize(static_cast<size_t>(count), last);
  }
  return result;
}

}  // namespace sinew::import
