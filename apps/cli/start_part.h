// Subcommands that are programs of their own, with libraries that the core does not link.
#pragma once

#include <optional>

#include "sinew/status.h"

namespace sinew::cli {

// Where the command line names such a subcommand, its program, which lies beside this one, takes the place of this
// process. Returns where there is none of the kind, or with the reason why it cannot be started.
std::optional<Status> StartPart(int argc, char** argv);

}  // namespace sinew::cli
