// Waits that can be stopped.
#include "store/retry.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <random>
#include <thread>

namespace sinew::store {
namespace {

constexpr double kFirstSeconds = 0.1, kMaxSeconds = 10, kMaxAskedSeconds = 60;

double RandomShare() {
  static thread_local std::minstd_rand random(std::random_device{}());
  return std::uniform_real_distribution<double>(0, 1)(random);
}

}  // namespace

bool IsTransient(const Result<HttpResponse>& response) {
  if (!response.ok()) return response.status().code() == StatusCode::kUnavailable;
  return response->code == 408 || response->code == 429 || response->code == 500 || response->code == 502 ||
         response->code == 503 || response->code == 504;
}

bool Retries::Again(const std::string& why, const std::string& retry_after, const RemoteStop& stop) {
  ++failures_;
  if (failures_ >= options_.attempts) return false;
  double seconds =
      RandomShare() * std::min(kMaxSeconds, kFirstSeconds * static_cast<double>(1 << std::min(failures_, 10)));
  if (!retry_after.empty())
    seconds = std::max(seconds, std::min(kMaxAskedSeconds, std::strtod(retry_after.c_str(), nullptr)));
  if (options_.log) {
    options_.log(fmt::format("{}{}; trying again in {:.1f} s ({} of {})", why.starts_with(name_) ? "" : name_ + ": ",
                             why, seconds, failures_, options_.attempts - 1));
  }
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  while (std::chrono::steady_clock::now() < end) {
    if (stop && stop()) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return !(stop && stop());
}

}  // namespace sinew::store
