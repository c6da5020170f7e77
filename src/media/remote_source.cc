// A position over a reader.
#include "media/remote_source.h"

#include <utility>

#include "base/error.h"
#include "base/remote.h"

namespace sinew::media {
namespace {

class RemoteSource : public ByteSource {
 public:
  explicit RemoteSource(std::unique_ptr<RemoteReader> reader) : reader_(std::move(reader)) {}

  Result<size_t> Read(std::span<uint8_t> into) override {
    SINEW_ASSIGN_OR_RETURN(const size_t got, reader_->ReadAt(position_, into));
    position_ += got;
    return got;
  }
  std::optional<uint64_t> size_bytes() const override { return reader_->size_bytes(); }
  void Seek(uint64_t offset) override { position_ = offset; }

 private:
  std::unique_ptr<RemoteReader> reader_;
  uint64_t position_ = 0;
};

}  // namespace

Result<std::unique_ptr<ByteSource>> OpenRemoteSource(const std::string& url, const StopCheck& stop) {
  SINEW_ASSIGN_OR_RETURN(RemoteFiles* const remote, LoadRemote(url));
  SINEW_ASSIGN_OR_RETURN(std::unique_ptr<RemoteReader> reader, remote->Open(url, stop));
  if (reader->size_bytes() == 0) return Corrupt("{}: the file is empty", url);
  return std::unique_ptr<ByteSource>(new RemoteSource(std::move(reader)));
}

}  // namespace sinew::media
