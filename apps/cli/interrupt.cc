// One handler, which sets flags and removes files: all of it may be done in signal handlers.
#include "interrupt.h"

#include <unistd.h>

#include <array>
#include <csignal>
#include <mutex>

namespace sinew::cli {
namespace {

constexpr size_t kMaxRemovedFiles = 8;

std::atomic<bool> g_stop = false, g_stop_is_wanted = false;
std::atomic<int> g_signal = 0;
std::array<std::atomic<const char*>, kMaxRemovedFiles> g_scratch_files = {};
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<bool>::is_always_lock_free &&
                  std::atomic<const char*>::is_always_lock_free,
              "signal handlers must not lock");

void OnSignal(int signal) {
  g_signal = signal;
  if (g_stop_is_wanted && !g_stop.exchange(true)) return;
  for (const std::atomic<const char*>& file : g_scratch_files) {
    if (const char* const path = file.load()) unlink(path);
  }
  std::signal(signal, SIG_DFL);
  raise(signal);  // once this handler has returned
}

void InstallHandlers() {
  static std::once_flag once;
  std::call_once(once, [] {
    struct sigaction action = {}, before = {};
    action.sa_handler = OnSignal;
    action.sa_flags = SA_RESTART;
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
    // nohup has a reason to ignore it.
    if (sigaction(SIGHUP, nullptr, &before) == 0 && before.sa_handler != SIG_IGN) sigaction(SIGHUP, &action, nullptr);
  });
}

}  // namespace

std::atomic<bool>* StopOnSignals() {
  g_stop_is_wanted = true;
  InstallHandlers();
  std::signal(SIGPIPE, SIG_IGN);
  return &g_stop;
}

int SignalReceived() { return g_signal; }

RemovedOnSignal::RemovedOnSignal(std::filesystem::path path) : path_(std::move(path)), slot_(0) {
  InstallHandlers();
  for (const char* expected = nullptr; slot_ < kMaxRemovedFiles; ++slot_, expected = nullptr) {
    if (g_scratch_files[slot_].compare_exchange_strong(expected, path_.c_str())) break;
  }
}

RemovedOnSignal::~RemovedOnSignal() {
  std::error_code ignored;
  std::filesystem::remove(path_, ignored);
  if (slot_ < kMaxRemovedFiles) g_scratch_files[slot_] = nullptr;
}

}  // namespace sinew::cli
