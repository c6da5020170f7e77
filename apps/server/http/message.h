// Requests and responses as the server's routes see them: no sockets, no parser.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "serving/scheduler.h"

namespace sinew::server {

using NamedValues = std::vector<std::pair<std::string, std::string>>;

// The value of the first of that name; nullptr where there is none.
inline const std::string* FindValue(const NamedValues& values, std::string_view name) {
  for (const auto& [key, value] : values) {
    if (key == name) return &value;
  }
  return nullptr;
}

struct HttpRequest {
  std::string method;
  std::string path;     // percent-decoded
  NamedValues query;    // percent-decoded, in order
  NamedValues headers;  // names in lower case
  std::string body;
  std::string peer;  // the address it came from
  std::string id;    // of the request: its own, or one that was made up
  serving::CancelFlag cancelled;
  serving::Clock::time_point received = serving::Clock::now();

  std::string_view Header(std::string_view name) const {
    const std::string* const value = FindValue(headers, name);
    return value == nullptr ? std::string_view() : std::string_view(*value);
  }
};

struct HttpResponse {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  NamedValues headers;
};

using Respond = std::function<void(HttpResponse)>;

}  // namespace sinew::server
