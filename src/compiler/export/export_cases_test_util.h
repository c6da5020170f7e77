// For tests: small networks that, together, use every form of every operation. Each has one output.
#pragma once

#include <span>
#include <string_view>

namespace sinew::onnx_export {

struct ExportCase {
  std::string_view name;
  std::string_view text;  // of the IR
};

std::span<const ExportCase> ExportCases();

}  // namespace sinew::onnx_export
