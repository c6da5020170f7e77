// Parsing and encoding.
#include "store/url.h"

#include "base/error.h"

namespace sinew::store {
namespace {

constexpr std::string_view kUnreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

Result<S3Url> ParseS3(std::string_view url) {
  constexpr std::string_view kScheme = "s3://";
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html, with what older buckets have.
  constexpr std::string_view kBucketCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._";
  constexpr size_t kMaxBucketBytes = 255, kMaxKeyBytes = 1024;
  if (!url.starts_with(kScheme)) return InvalidArgument("{}: is not of the form s3://bucket/key", url);
  const std::string_view rest = url.substr(kScheme.size());
  const size_t slash = rest.find('/');
  S3Url parsed{std::string(rest.substr(0, slash)),
               slash == std::string_view::npos ? "" : std::string(rest.substr(slash + 1))};
  const bool is_name = !parsed.bucket.empty() && parsed.bucket.size() <= kMaxBucketBytes &&
                       parsed.bucket.find_first_not_of(kBucketCharacters) == std::string::npos &&
                       parsed.bucket.front() != '.' && parsed.bucket.front() != '-';
  if (!is_name) return InvalidArgument("{}: \"{}\" is not the name of a bucket: s3://bucket/key", url, parsed.bucket);
  if (parsed.key.size() > kMaxKeyBytes)
    return InvalidArgument("{}: the key has {} bytes, a store's has at most {}", url, parsed.key.size(), kMaxKeyBytes);
  if (parsed.key.find('\0') != std::string::npos) return InvalidArgument("{}: the key has a zero byte", url);
  return parsed;
}

std::string Shown(std::string_view url) {
  if (url.starts_with("s3://")) return std::string(url);
  std::string shown(url.substr(0, url.find_first_of("?#")));
  const size_t begin = shown.find("://");
  if (begin == std::string::npos) return shown;
  const size_t end = std::min(shown.find('/', begin + 3), shown.size());
  const size_t at = shown.substr(0, end).rfind('@');
  if (at != std::string::npos) shown.erase(begin + 3, at + 1 - begin - 3);
  return shown;
}

Result<Address> ParseAddress(std::string_view url) {
  for (const std::string_view scheme : {"https", "http"}) {
    if (!url.starts_with(scheme) || !url.substr(scheme.size()).starts_with("://")) continue;
    const std::string_view rest = url.substr(scheme.size() + 3);
    const size_t end = std::min(rest.find_first_of("/?#"), rest.size());
    std::string_view host = rest.substr(0, end);
    if (const size_t at = host.rfind('@'); at != std::string_view::npos) host.remove_prefix(at + 1);
    if (host.empty() || host.find_first_of(" \t\r\n\\") != std::string_view::npos) break;
    std::string path(rest.substr(end));
    if (const size_t fragment = path.find('#'); fragment != std::string::npos) path.resize(fragment);
    if (path.empty() || path[0] != '/') path.insert(0, "/");
    return Address{std::string(scheme), std::string(host), std::move(path)};
  }
  return InvalidArgument("{}: is no address of the form https://host/path", Shown(url));
}

Result<std::string> Redirected(std::string_view from, std::string_view location) {
  SINEW_ASSIGN_OR_RETURN(const Address base, ParseAddress(from));
  if (location.starts_with("//")) return fmt::format("{}:{}", base.scheme, location);
  if (location.starts_with('/')) return fmt::format("{}://{}{}", base.scheme, base.host, location);
  if (location.find("://") == std::string_view::npos) {
    const std::string path = base.path.substr(0, base.path.find('?'));
    return fmt::format("{}://{}{}{}", base.scheme, base.host, path.substr(0, path.rfind('/') + 1), location);
  }
  const Result<Address> target = ParseAddress(location);
  if (!target.ok()) return IoError("{}: is redirected to something that is no web address", Shown(from));
  if (base.scheme == "https" && target->scheme != "https")
    return IoError("{}: is redirected to {}, which is not encrypted", Shown(from), Shown(location));
  return std::string(location);
}

std::string UriEncoded(std::string_view text, bool keep_slash) {
  std::string encoded;
  encoded.reserve(text.size());
  for (const char c : text) {
    if (kUnreserved.find(c) != std::string_view::npos || (keep_slash && c == '/')) {
      encoded += c;
    } else {
      encoded += fmt::format("%{:02X}", static_cast<uint8_t>(c));
    }
  }
  return encoded;
}

std::string UriDecoded(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && HexDigit(text[i + 1]) >= 0 && HexDigit(text[i + 2]) >= 0) {
      decoded += static_cast<char>(16 * HexDigit(text[i + 1]) + HexDigit(text[i + 2]));
      i += 2;
    } else {
      decoded += text[i] == '+' ? ' ' : text[i];
    }
  }
  return decoded;
}

}  // namespace sinew::store
