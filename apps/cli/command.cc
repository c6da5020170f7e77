// Inputs and errors of the command line.
#include "command.h"

#include <cstdio>

#include "base/error.h"
#include "print.h"

namespace sinew::cli {

std::function<void(std::string_view line)> CompileLog(bool quiet) {
  if (quiet) return nullptr;
  return [](std::string_view line) { PrintError("{}\n", line); };
}

std::vector<media::Input> ExpandInputs(std::span<const std::string> arguments, const media::ExpandOptions& options,
                                       bool quiet, int64_t* skipped) {
  std::vector<media::SkippedFile> files;
  std::vector<media::Input> inputs = media::ExpandInputs(arguments, options, &files);
  for (size_t i = 0; i < files.size() && !quiet; ++i)
    PrintError("sinew: {}: skipped: {}\n", files[i].name, files[i].reason);
  if (skipped != nullptr) *skipped = static_cast<int64_t>(files.size());
  return inputs;
}

int Fail(const Status& status) {
  PrintError("sinew: {}\n", status.message());
  return status.code() == StatusCode::kInvalidArgument ? kUsage : kFailure;
}

std::string HumanBytes(uint64_t bytes) {
  if (bytes < 1000) return fmt::format("{} B", bytes);
  if (bytes < 1'000'000) return fmt::format("{:.1f} kB", bytes / 1e3);
  if (bytes < 1'000'000'000) return fmt::format("{:.1f} MB", bytes / 1e6);
  return fmt::format("{:.2f} GB", bytes / 1e9);
}

}  // namespace sinew::cli
