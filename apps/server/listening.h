// Sockets to listen on: opened here, or handed over by systemd; and what systemd wants to be told.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sinew/status.h"

namespace sinew::server {

struct ListeningSocket {
  int descriptor = -1;
  std::string address;  // "127.0.0.1:8000", "[::1]:8000"
  std::string name;     // FileDescriptorName= of systemd's unit
};

// Opens a socket; port 0: any that is free. `host` is an address, or "localhost"; `flag` chooses the port, for
// messages.
Result<ListeningSocket> Listen(const std::string& host, uint16_t port, std::string_view flag);

// Those that systemd has opened for this process (sd_listen_fds(3)); none without it.
Result<std::vector<ListeningSocket>> SocketsFromSystemd();

// sd_notify(3): "READY=1". Does nothing where nobody listens.
void NotifySystemd(std::string_view state);

// Whether the address is of this machine alone.
bool IsLoopback(const std::string& host);

}  // namespace sinew::server
