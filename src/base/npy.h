// NumPy's .npy format for dense float32 arrays in C order: the tensors that people hand in and get back.
//   Source: "NEP 1: A Simple File Format for NumPy Arrays".
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "base/atomic_file.h"
#include "sinew/status.h"

namespace sinew {

struct NpyArray {
  std::vector<int64_t> shape;
  std::vector<float> values;  // as many as the product of `shape`
};

// Reads versions 1 to 3. Types f4, f8, u1 and i4 (little endian) are converted to float; anything else, Fortran order,
// or a length that contradicts the shape is an error that names the file.
Result<NpyArray> ReadNpy(const std::filesystem::path& path);

// The same from memory; `name` stands in messages.
Result<NpyArray> ParseNpy(std::string_view content, std::string_view name);

Status WriteNpy(const std::filesystem::path& path, std::span<const int64_t> shape, std::span<const float> values,
                const WriteOptions& options = {});

}  // namespace sinew
