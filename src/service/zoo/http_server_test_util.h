// A web server on this machine for the tests of downloads: it serves one file, with ranges, and misbehaves on request.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/check.h"
#include "base/error.h"

namespace sinew::zoo {

class HttpServerForTests {
 public:
  explicit HttpServerForTests(std::string content) : content_(std::move(content)) {
    listener_ = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    SINEW_CHECK(bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0);
    SINEW_CHECK(listen(listener_, 8) == 0);
    socklen_t size = sizeof(address);
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Serve(); });
  }
  ~HttpServerForTests() {
    shutdown(listener_, SHUT_RDWR);
    close(listener_);
    thread_.join();
  }

  std::string address() const { return fmt::format("http://127.0.0.1:{}", port_); }
  // The next `times` answers with content break off after this many bytes of it.
  void CutAfter(size_t bytes, int times) {
    cut_after_ = bytes;
    cuts_ = times;
  }
  void IgnoreRanges() { ranges_ = false; }
  // The next `times` answers are "503 Service Unavailable".
  void BeBusy(int times) { busy_ = times; }
  // "GET /path", with the range asked for, if any: "GET /path bytes=100-"
  std::vector<std::string> requests() {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  void Serve() {
    for (int connection; (connection = accept(listener_, nullptr, nullptr)) >= 0; close(connection)) Answer(connection);
  }

  void Answer(int connection) {
    std::string request;
    char buffer[2048];
    while (request.find("\r\n\r\n") == std::string::npos) {
      const ssize_t count = recv(connection, buffer, sizeof(buffer), 0);
      if (count <= 0) return;
      request.append(buffer, static_cast<size_t>(count));
    }
    std::string line = request.substr(0, request.find(" HTTP"));
    const size_t range = request.find("Range: bytes=");
    if (range != std::string::npos) line += " " + request.substr(range + 7, request.find("\r\n", range) - range - 7);
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(line);
    }
    if (busy_ > 0) {
      --busy_;
      return Send(connection, "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n");
    }
    if (line.find("/missing") != std::string::npos) {
      return Send(connection, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    }
    if (line.find("/enormous") != std::string::npos) {
      return Send(connection, "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n");
    }
    if (line.find("/endless") != std::string::npos) {
      // Nothing announces the size; the client has to hang up.
      return Send(connection, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + std::string(64 << 20, 'x'));
    }
    if (line.find("/moved") != std::string::npos) return Redirect(connection, "/file");
    if (line.find("/away") != std::string::npos) return Redirect(connection, "ftp://127.0.0.1/file");
    if (line.find("/circle") != std::string::npos) return Redirect(connection, "/circle");
    size_t first = 0;
    if (range != std::string::npos && ranges_) first = std::stoul(request.substr(range + 13));
    if (first > 0 && first >= content_.size()) {
      return Send(connection, "HTTP/1.1 416 Range Not Satisfiable\r\nContent-Length: 0\r\n\r\n");
    }
    std::string body = content_.substr(first);
    std::string head = "HTTP/1.1 200 OK\r\n";
    if (first > 0) {
      head = fmt::format("HTTP/1.1 206 Partial Content\r\nContent-Range: bytes {}-{}/{}\r\n", first,
                         content_.size() - 1, content_.size());
    }
    head += fmt::format("Content-Length: {}\r\nConnection: close\r\n\r\n", body.size());
    if (cuts_ > 0) {
      --cuts_;
      body.resize(std::min<size_t>(body.size(), cut_after_));
    }
    Send(connection, head + body);
  }

  static void Redirect(int connection, const std::string& to) {
    Send(connection, "HTTP/1.1 302 Found\r\nLocation: " + to + "\r\nContent-Length: 0\r\n\r\n");
  }

  static void Send(int connection, const std::string& text) {
    for (size_t sent = 0; sent < text.size();) {
      const ssize_t count = send(connection, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
      if (count <= 0) return;
      sent += static_cast<size_t>(count);
    }
  }

  std::string content_;
  int listener_ = -1;
  uint16_t port_ = 0;
  std::atomic<size_t> cut_after_ = 0;
  std::atomic<int> cuts_ = 0, busy_ = 0;
  std::atomic<bool> ranges_ = true;
  std::mutex mutex_;
  std::vector<std::string> requests_;
  std::thread thread_;
};

}  // namespace sinew::zoo
