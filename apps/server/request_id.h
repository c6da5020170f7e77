// What a request is called in logs and answers.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <string>
#include <string_view>

namespace sinew::server {

// What the sender calls its request, where that is fit for a log; else a name that is made up.
inline std::string RequestId(std::string_view given) {
  const bool is_fit = !given.empty() && given.size() <= 128 &&
                      std::all_of(given.begin(), given.end(),
                                  [](unsigned char c) { return c > 0x20 && c < 0x7f && c != '"' && c != '\\'; });
  if (is_fit) return std::string(given);
  thread_local std::mt19937_64 random{std::random_device()()};
  return fmt::format("{:016x}", random());
}

}  // namespace sinew::server
