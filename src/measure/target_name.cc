// What a measured network was compiled for.
#include "measure/target_name.h"

#include "backends/cuda/device.h"
#include "base/error.h"
#include "runtime/gpu.h"
#include "runtime/model_access.h"

namespace sinew::measure {

Result<simd::Target> InstructionSet(const Model& model) {
  SINEW_ASSIGN_OR_RETURN(const simd::Target planned, simd::ParseTarget(model.target()));
  return simd::ForcedTargetOr(planned);
}

Result<std::string> TargetName(const Model& model, const SessionOptions& session) {
  if (session.device.is_gpu()) {
    SINEW_ASSIGN_OR_RETURN(const cuda::Precision precision, runtime::GpuPrecision(session.precision));
    return fmt::format("{}-{}", session.device.backend(), cuda::PrecisionName(precision));
  }
  SINEW_ASSIGN_OR_RETURN(const simd::Target target, InstructionSet(model));
  const auto precision = static_cast<Precision>(runtime::ModelAccess::artifact(model).model().plans[0]->precision);
  if (precision == Precision::kAuto) return std::string(simd::TargetName(target));
  return fmt::format("{}-{}", simd::TargetName(target), PrecisionName(precision));
}

}  // namespace sinew::measure
