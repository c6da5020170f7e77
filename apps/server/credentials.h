// Who may ask: bearer tokens from a file, compared in constant time.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string_view>
#include <vector>

#include "sinew/status.h"

namespace sinew::server {

// Thread-safe once it is loaded. Without tokens everybody may ask.
class Credentials {
 public:
  Credentials() = default;
  // A token a line; empty lines and lines that begin with # are skipped. kInvalidArgument for a file without tokens, a
  // token of fewer than 16 characters, or one with blanks.
  static Result<Credentials> Load(const std::filesystem::path& path);

  bool has_tokens() const { return !digests_.empty(); }
  // "Bearer TOKEN", as in the header Authorization.
  bool AcceptsHeader(std::string_view authorization) const;
  bool Accepts(std::string_view token) const;

 private:
  using Digest = std::array<uint8_t, 32>;
  static Digest DigestOf(std::string_view token);
  // Of tokens: all are of one length, whatever was sent.
  std::vector<Digest> digests_;
};

}  // namespace sinew::server
