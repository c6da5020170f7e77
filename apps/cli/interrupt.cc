// Signal handlers that only set flags.
#include "interrupt.h"

#include <csignal>

namespace sinew::cli {
namespace {

std::atomic<bool> g_stop = false;
std::atomic<int> g_signal = 0;
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<bool>::is_always_lock_free,
              "signal handlers must not lock");

void OnSignal(int signal) {
  g_signal = signal;
  g_stop = true;
}

}  // namespace

std::atomic<bool>* StopOnSignals() {
  struct sigaction action = {};
  action.sa_handler = OnSignal;
  action.sa_flags = static_cast<int>(SA_RESETHAND) | SA_RESTART;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  return &g_stop;
}

int SignalReceived() { return g_signal; }

}  // namespace sinew::cli
