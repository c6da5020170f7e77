// EVP and HMAC.
#include "store/digest.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "base/check.h"
#include "base/error.h"

namespace sinew::store {

struct Digest::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  const EVP_MD* kind = nullptr;
  ~State() { EVP_MD_CTX_free(context); }
};

Digest::Digest(Kind kind) : state_(std::make_unique<State>()) {
  state_->kind = kind == Kind::kMd5 ? EVP_md5() : EVP_sha256();
  SINEW_CHECK(EVP_DigestInit_ex(state_->context, state_->kind, nullptr) == 1);
}
Digest::Digest(Digest&&) noexcept = default;
Digest& Digest::operator=(Digest&&) noexcept = default;
Digest::~Digest() = default;

void Digest::Add(std::string_view bytes) {
  SINEW_CHECK(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) == 1);
}

std::string Digest::Finish() {
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  SINEW_CHECK(EVP_DigestFinal_ex(state_->context, out, &size) == 1);
  SINEW_CHECK(EVP_DigestInit_ex(state_->context, state_->kind, nullptr) == 1);
  return std::string(reinterpret_cast<const char*>(out), size);
}

std::string Sha256(std::string_view bytes) {
  Digest digest(Digest::Kind::kSha256);
  digest.Add(bytes);
  return digest.Finish();
}

std::string HmacSha256(std::string_view key, std::string_view message) {
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  SINEW_CHECK(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
                   reinterpret_cast<const unsigned char*>(message.data()), message.size(), out, &size) != nullptr);
  return std::string(reinterpret_cast<const char*>(out), size);
}

std::string Hex(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) text += fmt::format("{:02x}", static_cast<uint8_t>(c));
  return text;
}

std::string Base64(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  text.resize(static_cast<size_t>(size));
  return text;
}

Result<PieceDigests> DigestPiece(int fd, uint64_t offset, uint64_t size, std::string_view name) {
  Digest sha256(Digest::Kind::kSha256), md5(Digest::Kind::kMd5);
  std::vector<char> buffer(size_t{1} << 18);
  for (uint64_t done = 0; done < size;) {
    const size_t wanted = static_cast<size_t>(std::min<uint64_t>(buffer.size(), size - done));
    const ssize_t got = ::pread(fd, buffer.data(), wanted, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return IoError("{}: cannot be read: {}", name, std::strerror(errno));
    if (got == 0) return IoError("{}: became shorter while it was read", name);
    sha256.Add({buffer.data(), static_cast<size_t>(got)});
    md5.Add({buffer.data(), static_cast<size_t>(got)});
    done += static_cast<uint64_t>(got);
  }
  return PieceDigests{sha256.Finish(), md5.Finish()};
}

}  // namespace sinew::store
