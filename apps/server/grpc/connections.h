// Connections of listening sockets: counted and accepted here, served by gRPC, which knows no limit of them. For
// grpc_server.cc alone.
#pragma once

#include <fcntl.h>
#include <grpcpp/server_builder.h>
#include <netdb.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/descriptor.h"
#include "base/thread_group.h"

namespace sinew::server {

struct ConnectionLimits {
  int all = 0, of_an_address = 0;
};

class Connections {
 public:
  using Acceptor = grpc::experimental::ExternalConnectionAcceptor;

  // Owns the sockets from now on.
  Connections(const std::vector<int>& sockets, ConnectionLimits limits, std::unique_ptr<Acceptor> acceptor)
      : limits_(limits), stop_(eventfd(0, EFD_CLOEXEC)), acceptor_(std::move(acceptor)) {
    for (const int socket : sockets) {
      // A connection that has gone again before it is accepted must not keep the thread.
      fcntl(socket, F_SETFL, fcntl(socket, F_GETFL) | O_NONBLOCK);
      sockets_.emplace_back(socket);
    }
  }
  ~Connections() { Stop(); }

  // Once the server has started. False where the system allows no further thread.
  bool Start() {
    return stop_.get() >= 0 && thread_.Start([this] { Accept(); });
  }
  void Stop() {
    const uint64_t one = 1;
    (void)!write(stop_.get(), &one, sizeof(one));
    thread_.Join();
  }

 private:
  // gRPC owns the descriptor and does not say when it closes it; the socket's number is no other socket's.
  struct Open {
    int descriptor;
    ino_t socket;
    std::string address;

    bool IsClosed() const {
      struct stat status = {};
      return fstat(descriptor, &status) != 0 || !S_ISSOCK(status.st_mode) || status.st_ino != socket;
    }
  };

  static std::string AddressOf(const sockaddr_storage& peer, socklen_t size) {
    char host[NI_MAXHOST] = "";
    const int error =
        getnameinfo(reinterpret_cast<const sockaddr*>(&peer), size, host, sizeof(host), nullptr, 0, NI_NUMERICHOST);
    return error == 0 ? host : "?";
  }

  bool IsFull(const std::string& address) const {
    const auto of_address = std::ranges::count(open_, address, &Open::address);
    return std::ssize(open_) >= limits_.all || of_address >= limits_.of_an_address;
  }

  // What is over the limits is closed at once.
  void Serve(int listening, Descriptor connection, const std::string& address) {
    if (IsFull(address)) {
      std::erase_if(open_, [](const Open& each) { return each.IsClosed(); });
      if (IsFull(address)) return;
    }
    struct stat status = {};
    if (fstat(connection.get(), &status) != 0) return;
    open_.push_back({connection.get(), status.st_ino, address});
    Acceptor::NewConnectionParameters parameters;
    parameters.listener_fd = listening;
    parameters.fd = connection.Release();
    acceptor_->HandleNewConnection(&parameters);
  }

  void Accept() {
    std::vector<pollfd> waits = {{stop_.get(), POLLIN, 0}};
    for (const Descriptor& socket : sockets_) waits.push_back({socket.get(), POLLIN, 0});
    while (true) {
      if (poll(waits.data(), waits.size(), -1) < 0 && errno != EINTR) return;
      if (waits[0].revents != 0) return;
      for (size_t i = 1; i < waits.size(); ++i) {
        if ((waits[i].revents & POLLIN) == 0) continue;
        sockaddr_storage peer = {};
        socklen_t size = sizeof(peer);
        Descriptor connection(
            accept4(waits[i].fd, reinterpret_cast<sockaddr*>(&peer), &size, SOCK_CLOEXEC | SOCK_NONBLOCK));
        if (connection.get() >= 0) {
          Serve(waits[i].fd, std::move(connection), AddressOf(peer, size));
        } else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
          // A moment later there may be some.
          std::this_thread::sleep_for(std::chrono::milliseconds(50));
        }
      }
    }
  }

  const ConnectionLimits limits_;
  Descriptor stop_;
  std::vector<Descriptor> sockets_;
  std::unique_ptr<Acceptor> acceptor_;
  std::vector<Open> open_;  // those that were so when it was last looked; of the thread alone
  ThreadGroup thread_;
};

}  // namespace sinew::server
