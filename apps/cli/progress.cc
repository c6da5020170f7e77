// The three forms. The bar is erased at the end; lines stay.
#include "progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <utility>

#include "print.h"

namespace sinew::cli {
namespace {

constexpr int kBarCells = 30;

std::chrono::milliseconds Interval(ProgressForm form) {
  using std::chrono::milliseconds;
  return form == ProgressForm::kBar ? milliseconds(100) : milliseconds(form == ProgressForm::kJson ? 1000 : 10'000);
}

}  // namespace

std::optional<ProgressForm> ParseProgressForm(std::string_view word) {
  constexpr std::pair<std::string_view, ProgressForm> kForms[] = {{"auto", ProgressForm::kAuto},
                                                                  {"bar", ProgressForm::kBar},
                                                                  {"plain", ProgressForm::kPlain},
                                                                  {"json", ProgressForm::kJson},
                                                                  {"none", ProgressForm::kNone}};
  for (const auto& [name, form] : kForms) {
    if (name == word) return form;
  }
  return std::nullopt;
}

Progress::Progress(std::string label, int64_t total, ProgressForm form)
    : label_(std::move(label)),
      total_(total),
      form_(form != ProgressForm::kAuto  ? form
            : isatty(STDERR_FILENO) != 0 ? ProgressForm::kBar
                                         : ProgressForm::kPlain),
      start_(std::chrono::steady_clock::now()),
      due_(start_) {
  // Without being asked for, a short run leaves nothing in a log.
  if (form == ProgressForm::kAuto && form_ == ProgressForm::kPlain) due_ += Interval(form_);
}

Progress::~Progress() { Clear(); }

void Progress::Clear() {
  if (!drawn_) return;
  PrintRaw(stderr, "\r\x1b[K");
  Flush(stderr);
  drawn_ = false;
}

std::string Progress::Line(const Counts& counts, double seconds, bool with_bar) const {
  const double rate = seconds > 0 ? static_cast<double>(counts.done - counts.skipped) / seconds : 0;
  std::string line = fmt::format("{} {}", Printable(label_), counts.done);
  if (total_ > 0) line += fmt::format("/{}", total_);
  if (total_ > 0 && with_bar) {
    const double part = std::min(1.0, static_cast<double>(counts.done) / static_cast<double>(total_));
    const int cells = static_cast<int>(part * kBarCells);
    line += fmt::format(" [{:#<{}}{:.<{}}]", "", cells, "", kBarCells - cells);
  }
  line += fmt::format(" {:.1f}/s", rate);
  if (total_ > counts.done && rate > 0)
    line += fmt::format(", {:.0f} s left", static_cast<double>(total_ - counts.done) / rate);
  return counts.people ? line + fmt::format(", {} people", *counts.people) : line;
}

std::string Progress::Json(const Counts& counts, double seconds) const {
  const double rate = seconds > 0 ? static_cast<double>(counts.done - counts.skipped) / seconds : 0;
  nlohmann::ordered_json json = {{"done", counts.done}, {"total", nullptr}};
  if (total_ > 0) json["total"] = total_;
  if (counts.people) json["people"] = *counts.people;
  json["seconds"] = seconds;
  json["per_second"] = rate;
  json["seconds_left"] = nullptr;
  if (total_ >= counts.done && rate > 0) json["seconds_left"] = static_cast<double>(total_ - counts.done) / rate;
  return nlohmann::ordered_json{{"progress", std::move(json)}}.dump();
}

void Progress::Print(const Counts& counts, double seconds) {
  drawn_ = form_ == ProgressForm::kBar;
  if (drawn_) {
    PrintRaw(stderr, "\r\x1b[K" + Line(counts, seconds, /*with_bar=*/true));
  } else {
    PrintRaw(stderr, (form_ == ProgressForm::kJson ? Json(counts, seconds) : Line(counts, seconds, false)) + "\n");
  }
  Flush(stderr);
}

void Progress::Update(const Counts& counts) {
  last_counts_ = counts;
  const auto now = std::chrono::steady_clock::now();
  if (form_ == ProgressForm::kNone || now < due_) return;
  due_ = now + Interval(form_);
  Print(counts, std::chrono::duration<double>(now - start_).count());
}

void Progress::Finish() {
  Clear();
  if (form_ != ProgressForm::kJson) return;
  Print(last_counts_, std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count());
}

}  // namespace sinew::cli
