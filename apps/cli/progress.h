// How far a run is, on standard error: a bar for people at a terminal, lines for logs, JSON for programs.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sinew::cli {

enum class ProgressForm {
  kAuto,   // a bar on a terminal; else a line every ten seconds, the first after as many
  kBar,    // redrawn in place ten times a second
  kPlain,  // a line at the beginning, then every ten seconds
  kJson,   // a line with a JSON object at the beginning, then every second, and at the end
  kNone,
};

// Of --progress; nothing for another word.
std::optional<ProgressForm> ParseProgressForm(std::string_view word);

class Progress {
 public:
  struct Counts {
    int64_t done = 0;
    int64_t skipped = 0;                 // of these, that took no time
    std::optional<int64_t> people = {};  // where any are counted
  };

  // `label` says what is counted; `total` may be 0: unknown.
  Progress(std::string label, int64_t total, ProgressForm form);
  ~Progress();
  void SetTotal(int64_t total) { total_ = total; }
  void Update(const Counts& counts);
  // Makes room for other lines; the next Update draws the bar again.
  void Clear();
  // After the last Update.
  void Finish();

 private:
  void Print(const Counts& counts, double seconds);
  std::string Line(const Counts& counts, double seconds, bool with_bar) const;
  std::string Json(const Counts& counts, double seconds) const;

  const std::string label_;
  int64_t total_;
  const ProgressForm form_;
  bool drawn_ = false;
  Counts last_counts_;
  std::chrono::steady_clock::time_point start_, due_;
};

}  // namespace sinew::cli
