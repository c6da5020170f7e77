// The files of src/report/page and the chart library, as they were when sinew was built (scripts/embed.py).
#pragma once

#include <string_view>

namespace sinew::report {

extern const std::string_view kPageStyle, kPageScript;
// Empty where sinew was built without charts.
extern const std::string_view kD3Script, kD3Licence, kPlotScript, kPlotLicence;

}  // namespace sinew::report
