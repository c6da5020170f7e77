// Checksums with OpenSSL.
#include "service/zoo/checksum.h"

#include <openssl/evp.h>

#include <memory>
#include <span>

#include "base/error.h"
#include "base/file.h"

namespace sinew::zoo {
namespace {

Result<std::string> Digest(const EVP_MD* algorithm, std::string_view prefix, std::span<const std::byte> content) {
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  std::string digest(EVP_MAX_MD_SIZE, '\0');
  unsigned int size = 0;
  if (context == nullptr || EVP_DigestInit_ex(context.get(), algorithm, nullptr) != 1 ||
      EVP_DigestUpdate(context.get(), prefix.data(), prefix.size()) != 1 ||
      EVP_DigestUpdate(context.get(), content.data(), content.size()) != 1 ||
      EVP_DigestFinal_ex(context.get(), reinterpret_cast<unsigned char*>(digest.data()), &size) != 1) {
    return Internal("a checksum could not be computed");
  }
  digest.resize(size);
  return digest;
}

std::string ToHex(const std::string& digest) {
  std::string text;
  for (const char byte : digest) text += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return text;
}

}  // namespace

Result<std::string> Sha256Hex(const std::filesystem::path& path) {
  SINEW_ASSIGN_OR_RETURN(const MappedFile file, MappedFile::Open(path));
  SINEW_ASSIGN_OR_RETURN(const std::string digest, Digest(EVP_sha256(), "", file.bytes()));
  return ToHex(digest);
}

Result<std::string> Sha512Base64(const std::filesystem::path& path) {
  SINEW_ASSIGN_OR_RETURN(const MappedFile file, MappedFile::Open(path));
  SINEW_ASSIGN_OR_RETURN(const std::string digest, Digest(EVP_sha512(), "", file.bytes()));
  std::string text(4 * ((digest.size() + 2) / 3) + 1, '\0');
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                      reinterpret_cast<const unsigned char*>(digest.data()), static_cast<int>(digest.size()));
  text.resize(static_cast<size_t>(size));
  return text;
}

Result<std::string> GitBlobId(const std::filesystem::path& path) {
  SINEW_ASSIGN_OR_RETURN(const MappedFile file, MappedFile::Open(path));
  const std::string prefix = fmt::format("blob {}", file.bytes().size()) + '\0';
  SINEW_ASSIGN_OR_RETURN(const std::string digest, Digest(EVP_sha1(), prefix, file.bytes()));
  return ToHex(digest);
}

}  // namespace sinew::zoo
