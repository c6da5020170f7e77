// Names and keys of the host side.
#include "backends/cuda/device.h"

#include <fmt/format.h>

namespace sinew::cuda {

const char* PrecisionName(Precision precision) {
  switch (precision) {
    case Precision::kFp32:
      return "fp32";
    case Precision::kTf32:
      return "tf32";
    case Precision::kFp16:
      return "fp16";
    case Precision::kBf16:
      return "bf16";
  }
  return "?";
}

DataType StorageOf(Precision precision) {
  switch (precision) {
    case Precision::kFp16:
      return DataType::kFloat16;
    case Precision::kBf16:
      return DataType::kBFloat16;
    default:
      return DataType::kFloat32;
  }
}

double ConvProblem::multiply_adds() const {
  return static_cast<double>(batch) * out_h * out_w * out_k * in_c * window.kernel_h * window.kernel_w;
}

std::string ConvProblem::Key() const {
  const Window& w = window;
  return fmt::format("{}/n{}/{}x{}x{}+{}/{}x{}x{}+{}/k{}x{}s{}x{}d{}x{}p{}x{}/a{}", PrecisionName(precision), batch,
                     in_h, in_w, in_c, in_pixel_stride, out_h, out_w, out_k, out_pixel_stride, w.kernel_h, w.kernel_w,
                     w.stride_h, w.stride_w, w.dilation_h, w.dilation_w, w.pad_top, w.pad_left,
                     static_cast<int>(activation));
}

}  // namespace sinew::cuda
