// What a measured network was compiled for.
#include "measure/target_name.h"

#include "backends/cuda/device.h"
#include "base/error.h"
#include "runtime/gpu.h"
#include "simd/target.h"

namespace sinew::measure {

Result<std::string> TargetName(const Model& model, const SessionOptions& session) {
  if (session.device.is_gpu()) {
    SINEW_ASSIGN_OR_RETURN(const cuda::Precision precision, runtime::GpuPrecision(session.precision));
    return fmt::format("{}-{}", session.device.backend(), cuda::PrecisionName(precision));
  }
  SINEW_ASSIGN_OR_RETURN(const simd::Target planned, simd::ParseTarget(model.target()));
  SINEW_ASSIGN_OR_RETURN(const simd::Target target, simd::ForcedTargetOr(planned));
  return std::string(simd::TargetName(target));
}

}  // namespace sinew::measure
