// The target of a request: path and query.
#pragma once

#include <string>
#include <string_view>

#include "http/message.h"
#include "sinew/status.h"

namespace sinew::server {

struct Target {
  std::string path;
  NamedValues query;
};

// "/v1/people?format=openpose". kInvalidArgument for a target that is not a path, an escape that is none, a control
// character, or too many values.
Result<Target> ParseTarget(std::string_view text);

}  // namespace sinew::server
