// TensorFlow's element types: one table.
#include "compiler/import/tensorflow/tf_type.h"

#include <fmt/format.h>

namespace sinew::import {
namespace {

struct TypeInfo {
  TfType type;
  std::string_view name;
  int64_t bytes;
  std::optional<ir::DType> ir;
};

constexpr TypeInfo kTypes[] = {
    {TfType::kFloat, "DT_FLOAT", 4, ir::DType::kFloat32},
    {TfType::kDouble, "DT_DOUBLE", 8, ir::DType::kFloat32},
    {TfType::kInt32, "DT_INT32", 4, ir::DType::kInt32},
    {TfType::kUint8, "DT_UINT8", 1, ir::DType::kInt32},
    {TfType::kInt16, "DT_INT16", 2, ir::DType::kInt32},
    {TfType::kInt8, "DT_INT8", 1, ir::DType::kInt32},
    {TfType::kString, "DT_STRING", 0, std::nullopt},
    {TfType::kComplex64, "DT_COMPLEX64", 8, std::nullopt},
    {TfType::kInt64, "DT_INT64", 8, ir::DType::kInt32},
    {TfType::kBool, "DT_BOOL", 1, ir::DType::kInt32},
    {TfType::kBfloat16, "DT_BFLOAT16", 2, ir::DType::kFloat32},
    {TfType::kUint16, "DT_UINT16", 2, ir::DType::kInt32},
    {TfType::kHalf, "DT_HALF", 2, ir::DType::kFloat32},
    {TfType::kResource, "DT_RESOURCE", 0, std::nullopt},
    {TfType::kUint32, "DT_UINT32", 4, ir::DType::kInt32},
    {TfType::kUint64, "DT_UINT64", 8, ir::DType::kInt32},
};

const TypeInfo* Find(TfType type) {
  for (const TypeInfo& info : kTypes) {
    if (info.type == type) return &info;
  }
  return nullptr;
}

}  // namespace

std::string TfTypeName(TfType type) {
  const TypeInfo* info = Find(type);
  return info ? std::string(info->name) : fmt::format("type {}", static_cast<int32_t>(type));
}

TfType ParseTfType(std::string_view name) {
  for (const TypeInfo& info : kTypes) {
    if (info.name == name) return info.type;
  }
  return TfType::kInvalid;
}

int64_t TfTypeBytes(TfType type) {
  const TypeInfo* info = Find(type);
  return info ? info->bytes : 0;
}

std::optional<ir::DType> ToIrType(TfType type) {
  const TypeInfo* info = Find(type);
  return info ? info->ir : std::nullopt;
}

}  // namespace sinew::import
