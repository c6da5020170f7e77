// TensorFlow's element types, as numbered in its files.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "compiler/ir/tensor.h"

namespace sinew::import {

enum class TfType : int32_t {
  kInvalid = 0,
  kFloat = 1,
  kDouble = 2,
  kInt32 = 3,
  kUint8 = 4,
  kInt16 = 5,
  kInt8 = 6,
  kString = 7,
  kComplex64 = 8,
  kInt64 = 9,
  kBool = 10,
  kBfloat16 = 14,
  kUint16 = 17,
  kHalf = 19,
  kResource = 20,
  kUint32 = 22,
  kUint64 = 23,
};

// "DT_FLOAT", ...; "type 77" for a number that is not listed.
std::string TfTypeName(TfType type);

// kInvalid for a name that is not listed.
TfType ParseTfType(std::string_view name);

// Bytes of an element in a file; 0 for types without a fixed size and for those that are not listed.
int64_t TfTypeBytes(TfType type);

// The IR's type that holds such values: float32 for every real type, int32 for every integer and bool. None for
// strings, complex numbers and handles.
std::optional<ir::DType> ToIrType(TfType type);

}  // namespace sinew::import
