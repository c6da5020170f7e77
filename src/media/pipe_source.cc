// Waiting with poll(2), so that a stop is noticed. A pipe is opened without blocking: open(2) would wait for a writer.
#include "media/pipe_source.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/error.h"

namespace sinew::media {

Result<std::unique_ptr<PipeSource>> PipeSource::Open(const std::filesystem::path& path, StopCheck stop) {
  Descriptor fd(OpenRetrying(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (fd.get() < 0) return ErrnoError(path, "open");
  auto source = std::make_unique<PipeSource>(fd.get(), path.string(), std::move(stop));
  source->owned_ = std::move(fd);
  return source;
}

Result<size_t> PipeSource::Read(std::span<uint8_t> into) {
  for (;;) {
    if (IsStopped(stop_)) return Cancelled("{}: stopped", name_);
    pollfd request = {fd_, POLLIN, 0};
    const int ready = ::poll(&request, 1, static_cast<int>(kStopInterval.count()));
    if (ready == 0 || (ready < 0 && errno == EINTR)) continue;
    const ssize_t got = ready < 0 ? -1 : ::read(fd_, into.data(), into.size());
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got < 0) return IoError("{}: cannot be read: {}", name_, std::strerror(errno));
    return static_cast<size_t>(got);
  }
}

Result<std::string> ReadToEnd(ByteSource& source, std::string head, uint64_t max_bytes, std::string_view name) {
  constexpr size_t kChunkBytes = 1 << 16;  // what a pipe holds
  std::string bytes = std::move(head);
  for (;;) {
    const size_t have = bytes.size();
    bytes.resize(have + kChunkBytes);
    SINEW_ASSIGN_OR_RETURN(const size_t got,
                           source.Read({reinterpret_cast<uint8_t*>(bytes.data()) + have, kChunkBytes}));
    bytes.resize(have + got);
    if (bytes.size() > max_bytes) return TooLarge("{}: has more than {} bytes", name, max_bytes);
    if (got == 0) return bytes;
  }
}

}  // namespace sinew::media
