// SHA-256 and OpenSSL's comparison.
#include "credentials.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include "base/error.h"
#include "base/file.h"

namespace sinew::server {
namespace {

constexpr uint64_t kMaxFileBytes = 1 << 20;
constexpr size_t kMinTokenLength = 16;

}  // namespace

Credentials::Digest Credentials::DigestOf(std::string_view token) {
  Digest digest;
  SHA256(reinterpret_cast<const unsigned char*>(token.data()), token.size(), digest.data());
  return digest;
}

Result<Credentials> Credentials::Load(const std::filesystem::path& path) {
  SINEW_ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kMaxFileBytes));
  Credentials credentials;
  std::string_view rest = text;
  for (int number = 1; !rest.empty(); ++number) {
    const size_t end = rest.find('\n');
    std::string_view line = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || line[0] == '#') continue;
    if (line.find_first_of(" \t") != std::string_view::npos)
      return InvalidArgument("{}:{}: a token has no blanks", path.string(), number);
    if (line.size() < kMinTokenLength) {
      return InvalidArgument("{}:{}: a token has at least {} characters: make one with \"openssl rand -hex 32\"",
                             path.string(), number, kMinTokenLength);
    }
    credentials.digests_.push_back(DigestOf(line));
  }
  if (!credentials.has_tokens()) return InvalidArgument("{}: has no token: one a line", path.string());
  return credentials;
}

bool Credentials::AcceptsHeader(std::string_view authorization) const {
  constexpr std::string_view kScheme = "Bearer ";
  if (!has_tokens()) return true;
  if (!authorization.starts_with(kScheme)) return false;
  return Accepts(authorization.substr(kScheme.size()));
}

bool Credentials::Accepts(std::string_view token) const {
  if (!has_tokens()) return true;
  const Digest digest = DigestOf(token);
  // All of them, so that the time tells nothing.
  int accepted = 0;
  for (const Digest& known : digests_) accepted |= CRYPTO_memcmp(known.data(), digest.data(), digest.size()) == 0;
  return accepted != 0;
}

}  // namespace sinew::server
