// A progress bar on standard error, for people: nothing is printed where that is no terminal.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace sinew::cli {

class ProgressBar {
 public:
  // `total` may be 0: unknown.
  ProgressBar(std::string label, int64_t total, bool enabled);
  ~ProgressBar();
  void SetTotal(int64_t total) { total_ = total; }
  // `skipped` of these took no time. `note` stands at the end.
  void Update(int64_t done, int64_t skipped = 0, const std::string& note = "");
  // Makes room for other lines; the next Update draws the bar again.
  void Clear();

 private:
  std::string label_;
  int64_t total_;
  bool enabled_, drawn_ = false;
  std::chrono::steady_clock::time_point start_, last_;
};

}  // namespace sinew::cli
