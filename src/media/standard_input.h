// Standard input as a source.
#pragma once

#include <memory>
#include <string>

#include "media/source.h"

namespace sinew::media {

// What piped.h makes of it. The descriptor stays the caller's. kInvalidArgument for a terminal.
Result<std::unique_ptr<Source>> OpenStandardInput(int fd, std::string name, const SourceOptions& options);

}  // namespace sinew::media
