// Connections of listening sockets that another program has opened: accepted here, served by gRPC. For grpc_server.cc
// alone.
#pragma once

#include <grpcpp/server_builder.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <chrono>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "base/descriptor.h"
#include "base/thread_group.h"

namespace sinew::server {

class PassedSockets {
 public:
  using Acceptor = grpc::experimental::ExternalConnectionAcceptor;

  // Owns the sockets from now on.
  PassedSockets(const std::vector<int>& sockets, std::unique_ptr<Acceptor> acceptor)
      : stop_(eventfd(0, EFD_CLOEXEC)), acceptor_(std::move(acceptor)) {
    for (const int socket : sockets) sockets_.emplace_back(socket);
  }
  ~PassedSockets() { Stop(); }

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
  void Accept() {
    std::vector<pollfd> waits = {{stop_.get(), POLLIN, 0}};
    for (const Descriptor& socket : sockets_) waits.push_back({socket.get(), POLLIN, 0});
    while (true) {
      if (poll(waits.data(), waits.size(), -1) < 0 && errno != EINTR) return;
      if (waits[0].revents != 0) return;
      for (size_t i = 1; i < waits.size(); ++i) {
        if ((waits[i].revents & POLLIN) == 0) continue;
        const int connection = accept4(waits[i].fd, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (connection >= 0) {
          Acceptor::NewConnectionParameters parameters;
          parameters.listener_fd = waits[i].fd;
          parameters.fd = connection;
          acceptor_->HandleNewConnection(&parameters);
        } else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
          // A moment later there may be some.
          std::this_thread::sleep_for(std::chrono::milliseconds(50));
        }
      }
    }
  }

  Descriptor stop_;
  std::vector<Descriptor> sockets_;
  std::unique_ptr<Acceptor> acceptor_;
  ThreadGroup thread_;
};

}  // namespace sinew::server
