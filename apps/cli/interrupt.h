// Ctrl-C and SIGTERM: as a wish to stop, where what is in flight is finished first; and files that must not be left.
#pragma once

#include <atomic>
#include <filesystem>

namespace sinew::cli {

// From now on the first such signal (or SIGHUP, unless that is ignored) sets the flag that is returned; a second one
// ends the process at once. A pipe that nobody reads any more becomes an error of writing instead of the end.
std::atomic<bool>* StopOnSignals();

// The number of the signal that came, 0 for none.
int SignalReceived();

// A file that is gone when this is, and also when a signal ends the process before.
class RemovedOnSignal {
 public:
  explicit RemovedOnSignal(std::filesystem::path path);
  RemovedOnSignal(const RemovedOnSignal&) = delete;
  RemovedOnSignal& operator=(const RemovedOnSignal&) = delete;
  ~RemovedOnSignal();
  const std::filesystem::path& path() const { return path_; }

 private:
  const std::filesystem::path path_;
  size_t slot_;
};

}  // namespace sinew::cli
