// A scan for delimiters. Memory is that of the list of parts: bodies are views.
#include "http/multipart.h"

#include <algorithm>
#include <cctype>

#include "base/error.h"

namespace sinew::server {
namespace {

constexpr size_t kMaxBoundary = 70;  // RFC 2046
constexpr size_t kMaxHeaders = 4096;

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  return lower;
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// The parameter `name` of "form-data; name=\"a\"; filename=b".
std::string Parameter(std::string_view value, std::string_view name) {
  for (size_t at = value.find(';'); at != std::string_view::npos; at = value.find(';', at)) {
    ++at;
    while (at < value.size() && (value[at] == ' ' || value[at] == '\t')) ++at;
    const size_t equals = value.find('=', at);
    if (equals == std::string_view::npos) return "";
    const bool is_it = Lower(Trim(value.substr(at, equals - at))) == name;
    size_t i = equals + 1;
    std::string text;
    if (i < value.size() && value[i] == '"') {
      for (++i; i < value.size() && value[i] != '"'; ++i) {
        if (value[i] == '\\' && i + 1 < value.size()) ++i;
        text += value[i];
      }
    } else {
      for (; i < value.size() && value[i] != ';'; ++i) text += value[i];
      text = Trim(text);
    }
    if (is_it) return text;
    at = i;
  }
  return "";
}

Result<Part> ReadHeaders(std::string_view headers) {
  Part part;
  while (!headers.empty()) {
    const size_t end = headers.find("\r\n");
    const std::string_view line = headers.substr(0, end);
    headers = end == std::string_view::npos ? std::string_view() : headers.substr(end + 2);
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos) return InvalidArgument("a part of the body has a header without a colon");
    if (Lower(Trim(line.substr(0, colon))) != "content-disposition") continue;
    part.name = Parameter(line.substr(colon + 1), "name");
    part.file_name = Parameter(line.substr(colon + 1), "filename");
  }
  return part;
}

}  // namespace

bool IsMultipart(std::string_view content_type) { return Lower(content_type).starts_with("multipart/"); }

Result<std::vector<Part>> ParseMultipart(std::string_view content_type, std::string_view body, size_t max_parts) {
  const std::string boundary = Parameter(content_type, "boundary");
  if (boundary.empty() || boundary.size() > kMaxBoundary)
    return InvalidArgument("the content type has no boundary of 1 to {} characters", kMaxBoundary);
  const std::string delimiter = "\r\n--" + boundary;
  size_t at = 0;
  if (body.starts_with(delimiter.substr(2))) {
    at = delimiter.size() - 2;
  } else {
    at = body.find(delimiter);  // after a preamble
    if (at == std::string_view::npos) return InvalidArgument("the body does not begin with its boundary");
    at += delimiter.size();
  }
  std::vector<Part> parts;
  while (true) {
    if (body.substr(at).starts_with("--")) return parts;
    while (at < body.size() && (body[at] == ' ' || body[at] == '\t')) ++at;
    if (!body.substr(at).starts_with("\r\n"))
      return InvalidArgument("the body is cut short: its last boundary is missing");
    at += 2;
    if (parts.size() == max_parts) return TooLarge("the body has more than {} parts", max_parts);
    // Headers end with an empty line; there may be none.
    size_t headers_end = at;
    if (!body.substr(at).starts_with("\r\n")) {
      headers_end = body.substr(0, std::min(body.size(), at + kMaxHeaders)).find("\r\n\r\n", at);
      if (headers_end == std::string_view::npos)
        return InvalidArgument("part {} of the body has no end of its headers", parts.size());
    }
    SINEW_ASSIGN_OR_RETURN(Part part, ReadHeaders(body.substr(at, headers_end - at)));
    const size_t start = headers_end + (headers_end == at ? 2 : 4);
    // An empty body: its delimiter's line end is that of the empty line.
    const size_t search = start - 2;
    const size_t end = body.find(delimiter, search);
    if (end == std::string_view::npos)
      return InvalidArgument("part {} of the body has no end: its boundary is missing", parts.size());
    part.body = end < start ? std::string_view() : body.substr(start, end - start);
    parts.push_back(std::move(part));
    at = end + delimiter.size();
  }
}

}  // namespace sinew::server
