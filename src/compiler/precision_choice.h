// Which types of numbers a plan may use.
#pragma once

#include <optional>

#include "compiler/plan/plan_options.h"
#include "simd/target.h"
#include "sinew/precision.h"
#include "sinew/status.h"

namespace sinew {

// Whether there are kernels for more than F32.
bool HasNarrowTypes(simd::Target target);

// Whether `precision` would take narrow types on `target`, but this processor cannot try them.
bool IsKeptToFp32(Precision precision, simd::Target target, double max_error);

// What `precision` allows on `target`; nullopt: on a backend that chooses for itself. kInvalidArgument, with what there
// is, where CPUs or the target have not what was asked for, or this processor cannot try it; kAuto is single precision
// there.
//
// kAuto within the default error is single precision where there are no tiles: VDPBF16PS would save a tenth there, for
// four hundred times the error.
Result<plan::DataTypes> ChooseTypes(Precision precision, std::optional<simd::Target> target, double max_error);

}  // namespace sinew
