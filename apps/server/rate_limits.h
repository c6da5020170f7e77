// How often each address may ask: a token bucket each.
//   Source: Turner, "New Directions in Communications", IEEE Communications Magazine 24(10), 1986 (the leaky bucket)
#pragma once

#include <algorithm>
#include <mutex>
#include <string>
#include <unordered_map>

#include "serving/scheduler.h"

namespace sinew::server {

// Thread-safe. A rate of 0: no limit.
class RateLimits {
 public:
  explicit RateLimits(double per_second) : rate_(per_second), burst_(std::max(1.0, 2 * per_second)) {}

  // Whether the address may ask now; if so, that counts.
  bool Take(const std::string& address, serving::Clock::time_point now = serving::Clock::now()) {
    if (rate_ <= 0) return true;
    const std::lock_guard lock(mutex_);
    if (buckets_.size() >= kMaxAddresses) DropFull(now);
    Bucket& bucket = buckets_.try_emplace(address, Bucket{burst_, now}).first->second;
    bucket.tokens = Tokens(bucket, now);
    bucket.last = now;
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }

 private:
  struct Bucket {
    double tokens;
    serving::Clock::time_point last;
  };
  static constexpr size_t kMaxAddresses = 65536;

  double Tokens(const Bucket& bucket, serving::Clock::time_point now) const {
    return std::min(burst_, bucket.tokens + rate_ * std::chrono::duration<double>(now - bucket.last).count());
  }
  // Those who have not asked for a while need not be known. Where everybody asks, all begin anew.
  void DropFull(serving::Clock::time_point now) {
    std::erase_if(buckets_, [&](const auto& entry) { return Tokens(entry.second, now) >= burst_; });
    if (buckets_.size() >= kMaxAddresses) buckets_.clear();
  }

  const double rate_, burst_;
  std::mutex mutex_;
  std::unordered_map<std::string, Bucket> buckets_;
};

}  // namespace sinew::server
