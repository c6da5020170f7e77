// Tensors that a model keeps in files beside it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "base/mapped_file.h"
#include "sinew/status.h"

namespace sinew::onnx_import {

// Files below one folder, each mapped once.
class ExternalData {
 public:
  // An empty folder: there is none, every request fails.
  explicit ExternalData(std::filesystem::path folder) : folder_(std::move(folder)) {}

  // `size` bytes from `offset`; all behind `offset` where `size` is negative. `location` is a path that must stay below
  // the folder, links followed. Valid while this object is.
  Result<std::string_view> Read(const std::string& location, int64_t offset, int64_t size);

 private:
  std::filesystem::path folder_;
  std::map<std::string, MappedFile> files_;
};

}  // namespace sinew::onnx_import
