// One write a line, so that lines of several processes do not mix.
#include "access_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <cstring>
#include <ctime>

#include "base/error.h"

namespace sinew::server {
namespace {

std::string Now() {
  timespec now = {};
  clock_gettime(CLOCK_REALTIME, &now);
  tm parts = {};
  gmtime_r(&now.tv_sec, &parts);
  char text[64];
  const size_t size = std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &parts);
  return fmt::format("{}.{:03}Z", std::string_view(text, size), now.tv_nsec / 1'000'000);
}

}  // namespace

Result<std::unique_ptr<AccessLog>> AccessLog::Open(const std::string& path) {
  const int fd = path == "-" ? fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)
                             : open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
  if (fd < 0) return IoError("{}: the access log cannot be opened: {}", path, std::strerror(errno));
  return std::unique_ptr<AccessLog>(new AccessLog(Descriptor(fd)));
}

void AccessLog::Write(const HttpRequest& request, int status, size_t request_bytes, size_t response_bytes) {
  WriteLine(request, {{"status", status}, {"request_bytes", request_bytes}, {"response_bytes", response_bytes}});
}

void AccessLog::WriteGrpc(const HttpRequest& call, std::string_view status) {
  WriteLine(call, {{"grpc_status", status}});
}

void AccessLog::WriteLine(const HttpRequest& request, const results::Json& figures) {
  const double milliseconds =
      std::chrono::duration<double, std::milli>(serving::Clock::now() - request.received).count();
  results::Json json;
  json["time"] = Now();
  json["id"] = request.id;
  json["peer"] = request.peer;
  json["method"] = request.method;
  json["path"] = request.path;
  json.update(figures);
  json["milliseconds"] = std::round(milliseconds * 1000) / 1000;
  if (const std::string_view trace = request.Header("traceparent"); !trace.empty()) json["traceparent"] = trace;
  const std::string line = results::ToLine(json);
  const std::lock_guard lock(mutex_);
  if (::write(file_.get(), line.data(), line.size()) < 0) return;
}

}  // namespace sinew::server
