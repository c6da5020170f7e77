// Bodies of several parts: multipart/form-data, as browsers and curl -F send files.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sinew/status.h"

namespace sinew::server {

struct Part {
  std::string name;       // of the form's field
  std::string file_name;  // as the sender calls it: text for messages, never a path to open
  std::string_view body;  // in the text that was parsed
};

bool IsMultipart(std::string_view content_type);

// kInvalidArgument where the content type has no boundary or the body is not made of parts; kTooLarge beyond
// `max_parts`.
//   Source: RFC 7578, RFC 2046 section 5.1
Result<std::vector<Part>> ParseMultipart(std::string_view content_type, std::string_view body, size_t max_parts);

}  // namespace sinew::server
