// Pictures to calibrate by, as a network takes them.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "media/inputs.h"
#include "sinew/model.h"
#include "sinew/model_description.h"
#include "sinew/status.h"

namespace sinew::service {

// More pictures change statistics of channels by little, and take their time.
inline constexpr size_t kMostCalibrationPictures = 64;

// For CompileOptions::calibration: reads the inputs' pictures and frames, every so many that kMostCalibrationPictures
// of those that are known remain, and stretches them to a resolution. Errors: kInvalidArgument where there is none;
// those of a picture that cannot be read.
std::function<Result<std::vector<float>>(Resolution)> CalibrationPictures(std::vector<media::Input> inputs,
                                                                          const InputConvention& convention);

}  // namespace sinew::service
