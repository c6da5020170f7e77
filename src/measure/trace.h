// Profiles in the trace format that chrome://tracing and ui.perfetto.dev open.
#pragma once

#include <string>
#include <string_view>

#include "measure/profile.h"

namespace sinew::measure {

// The profile's spans as complete events ("ph": "X", microseconds), a row a thread; those of stages on a row of their
// own.
//   Source: "Trace Event Format", Google, 2016
std::string ToChromeTrace(const Profile& profile, std::string_view title);

}  // namespace sinew::measure
