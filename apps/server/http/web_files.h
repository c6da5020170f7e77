// The page's files, which are a part of the program (web/).
#pragma once

#include <string_view>

namespace sinew::server::web {

extern const std::string_view kIndex, kStyle, kApp, kDraw, kSources, kDownloads, kIcon, kOpenApi;

}  // namespace sinew::server::web
