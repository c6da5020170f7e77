// Canonical request, string to sign, signing key.
#include "store/sigv4.h"

#include <fmt/format.h>

#include <algorithm>

#include "store/digest.h"
#include "store/url.h"

namespace sinew::store {
namespace {

std::string Format(std::time_t time, const char* format) {
  std::tm parts = {};
  gmtime_r(&time, &parts);
  char text[32];
  return std::string(text, std::strftime(text, sizeof(text), format, &parts));
}

// Without white space at both ends, and with single spaces within.
std::string Trimmed(std::string_view value) {
  std::string trimmed;
  for (const char c : value) {
    const bool space = c == ' ' || c == '\t';
    if (space && (trimmed.empty() || trimmed.back() == ' ')) continue;
    trimmed += space ? ' ' : c;
  }
  if (!trimmed.empty() && trimmed.back() == ' ') trimmed.pop_back();
  return trimmed;
}

}  // namespace

const char* const kEmptySha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

std::string CanonicalQuery(const Query& query) {
  Query encoded;
  for (const auto& [name, value] : query) encoded.emplace_back(UriEncoded(name, false), UriEncoded(value, false));
  std::sort(encoded.begin(), encoded.end());
  std::string text;
  for (const auto& [name, value] : encoded) text += (text.empty() ? "" : "&") + name + "=" + value;
  return text;
}

std::map<std::string, std::string> Sign(const Signable& request, const Credentials& credentials,
                                        std::string_view region, std::string_view service, std::time_t now) {
  std::map<std::string, std::string> headers = request.headers;
  headers["x-amz-content-sha256"] = request.payload_sha256;
  if (credentials.anonymous()) return headers;
  const std::string time = Format(now, "%Y%m%dT%H%M%SZ"), date = time.substr(0, 8);
  headers["x-amz-date"] = time;
  if (!credentials.session_token.empty()) headers["x-amz-security-token"] = credentials.session_token;

  std::map<std::string, std::string> signed_headers = headers;
  signed_headers["host"] = request.host;
  std::string lines, names;
  for (const auto& [name, value] : signed_headers) {
    lines += name + ":" + Trimmed(value) + "\n";
    names += (names.empty() ? "" : ";") + name;
  }
  const std::string canonical =
      fmt::format("{}\n{}\n{}\n{}\n{}\n{}", request.method, request.path.empty() ? "/" : request.path,
                  CanonicalQuery(request.query), lines, names, request.payload_sha256);
  const std::string scope = fmt::format("{}/{}/{}/aws4_request", date, region, service);
  const std::string to_sign = fmt::format("AWS4-HMAC-SHA256\n{}\n{}\n{}", time, scope, Hex(Sha256(canonical)));
  std::string key = HmacSha256("AWS4" + credentials.secret_key, date);
  key = HmacSha256(key, region);
  key = HmacSha256(key, service);
  key = HmacSha256(key, "aws4_request");
  headers["authorization"] = fmt::format("AWS4-HMAC-SHA256 Credential={}/{},SignedHeaders={},Signature={}",
                                         credentials.access_key, scope, names, Hex(HmacSha256(key, to_sign)));
  return headers;
}

}  // namespace sinew::store
