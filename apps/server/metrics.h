// Figures for Prometheus: Triton's names where they fit, and sinew's own.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "serving/pose_service.h"

namespace sinew::server {

// What the protocols count. Thread-safe.
class RequestCounts {
 public:
  void Add(int status) {
    const std::lock_guard lock(mutex_);
    ++by_status_[status];
  }
  void AddGrpc(const std::string& status) {
    const std::lock_guard lock(mutex_);
    ++by_grpc_status_[status];
  }
  std::map<int, uint64_t> by_status() const {
    const std::lock_guard lock(mutex_);
    return by_status_;
  }
  std::map<std::string, uint64_t> by_grpc_status() const {
    const std::lock_guard lock(mutex_);
    return by_grpc_status_;
  }
  std::atomic<int64_t> connections = 0;  // open now
  std::atomic<int64_t> streams = 0;      // of these, WebSockets

 private:
  mutable std::mutex mutex_;
  std::map<int, uint64_t> by_status_;
  std::map<std::string, uint64_t> by_grpc_status_;
};

// The text that Prometheus reads.
std::string MetricsText(const serving::PoseService& service, const RequestCounts& counts);

}  // namespace sinew::server
