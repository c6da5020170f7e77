// Signal handlers that only set flags.
#include "interrupt.h"

#include <csignal>

namespace sinew::cli {
namespace {

std::atomic<std::atomic<bool>*> g_stop = nullptr;
std::atomic<int> g_signal = 0;
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<void*>::is_always_lock_free,
              "signal handlers must not lock");

void OnSignal(int signal) {
  g_signal = signal;
  *g_stop.load() = true;
}

}  // namespace

void StopOnSignals(std::atomic<bool>* stop) {
  g_stop = stop;
  struct sigaction action = {};
  action.sa_handler = OnSignal;
  action.sa_flags = static_cast<int>(SA_RESETHAND) | SA_RESTART;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

int SignalReceived() { return g_signal; }

}  // namespace sinew::cli
