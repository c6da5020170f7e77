// Stopping on request: how those who wait learn that they shall not.
#pragma once

#include <chrono>
#include <functional>

namespace sinew::media {

// True once everything shall end; empty: never. It may be asked from several threads:
//   std::atomic<bool> stop; ... [&stop] { return stop.load(); }
using StopCheck = std::function<bool()>;

inline bool IsStopped(const StopCheck& stop) { return stop && stop(); }

// How often a waiting thread asks: sooner than a person notices, and no work to speak of.
inline constexpr std::chrono::milliseconds kStopInterval(20);

}  // namespace sinew::media
