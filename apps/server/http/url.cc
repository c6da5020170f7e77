// RFC 3986's escapes.
#include "http/url.h"

#include "base/error.h"
#include "base/printable.h"

namespace sinew::server {
namespace {

constexpr size_t kMaxValues = 64;

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

Result<std::string> Decode(std::string_view text, bool plus_is_space) {
  std::string decoded;
  decoded.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      const int high = i + 2 < text.size() ? HexDigit(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? HexDigit(text[i + 2]) : -1;
      if (high < 0 || low < 0) return InvalidArgument("the target has a % that two hexadecimal digits do not follow");
      c = static_cast<char>(high * 16 + low);
      i += 2;
    } else if (c == '+' && plus_is_space) {
      c = ' ';
    }
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return InvalidArgument("the target has a control character");
    decoded += c;
  }
  return decoded;
}

}  // namespace

Result<Target> ParseTarget(std::string_view text) {
  if (text.empty() || text[0] != '/')
    return InvalidArgument("\"{}\" is not a path: it must begin with /", Printable(text.substr(0, 80)));
  Target target;
  const size_t question = text.find('?');
  SINEW_ASSIGN_OR_RETURN(target.path, Decode(text.substr(0, question), false));
  if (question == std::string_view::npos) return target;
  std::string_view query = text.substr(question + 1);
  while (!query.empty()) {
    const size_t end = query.find('&');
    const std::string_view pair = query.substr(0, end);
    query = end == std::string_view::npos ? std::string_view() : query.substr(end + 1);
    if (pair.empty()) continue;
    if (target.query.size() == kMaxValues) return InvalidArgument("the query has more than {} values", kMaxValues);
    const size_t equals = pair.find('=');
    SINEW_ASSIGN_OR_RETURN(std::string name, Decode(pair.substr(0, equals), true));
    SINEW_ASSIGN_OR_RETURN(
        std::string value,
        Decode(equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1), true));
    target.query.emplace_back(std::move(name), std::move(value));
  }
  return target;
}

}  // namespace sinew::server
