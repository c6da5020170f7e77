// Signatures of requests: AWS Signature Version 4.
//   Source: https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
#pragma once

#include <ctime>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sinew::store {

// Never printed. `expires`: nothing where they last.
struct Credentials {
  std::string access_key, secret_key, session_token;
  std::optional<std::time_t> expires;
  std::string source;  // where they are from, for messages: "the environment"
  bool anonymous() const { return access_key.empty(); }
  bool operator==(const Credentials&) const = default;
};

using Query = std::vector<std::pair<std::string, std::string>>;  // names and values as they are, not encoded

// Sorted by name, then value, RFC 3986: both what is signed and what is sent.
std::string CanonicalQuery(const Query& query);

struct Signable {
  std::string method, host;
  std::string path;  // encoded: UriEncoded(key, keep_slash)
  Query query;
  std::map<std::string, std::string> headers;  // further ones; names in lower case
  std::string payload_sha256;                  // hexadecimal
};

// All headers of the request but "host": those of `request`, the date, the checksum, and, unless the credentials are
// anonymous, the signature and the session's token.
std::map<std::string, std::string> Sign(const Signable& request, const Credentials& credentials,
                                        std::string_view region, std::string_view service, std::time_t now);

// Of a request without a body.
extern const char* const kEmptySha256;

}  // namespace sinew::store
