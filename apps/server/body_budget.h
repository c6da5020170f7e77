// The memory that the bodies of all requests, over HTTP and gRPC, may take together.
#pragma once

#include <atomic>
#include <cstdint>

namespace sinew::server {

// Thread-safe.
class BodyBudget {
 public:
  explicit BodyBudget(uint64_t most) : most_(most) {}
  // False where there is not as much left; nothing is taken then.
  bool Take(uint64_t bytes) {
    if (taken_.fetch_add(bytes) + bytes <= most_) return true;
    taken_ -= bytes;
    return false;
  }
  void Return(uint64_t bytes) { taken_ -= bytes; }

 private:
  const uint64_t most_;
  std::atomic<uint64_t> taken_ = 0;
};

// A body's share of it, while it lives.
class BodyShare {
 public:
  BodyShare(BodyBudget* budget, uint64_t bytes)
      : budget_(budget), is_granted_(budget->Take(bytes)), bytes_(is_granted_ ? bytes : 0) {}
  BodyShare(const BodyShare&) = delete;
  BodyShare& operator=(const BodyShare&) = delete;
  ~BodyShare() { budget_->Return(bytes_); }
  // Whoever has no share must not keep the body.
  bool is_granted() const { return is_granted_; }

 private:
  BodyBudget* const budget_;
  const bool is_granted_;
  const uint64_t bytes_;
};

}  // namespace sinew::server
