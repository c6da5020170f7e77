// getaddrinfo, bind, listen; and the two protocols of systemd, which are a few lines each.
#include "listening.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "base/descriptor.h"
#include "base/error.h"

namespace sinew::server {
namespace {

constexpr int kFirstPassed = 3;  // SD_LISTEN_FDS_START
constexpr int kMaxPassed = 16;

std::string AddressOf(int descriptor) {
  sockaddr_storage address = {};
  socklen_t size = sizeof(address);
  char host[NI_MAXHOST], port[NI_MAXSERV];
  if (getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0 ||
      getnameinfo(reinterpret_cast<sockaddr*>(&address), size, host, sizeof(host), port, sizeof(port),
                  NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
    return "?";
  }
  return std::strchr(host, ':') != nullptr ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

}  // namespace

bool IsLoopback(const std::string& host) { return host == "localhost" || host == "::1" || host.starts_with("127."); }

Result<ListeningSocket> Listen(const std::string& host, uint16_t port, std::string_view flag) {
  addrinfo hints = {}, *found = nullptr;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV | (host == "localhost" ? 0 : AI_NUMERICHOST);
  if (const int error = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found); error != 0) {
    return InvalidArgument(
        "{}: is no address to listen on ({}); give one of this machine's, such as 127.0.0.1, or 0.0.0.0 for all", host,
        gai_strerror(error));
  }
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> addresses(found, freeaddrinfo);
  Descriptor descriptor(socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  if (descriptor.get() < 0 || setsockopt(descriptor.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
      bind(descriptor.get(), found->ai_addr, found->ai_addrlen) != 0 || listen(descriptor.get(), SOMAXCONN) != 0) {
    return IoError("{} port {}: cannot listen there: {}{}", host, port, std::strerror(errno),
                   errno == EADDRINUSE ? fmt::format("; another program does: give another {}", flag) : "");
  }
  const std::string address = AddressOf(descriptor.get());
  return ListeningSocket{descriptor.Release(), address, ""};
}

Result<std::vector<ListeningSocket>> SocketsFromSystemd() {
  std::vector<ListeningSocket> sockets;
  const char* const pid = std::getenv("LISTEN_PID");
  const char* const count = std::getenv("LISTEN_FDS");
  if (pid == nullptr || count == nullptr || pid != std::to_string(getpid())) return sockets;
  int number = 0;
  if (std::from_chars(count, count + std::strlen(count), number).ec != std::errc() || number < 1 || number > kMaxPassed)
    return InvalidArgument("LISTEN_FDS is \"{}\": must be 1 to {}", count, kMaxPassed);
  const char* const listed = std::getenv("LISTEN_FDNAMES");
  std::string_view names = listed == nullptr ? "" : listed;
  for (int descriptor = kFirstPassed; descriptor < kFirstPassed + number; ++descriptor) {
    int listens = 0;
    socklen_t size = sizeof(listens);
    if (getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) != 0 || listens == 0)
      return InvalidArgument("descriptor {}, which systemd has passed, is no socket that listens", descriptor);
    fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    const size_t end = names.find(':');
    sockets.push_back({descriptor, AddressOf(descriptor), std::string(names.substr(0, end))});
    names = end == std::string_view::npos ? std::string_view() : names.substr(end + 1);
  }
  unsetenv("LISTEN_PID");
  unsetenv("LISTEN_FDS");
  unsetenv("LISTEN_FDNAMES");
  return sockets;
}

void NotifySystemd(std::string_view state) {
  const char* const path = std::getenv("NOTIFY_SOCKET");
  if (path == nullptr || (path[0] != '/' && path[0] != '@')) return;
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  const size_t length = std::strlen(path);
  if (length >= sizeof(address.sun_path)) return;
  std::memcpy(address.sun_path, path, length);
  if (path[0] == '@') address.sun_path[0] = 0;
  const Descriptor descriptor(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (descriptor.get() < 0) return;
  // Nobody is left to be told where that fails.
  (void)!sendto(descriptor.get(), state.data(), state.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&address),
                static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length));
}

}  // namespace sinew::server
