// Text for people, JSON for programs.
#include "run_report.h"

#include <fmt/format.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "print.h"

namespace sinew::cli {
namespace {

using pipeline::Stage;

std::string Count(int64_t count, const char* one, const char* many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

template <class F>
void ForEachStage(F&& f) {
  for (int i = 0; i < pipeline::kStageCount; ++i) f(static_cast<Stage>(i));
}

// Of the stages that work.
double WorkSeconds(const pipeline::StageTimes& times) {
  double sum = 0;
  ForEachStage([&](Stage stage) { sum += pipeline::IsWaiting(stage) ? 0 : times.Seconds(stage); });
  return sum;
}

void PrintSummaryJson(const pipeline::PipelineReport& report, int64_t skipped_files, const pipeline::StageTimes& times,
                      bool interrupted) {
  nlohmann::ordered_json stages;
  ForEachStage([&](Stage stage) { stages[std::string(pipeline::StageName(stage))] = times.Seconds(stage); });
  const int64_t done = report.frames - report.known;
  const nlohmann::ordered_json json = {
      {"frames", report.frames},
      {"known", report.known},
      {"failed", report.failed},
      {"damaged", report.damaged},
      {"dropped", report.dropped},
      {"skipped_files", skipped_files},
      {"people", report.people},
      {"interrupted", interrupted},
      {"seconds", report.seconds},
      {"frames_per_second", report.seconds > 0 ? static_cast<double>(done) / report.seconds : 0},
      {"cores", report.lanes},
      {"stage_seconds", stages}};
  PrintJson(json);
}

}  // namespace

RunReporter::RunReporter(const Options& options)
    : options_(options),
      progress_("frames", options.expected_frames.value_or(0),
                options.quiet && options.progress == ProgressForm::kAuto ? ProgressForm::kNone : options.progress) {}

void RunReporter::Line(const std::string& line) {
  if (options_.quiet || options_.json) return;
  progress_.Clear();
  options_.lines_to_stderr ? PrintError("{}\n", line) : Print("{}\n", line);
  Flush(options_.lines_to_stderr ? stderr : stdout);
}

void RunReporter::EndInput() {
  if (!input_) return;
  const InputTotals& input = *input_;
  if (input.kind != media::InputKind::kPicture) {
    Line(fmt::format("{}: {}, {}{}", input.name, Count(input.frames, "frame", "frames"),
                     Count(input.people, "person", "people"),
                     input.failed > 0 ? fmt::format(", {} failed", input.failed) : ""));
  } else if (input.failed == 0) {
    Line(fmt::format("{}: {}", input.name, Count(input.people, "person", "people")));
  }
  input_.reset();
}

void RunReporter::FrameDone(const pipeline::Task& task, const pipeline::PipelineReport& so_far) {
  if (input_ && input_->index != task.frame.input) EndInput();
  if (!input_) input_ = InputTotals{task.frame.input, task.frame.source, task.frame.kind, 0, 0, 0};
  ++input_->frames;
  input_->people += static_cast<int64_t>(task.record.people.size());
  if (!task.record.error.empty()) {
    ++input_->failed;
    progress_.Clear();
    PrintError("sinew: {}\n", task.record.error);
  }
  // What an earlier run has done says nothing about the rate.
  progress_.Update({so_far.frames, so_far.known, so_far.people});
}

void RunReporter::Finish(const pipeline::PipelineReport& report, const pipeline::StageTimes& times, bool interrupted) {
  EndInput();
  progress_.Finish();
  if (options_.json) return PrintSummaryJson(report, options_.skipped_files, times, interrupted);
  const int64_t done = report.frames - report.known;
  if (report.frames > 1 || report.known > 0 || options_.verbose || options_.skipped_files > 0 || interrupted) {
    Line(fmt::format(
        "{}{}, {} in {:.2f} s, {:.2f} frames/s{}{}{}{}{}", interrupted ? "interrupted after " : "",
        Count(report.frames, "frame", "frames"), Count(report.people, "person", "people"), report.seconds,
        report.seconds > 0 ? static_cast<double>(done) / report.seconds : 0,
        report.known > 0 ? fmt::format(", {} of them done before", report.known) : "",
        report.failed > 0 ? fmt::format(", {} failed", report.failed) : "",
        report.damaged > 0 ? fmt::format(", {} damaged but shown", report.damaged) : "",
        report.dropped > 0 ? fmt::format(", {} dropped to keep up", report.dropped) : "",
        options_.skipped_files > 0 ? fmt::format(", {} skipped", Count(options_.skipped_files, "file", "files")) : ""));
  }
  const double work = WorkSeconds(times);
  if (!options_.verbose || done < 1 || !(work > 0)) return;
  std::string stages;
  ForEachStage([&](Stage stage) {
    const double seconds = times.Seconds(stage);
    if (pipeline::IsWaiting(stage) || !(seconds > 0)) return;
    stages += fmt::format("{}{} {:.2f} ms ({:.1f} %)", stages.empty() ? "" : ", ", pipeline::StageName(stage),
                          1e3 * seconds / static_cast<double>(done), 100 * seconds / work);
  });
  Line(fmt::format("a frame: {}", stages));
  std::string waits;
  ForEachStage([&](Stage stage) {
    if (pipeline::IsWaiting(stage))
      waits +=
          fmt::format("{}{} {:.2f} s", waits.empty() ? "" : ", ", pipeline::StageName(stage), times.Seconds(stage));
  });
  Line(fmt::format("on {}: {}", Count(report.lanes, "network", "networks"), waits));
}

}  // namespace sinew::cli
