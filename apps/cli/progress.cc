// The progress bar: redrawn in place ten times a second at most, erased at the end.
#include "progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "print.h"

namespace sinew::cli {
namespace {

constexpr int kBarCells = 30;
constexpr std::chrono::milliseconds kInterval(100);

}  // namespace

ProgressBar::ProgressBar(std::string label, int64_t total, bool enabled)
    : label_(std::move(label)),
      total_(total),
      enabled_(enabled && isatty(STDERR_FILENO) != 0),
      start_(std::chrono::steady_clock::now()),
      last_(start_ - kInterval) {}

ProgressBar::~ProgressBar() { Clear(); }

void ProgressBar::Clear() {
  if (!drawn_) return;
  PrintRaw(stderr, "\r\x1b[K");
  Flush(stderr);
  drawn_ = false;
}

void ProgressBar::Update(int64_t done, int64_t skipped, const std::string& note) {
  const auto now = std::chrono::steady_clock::now();
  if (!enabled_ || now - last_ < kInterval) return;
  last_ = now;
  drawn_ = true;
  const double seconds = std::chrono::duration<double>(now - start_).count();
  const double rate = seconds > 0 ? static_cast<double>(done - skipped) / seconds : 0;
  std::string line = fmt::format("\r\x1b[K{} {}", Printable(label_), done);
  if (total_ > 0) {
    const double part = std::min(1.0, static_cast<double>(done) / static_cast<double>(total_));
    const int cells = static_cast<int>(part * kBarCells);
    line += fmt::format("/{} [{:#<{}}{:.<{}}]", total_, "", cells, "", kBarCells - cells);
  }
  line += fmt::format(" {:.1f}/s", rate);
  if (total_ > done && rate > 0) line += fmt::format(", {:.0f} s left", static_cast<double>(total_ - done) / rate);
  if (!note.empty()) line += ", " + Printable(note);
  PrintRaw(stderr, line);
  Flush(stderr);
}

}  // namespace sinew::cli
