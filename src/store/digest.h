// Checksums and message authentication codes, by OpenSSL.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "sinew/status.h"

namespace sinew::store {

// Bytes that come piece by piece. One thread at a time.
class Digest {
 public:
  enum class Kind { kMd5, kSha256 };
  explicit Digest(Kind kind);
  Digest(Digest&&) noexcept;
  Digest& operator=(Digest&&) noexcept;
  ~Digest();

  void Add(std::string_view bytes);
  // The raw bytes of the checksum of all that was added; afterwards, it begins anew.
  std::string Finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::string Sha256(std::string_view bytes);
std::string HmacSha256(std::string_view key, std::string_view message);
std::string Hex(std::string_view bytes);
std::string Base64(std::string_view bytes);

// Of `size` bytes of the open file behind `offset`; `name` stands in messages.
struct PieceDigests {
  std::string sha256, md5;  // raw
};
Result<PieceDigests> DigestPiece(int fd, uint64_t offset, uint64_t size, std::string_view name);

}  // namespace sinew::store
